//! The history: what `skylift update` leaves behind when it ends, when it is killed, and when nothing can be kept.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use skylift::engine::{Discovery, Engine, EngineConfig, PortRule, Timing, UpdateOptions};
use skylift::image::Image;
use skylift::server::ServerConfig;
use skylift::store::{DataDir, Database, PastUpdate, Recorder, What};
use skylift_protocol::bounded;
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, Faults, FlashSource, LinkFaults};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);
/// So slow that an update can be watched, or killed, in the middle.
const SLOW: u32 = 20_000;

fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn image(version: &str) -> Vec<u8> {
    DemoImage { version: version.to_owned(), size: 200 << 10, ..DemoImage::default() }.build().unwrap()
}

/// A device that runs 1.0.0, and validates sooner than a chip.
fn device(rate: Option<u32>) -> Device {
    let id = format!("test-{:012x}", u64::from_be_bytes(random()) >> 16);
    let provisioning = Provisioning { name: format!("name of {id}"), ..Provisioning::default() };
    let flash = FlashSource::Factory(FactoryFlash::new(image("1.0.0"), provisioning));
    let link = LinkFaults { drop_at: None, stall_at: None, flip_at: None, rate };
    let faults = Faults { link, ..Faults::default() };
    let mut config = DeviceConfig { faults, ..DeviceConfig::new(bounded(&id), flash) };
    config.node.trial.well_for = embassy_time::Duration::from_millis(100);
    config.node.trial.farewell = embassy_time::Duration::from_millis(100);
    Device::start(config).unwrap()
}

fn random() -> [u8; 8] {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// A folder where things are kept, and an image.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ota.bin"), image("2.0.0")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn skylift(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
        command.args(arguments).env("SKYLIFT_HOME", self.path("data")).stdin(Stdio::null());
        // Nobody announces anything on this port.
        command.env("SKYLIFT_MDNS_PORT", "45353").env("SKYLIFT_STALE_AFTER", "3600");
        command.env_remove("SKYLIFT_NO_HISTORY");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.skylift(arguments).output().unwrap()
    }

    /// What a command prints that must succeed.
    #[track_caller]
    fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Vec<Value> {
        self.text(arguments).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn history(&self) -> Vec<Value> {
        self.json(&["history", "--json"])
    }

    fn update(&self, device: &Device) -> Command {
        let image = self.path("ota.bin");
        let (image, address) = (image.to_str().unwrap(), device.address().to_string());
        let mut command = self.skylift(&["update", image, &address, "--port", "0"]);
        command.args(["--host-address", "127.0.0.1"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn complain(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

/// A process that does not outlive its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn phases(row: &Value) -> Vec<&str> {
    row["phases"].as_array().unwrap().iter().map(|phase| phase["phase"].as_str().unwrap()).collect()
}

/// Whether SQLite itself finds nothing wrong.
fn assert_sound(home: &Home) {
    let database = rusqlite::Connection::open(home.path("data").join("history.db")).unwrap();
    let word = |pragma| database.query_row(pragma, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(word("PRAGMA integrity_check"), "ok");
    assert!(!database.prepare("PRAGMA foreign_key_check").unwrap().exists([]).unwrap());
}

#[test]
fn an_update_is_kept_with_all_that_is_known_of_it() {
    let home = Home::new();
    let device = device(Some(100_000));
    let output = home.update(&device).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");

    let rows = home.history();
    let [row] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!((row["device"].as_str(), row["verdict"].as_str()), (Some(device.id()), Some("validated")));
    assert_eq!((&row["from_version"], &row["version"]), (&"1.0.0".into(), &"2.0.0".into()));
    assert!(row["running"].is_null() && row["ended"].is_string(), "{row}");
    let wanted = ["preparing", "offered", "downloading", "verifying", "rebooting"];
    let seen = phases(row);
    assert!(seen.iter().filter(|phase| wanted.contains(phase)).count() >= 4, "{seen:?}");
    assert_eq!(&seen[..3], &wanted[..3]);
    let size = fs::metadata(home.path("ota.bin")).unwrap().len();
    assert_eq!((row["size"].as_u64(), row["bytes"].as_u64()), (Some(size), Some(size)));
    let rate = row["rate"].as_f64().unwrap();
    assert!((20_000.0..400_000.0).contains(&rate), "{rate} bytes a second at a link of 100,000");
    let seconds: f64 =
        row["phases"].as_array().unwrap().iter().filter_map(|phase| phase["seconds"].as_f64()).sum();
    assert!((seconds - row["seconds"].as_f64().unwrap()).abs() < 0.01, "{row}");

    let shown = home.text(&["history", "show", "1"]);
    for word in
        ["1.0.0 -> 2.0.0", "served at 127.0.0.1:", "downloading", "validated", "The device's log", "running"]
    {
        assert!(shown.contains(word), "{word} in {shown}");
    }
    assert!(home.text(&["history"]).contains("1.0.0 -> 2.0.0"));
    assert!(home.text(&["history", "nobody"]).contains("No updates of nobody"));
    assert!(home.complain(&["history", "show", "7"]).contains("no update 7"));
}

#[test]
fn a_rollout_is_kept_as_one_with_the_course_of_each_update() {
    let home = Home::new();
    let [one, other] = [device(Some(100_000)), device(Some(100_000))];
    let address = other.address().to_string();
    let both = home.update(&one).args([&address, "--canary", "1", "--parallel", "2"]).status().unwrap();
    assert!(both.success());
    fs::write(home.path("ota.bin"), image("3.0.0")).unwrap();
    assert!(home.update(&one).status().unwrap().success());

    let rows = home.history();
    let [alone, second, first] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(first["rollout"], second["rollout"]);
    let rollout = &first["rollout"];
    assert_eq!((&rollout["devices"], &rollout["canaries"]), (&2.into(), &1.into()), "{rollout}");
    assert_eq!((&rollout["parallel"], &rollout["stop_after"]), (&2.into(), &Value::Null), "{rollout}");
    assert_ne!(alone["rollout"]["id"], rollout["id"]);
    assert!(home.text(&["history", "show", "1"]).contains("to 2 devices: canary first, 2 at once"));
    assert!(home.text(&["history", "--csv"]).contains(rollout["id"].as_str().unwrap()));

    let course = &home.json(&["history", "show", "1", "--json"])[0];
    let samples = course["samples"].as_array().unwrap();
    assert!((3..=120).contains(&samples.len()), "{samples:?}");
    let most = |name: &str| samples.iter().filter_map(|sample| sample[name].as_u64()).max();
    let size = fs::metadata(home.path("ota.bin")).unwrap().len();
    assert_eq!((most("written"), most("served")), (Some(size), Some(size)), "{samples:?}");
    let boots = course["boots"].as_array().unwrap();
    let ran: Vec<_> = boots.iter().map(|boot| (boot["version"].as_str(), boot["state"].as_str())).collect();
    assert_eq!(ran, [(Some("1.0.0"), Some("valid")), (Some("2.0.0"), Some("valid"))]);
}

#[test]
fn boots_that_nobody_saw_are_counted_by_the_device() {
    let home = Home::new();
    let device = device(None);
    let crashes =
        DemoImage { behaviour: Behaviour::Crash, version: "2.0.0".to_owned(), ..DemoImage::default() };
    fs::write(home.path("ota.bin"), crashes.build().unwrap()).unwrap();
    assert!(!home.update(&device).status().unwrap().success());
    let update = &home.json(&["history", "show", "1", "--json"])[0];
    assert_eq!(update["verdict"], "rolled_back", "{update}");
    let boots = update["boots"].as_array().unwrap();
    let [before, between @ .., after] = boots.as_slice() else { panic!("{boots:?}") };
    assert_eq!((&before["version"], &after["version"]), (&"1.0.0".into(), &"1.0.0".into()));
    // It may have answered once before it crashed.
    assert!(between.iter().all(|boot| boot["version"] == "2.0.0" && boot["state"] == "pending"), "{boots:?}");
    let count = |boot: &Value| boot["count"].as_u64().unwrap();
    // Two tries, seen or not, and the return.
    assert!(count(after) >= count(before) + 3 && between.len() <= 2, "{boots:?}");
}

#[test]
fn other_programs_read_what_is_exported() {
    let home = Home::new();
    let device = device(None);
    assert!(home.update(&device).status().unwrap().success());
    let (table, bundle) = (home.path("history.csv"), home.path("bundle.zip"));
    home.text(&["history", "--csv", "-o", table.to_str().unwrap()]);
    home.text(&["history", "bundle", "1", "-o", bundle.to_str().unwrap()]);
    let script = "import csv, json, sys, zipfile
row, = csv.DictReader(open(sys.argv[1], newline=''))
assert row['verdict'] == 'validated' and float(row['seconds']) > 0, row
bundle = zipfile.ZipFile(sys.argv[2])
assert bundle.testzip() is None
assert json.loads(bundle.read('update.json'))['device'] == row['device']
assert b'validated' in bundle.read('device.log')
print('read')";
    let python = Command::new("python3").args(["-c", script]).args([&table, &bundle]).output();
    let Ok(output) = python else {
        println!("SKIPPED: the program python3 is not installed");
        assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "nothing may be skipped here");
        return;
    };
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "read", "{output:?}");
}

#[test]
fn a_kill_in_the_middle_loses_nothing() {
    let home = Home::new();
    let device = device(Some(SLOW));
    let mut update = Killed(home.update(&device).spawn().unwrap());
    let is_downloading = |row: &Value| phases(row).contains(&"downloading");
    until("it downloads", || home.history().first().is_some_and(is_downloading).then_some(()));
    update.0.kill().unwrap();
    update.0.wait().unwrap();

    // For all that is known, its process may still be at work.
    let row = home.history().remove(0);
    assert!(row["verdict"].is_null(), "{row}");
    assert_eq!(row["running"]["pid"], update.0.id());
    assert!(home.text(&["history"]).contains("running, downloading"));
    assert!(home.complain(&["forget", device.id()]).contains("is running"));

    let stale = home.skylift(&["history", "--json"]).env("SKYLIFT_STALE_AFTER", "0").output().unwrap();
    let row: Value = serde_json::from_slice(&stale.stdout).unwrap();
    assert_eq!((row["verdict"].as_str(), row["reason"].as_str()), (Some("lost"), Some("app_stopped")));
    assert!(is_downloading(&row) && row["running"].is_null(), "{row}");
    assert_eq!(home.history(), [row]);
    assert_sound(&home);
}

#[test]
fn a_kill_at_any_moment_leaves_a_sound_history() {
    let home = Home::new();
    let mut begun = 0;
    for lines in 1..=8 {
        let device = device(Some(SLOW));
        let mut command = home.update(&device);
        let mut update = Killed(command.arg("--json").spawn().unwrap());
        let output = BufReader::new(update.0.stdout.take().unwrap());
        let last = output.lines().take(lines).map(Result::unwrap).last().unwrap_or_default();
        update.0.kill().unwrap();
        update.0.wait().unwrap();
        // By then the device has been asked, offered and seen to download.
        begun += usize::from(last.contains("\"written\""));
        assert_sound(&home);
    }
    let closed = home.skylift(&["history"]).env("SKYLIFT_STALE_AFTER", "0").status().unwrap();
    assert!(closed.success());
    let rows = home.history();
    assert!(rows.len() >= begun && begun > 0, "{begun} downloads had begun: {rows:?}");
    assert!(rows.iter().all(|row| row["verdict"].is_string() && row["running"].is_null()), "{rows:?}");
}

#[test]
fn two_processes_share_a_history() {
    let home = Home::new();
    let devices = [device(Some(100_000)), device(Some(100_000))];
    let mut updates = devices.each_ref().map(|device| Killed(home.update(device).spawn().unwrap()));
    until("both are at work", || {
        let rows = home.history();
        (rows.len() == 2 && rows.iter().all(|row| row["running"].is_object())).then_some(())
    });
    // Somebody whose clock says that they are dead: they put it right.
    let closed = home.skylift(&["history"]).env("SKYLIFT_STALE_AFTER", "0").output().unwrap();
    assert!(String::from_utf8_lossy(&closed.stdout).contains("lost (app_stopped)"), "{closed:?}");
    for update in &mut updates {
        assert!(update.0.wait().unwrap().success());
    }
    let rows = home.history();
    let mut updated: Vec<_> = rows.iter().map(|row| row["device"].as_str().unwrap()).collect();
    let mut ids = devices.each_ref().map(Device::id);
    updated.sort_unstable();
    ids.sort_unstable();
    assert_eq!(updated, ids);
    assert!(rows.iter().all(|row| row["verdict"] == "validated"), "{rows:?}");
    assert_sound(&home);
}

#[test]
fn a_device_that_was_lost_and_is_seen_again_gets_its_true_end() {
    let home = Home::new();
    let device = device(Some(SLOW));
    let folder = DataDir::new(Some(home.path("data")));
    let engine = Engine::start(hasty()).unwrap();
    let recorder = Recorder::start(Database::open(&folder).unwrap(), &engine).unwrap();
    let image = Arc::new(Image::open(&home.path("ota.bin")).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let at = device.address().to_string().parse().unwrap();
        let found = engine.find(at, PATIENCE).await.unwrap();
        engine.update(found.id.clone(), image, UpdateOptions::default()).await.unwrap();
    });
    let reader = Database::open(&folder).unwrap();
    let row = |what: &str, wanted: fn(&PastUpdate) -> bool| {
        until(what, || reader.update(1).unwrap().filter(wanted))
    };
    let is_downloading = |row: &PastUpdate| row.phases().any(|phase| phase.phase == "downloading");
    row("it downloads", is_downloading);
    device.power_off();
    row("it is lost", |row| row.end.as_ref().is_some_and(|end| end.verdict == "lost"));
    device.power_on();
    let corrected = row("it is seen again", |row| row.end.as_ref().is_some_and(|end| end.verdict != "lost"));
    let end = corrected.end.unwrap();
    assert_eq!((end.verdict.as_str(), end.reason.as_deref()), ("failed", Some("power_lost")));
    assert!(corrected.timeline.iter().any(|moment| moment.what == What::Note("seen_again".to_owned())));
    recorder.close(engine).unwrap();
    assert!(home.history()[0]["verdict"] == "failed");
}

/// An engine that serves on loopback, gives devices up soon, and does not offer again.
fn hasty() -> EngineConfig {
    let ms = Duration::from_millis;
    EngineConfig {
        discovery: Discovery::Off,
        server: ServerConfig { address: [127, 0, 0, 1].into(), port: 0, ..ServerConfig::default() },
        port: PortRule::Only,
        further_offers: 0,
        timing: Timing { connect: ms(500), idle_poll: ms(100), silence: ms(700), ..Timing::default() },
        ..EngineConfig::default()
    }
}

#[test]
fn devices_are_remembered_tagged_and_forgotten() {
    let home = Home::new();
    let device = device(None);
    let (id, name) = (device.id().to_owned(), format!("name of {}", device.id()));
    assert!(home.complain(&["tag", &id, "kitchen"]).contains("is remembered"));
    home.text(&["status", &device.address().to_string()]);
    // mDNS does not lead to it; its address does.
    assert!(home.text(&["status", &name]).contains(&id));
    assert_eq!(home.text(&["tag", &name, "kitchen", "attic"]), format!("{id}: attic, kitchen\n"));
    let found = home.json(&["devices", "--json", "--wait", "1"]);
    assert_eq!((&found[0]["id"], &found[0]["presence"]), (&id.as_str().into(), &"online".into()));
    assert_eq!(found[0]["tags"], serde_json::json!(["attic", "kitchen"]));

    drop(device.stop());
    assert!(home.json(&["devices", "--json", "--wait", "0"]).is_empty());
    let all = home.json(&["devices", "--json", "--wait", "0", "--all"]);
    assert_eq!((&all[0]["id"], &all[0]["presence"]), (&id.as_str().into(), &"remembered".into()));
    assert_eq!(home.text(&["untag", &id, "attic"]), format!("{id}: kitchen\n"));
    assert!(home.text(&["forget", &name]).contains("is forgotten"));
    assert!(home.complain(&["forget", &name]).contains("no device called"));
    assert!(home.json(&["devices", "--json", "--wait", "0", "--all"]).is_empty());
}

#[cfg(unix)]
#[test]
fn a_watch_tells_each_change_and_ends_with_ctrl_c() {
    let home = Home::new();
    let device = device(None);
    home.text(&["status", &device.address().to_string()]);
    let mut command = home.skylift(&["devices", "--watch"]);
    let mut watch = Killed(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(watch.0.stdout.take().unwrap()).lines();
    let mut line_with = |words: &[&str]| loop {
        let line = lines.next().unwrap().unwrap();
        if words.iter().all(|word| line.contains(word)) {
            break;
        }
    };
    line_with(&[device.id(), "1.0.0", "valid"]);
    let id = device.id().to_owned();
    drop(device.stop());
    line_with(&[&id, "offline"]);
    let pid = watch.0.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(watch.0.wait().unwrap().code(), Some(0));
}

#[test]
fn without_a_history_updates_are_made_all_the_same() {
    type Spoil = fn(&Home);
    let cases: [(Spoil, &str, &str); 3] = [
        (
            |home| {
                fs::create_dir(home.path("data")).unwrap();
                fs::write(home.path("data").join("history.db"), "this is no database\n".repeat(99)).unwrap();
            },
            "is not a database",
            "away",
        ),
        (
            |home| fs::write(home.path("data"), "a file").unwrap(),
            "nothing can be kept in the folder",
            "--data-dir",
        ),
        (
            |home| fs::create_dir_all(home.path("data").join("history.db")).unwrap(),
            "cannot be written",
            "writable",
        ),
    ];
    for (spoil, sentence, advice) in cases {
        let home = Home::new();
        spoil(&home);
        let device = device(None);
        let output = home.update(&device).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let told = [String::from_utf8(output.stderr).unwrap(), home.complain(&["history"])];
        assert!(told[0].contains("warning: this is not kept in the history"), "{told:?}");
        for text in told {
            assert!(text.contains(sentence) && text.contains("try: ") && text.contains(advice), "{text}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_may_not_be_written_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let locked = home.path("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    // Root may write everywhere but where there is nothing to write on.
    let is_root = fs::write(locked.join("probe"), "").is_ok();
    let folder = if is_root { PathBuf::from("/proc/skylift") } else { locked.join("skylift") };
    let told = home.complain(&["history", "--data-dir", folder.to_str().unwrap()]);
    assert!(told.contains("nothing can be kept in the folder") && told.contains("try: "), "{told}");
}

#[test]
fn who_wants_no_history_has_none() {
    let home = Home::new();
    let device = device(None);
    let address = device.address().to_string();
    assert!(home.run(&["status", &address, "--no-history"]).status.success());
    assert!(!home.path("data").exists());
}
