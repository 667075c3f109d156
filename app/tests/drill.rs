//! `skylift drill`, run as a user or a script runs it, on simulated devices with the real device code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use embassy_time::Duration;
use serde_json::Value;
use skylift::store::{DataDir, Database};
use skylift_protocol::bounded;
use skylift_provisioning::Provisioning;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::{Behaviour, DemoImage, MarkerKind};
use skylift_simulator::layout::DEFAULT_TABLE;
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};
use tempfile::TempDir;

const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

fn demo(version: &str, behaviour: Behaviour) -> DemoImage {
    DemoImage { version: version.to_owned(), behaviour, size: 64 << 10, ..DemoImage::default() }
}

/// A device that runs an image, and whose times are shorter than a chip's.
fn config(image: &DemoImage, bootloader: Bootloader) -> DeviceConfig {
    let mut random = [0; 8];
    getrandom::fill(&mut random).unwrap();
    let id = format!("test-{:012x}", u64::from_be_bytes(random) >> 16);
    let provisioning = Provisioning {
        name: format!("name of {id}"),
        bootloader_rolls_back: bootloader == Bootloader::Rollback,
        ..Provisioning::default()
    };
    let factory = FactoryFlash::new(image.build().unwrap(), provisioning);
    let mut config =
        DeviceConfig { bootloader, ..DeviceConfig::new(bounded(&id), FlashSource::Factory(factory)) };
    let trial = &mut config.node.trial;
    trial.well_for = Duration::from_millis(100);
    trial.farewell = Duration::from_millis(100);
    trial.manual_deadline = Duration::from_secs(2);
    config
}

fn simulated(bootloader: Bootloader) -> Device {
    Device::start(config(&demo("1.0.0", Behaviour::Healthy), bootloader)).unwrap()
}

fn real_image(version: &str) -> DemoImage {
    DemoImage { kind: MarkerKind::Real, ..demo(version, Behaviour::Healthy) }
}

/// A device that judges images as a chip does, and runs one that is made for chips.
fn real(bootloader: Bootloader) -> Device {
    Device::start(DeviceConfig { simulated: false, ..config(&real_image("1.0.0"), bootloader) }).unwrap()
}

/// A folder where things are kept.
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, image: &DemoImage) -> String {
        fs::write(self.path(name), image.build().unwrap()).unwrap();
        self.path(name).display().to_string()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
        command.args(arguments).env("SKYLIFT_HOME", self.path("data")).stdin(Stdio::null());
        // Nobody announces anything on this port.
        command.env("SKYLIFT_MDNS_PORT", "45353").env_remove("SKYLIFT_NO_HISTORY");
        command.output().unwrap()
    }

    /// A drill to its end.
    fn drill(&self, device: &Device, options: &[&str]) -> Output {
        let address = device.address().to_string();
        let usual = ["drill", &address, "--yes", "--host-address", "127.0.0.1", "--port", "0"];
        self.run(&[&usual, options].concat())
    }

    /// What a command prints that must succeed.
    #[track_caller]
    fn text(&self, arguments: &[&str]) -> String {
        text(&self.run(arguments), 0).to_owned()
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(self.text(arguments).lines().next().unwrap()).unwrap()
    }

    /// Waits until a device that restarts runs a version.
    fn await_version(&self, device: &Device, version: &str) {
        let end = Instant::now() + PATIENCE;
        let runs = || {
            let output = self.run(&["status", &device.address().to_string(), "--json"]);
            serde_json::from_slice(&output.stdout).is_ok_and(|it: Value| it["running"]["version"] == version)
        };
        while !runs() {
            assert!(Instant::now() < end, "waited in vain for {version}");
        }
    }

    fn status(&self, device: &Device) -> Value {
        self.json(&["status", &device.address().to_string(), "--json"])
    }
}

#[track_caller]
fn text(output: &Output, code: i32) -> &str {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    std::str::from_utf8(&output.stdout).unwrap()
}

fn errors(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[track_caller]
fn contains(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
}

#[test]
fn a_build_that_crashes_proves_the_rollback_and_that_is_kept() {
    for bootloader in [Bootloader::Stock, Bootloader::Rollback] {
        let (home, device) = (Home::new(), simulated(bootloader));
        let before = home.status(&device);
        assert!(before["last_drill"].is_null(), "{before}");
        let output = home.drill(&device, &[]);
        let said = text(&output, 0);
        contains(
            said,
            &[
                "crashes at its start",
                "restarts into that, and by itself back into 1.0.0",
                "rolled back (panic)",
            ],
        );
        contains(said, &["rollback proven: 1.0.0 runs again", "s after the restart, and is kept"]);
        // What an update that fails is advised is no advice for a drill.
        assert!(output.stderr.is_empty(), "{output:?}");

        let after = home.status(&device);
        assert_eq!(after["running"]["image_sha256"], before["running"]["image_sha256"]);
        assert_eq!(after["validation"]["state"], "valid");
        let last = &after["last_drill"];
        assert_eq!((&last["result"], &last["method"]), (&"proven".into(), &"crash".into()));
        assert_eq!((&last["reason"], &last["version_before"]), (&"panic".into(), &"1.0.0".into()));
        assert_eq!(last["image_before"], before["running"]["image_sha256"]);
        let recovery = last["recovery_seconds"].as_f64().unwrap();
        assert!(recovery > 0.0 && recovery < 60.0, "{recovery}");

        let kept = Database::open(&DataDir::new(Some(home.path("data")))).unwrap();
        let drill = kept.last_drill(device.id()).unwrap().unwrap();
        assert_eq!(drill.drill.result.as_deref(), Some("proven"));
        assert_eq!(drill.drill.recovery.unwrap().as_secs_f64(), recovery);
    }
}

#[test]
fn a_drill_is_shown_wherever_the_device_is() {
    let (home, device) = (Home::new(), simulated(Bootloader::Stock));
    let address = device.address().to_string();
    contains(&home.text(&["status", &address]), &["rollback     not proven by a drill yet"]);
    let output = home.drill(&device, &["--json"]);
    let lines: Vec<Value> =
        text(&output, 0).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["phase"] == "rebooting"), "{lines:?}");
    let last = lines.last().unwrap();
    assert_eq!((&last["drill"]["result"], &last["verdict"]), (&"proven".into(), &"rolled_back".into()));

    contains(&home.text(&["status", &address]), &["rollback     proven by a drill on ", "(panic)"]);
    contains(&home.text(&["devices", "--all", "--wait", "1"]), &["ROLLBACK", "proven 20"]);
    contains(&home.text(&["history"]), &["1.0.0 -> 1.0.0-drill", "drill proven: rolled back (panic)"]);
    contains(&home.text(&["history", "show", "1"]), &["rollback proven, the image before ran again after"]);
    let row = home.json(&["history", "--json"]);
    assert_eq!(row["drill"]["recovery_seconds"], last["drill"]["recovery_seconds"]);
    contains(&home.text(&["history", "--csv"]), &["drill_result", ",crash,proven,"]);

    drop(device.stop());
    let known = home.json(&["devices", "--all", "--wait", "0", "--json"]);
    assert_eq!(
        (&known["presence"], &known["last_drill"]["result"]),
        (&"remembered".into(), &"proven".into())
    );
    // A second drill of the same build is a drill as well; a device that is gone has none.
    text(&home.run(&["drill", &address, "--yes"]), 1);
}

#[test]
fn a_real_device_drills_with_its_own_image() {
    for bootloader in [Bootloader::Stock, Bootloader::Rollback] {
        let (home, device) = (Home::new(), real(bootloader));
        let output = home.drill(&device, &[]);
        text(&output, 1);
        contains(
            errors(&output),
            &["no copy of the image that", "skylift-demo 1.0.0", "try: add its ota.bin"],
        );

        home.text(&["images", "add", &home.file("ota.bin", &real_image("1.0.0"))]);
        for _ in 0..2 {
            let output = home.drill(&device, &["--json"]);
            let last: Value = serde_json::from_str(text(&output, 0).lines().last().unwrap()).unwrap();
            assert_eq!(last["drill"]["method"], "unconfirmed");
            assert_eq!(
                (&last["drill"]["result"], &last["reason"]),
                (&"proven".into(), &"not_validated".into())
            );
            // All of its probation lies in between.
            assert!(last["drill"]["recovery_seconds"].as_f64().unwrap() >= 2.0, "{last}");
            assert_eq!(home.status(&device)["running"]["version"], "1.0.0");
        }
    }
}

/// Without a journal a device cannot know that it is to wait for a person.
#[test]
fn a_device_that_confirms_itself_is_told_from_one_that_waits() {
    let mut config = DeviceConfig { simulated: false, ..config(&real_image("1.0.0"), Bootloader::Stock) };
    if let FlashSource::Factory(factory) = &mut config.flash {
        factory.table = DEFAULT_TABLE.into_iter().filter(|part| part.label != "skylift_journal").collect();
    }
    let (home, device) = (Home::new(), Device::start(config).unwrap());
    home.text(&["images", "add", &home.file("ota.bin", &real_image("1.0.0"))]);
    let output = home.drill(&device, &[]);
    contains(text(&output, 1), &["UNPROTECTED", "kept the build, though it was to wait", "works as before"]);
    contains(errors(&output), &["skylift_journal", "returns to 1.0.0"]);
}

#[test]
fn a_build_that_is_good_shows_that_nobody_protects() {
    let (home, device) = (Home::new(), simulated(Bootloader::Stock));
    let healthy = home.file("healthy.bin", &demo("2.0.0", Behaviour::Healthy));
    let output = home.drill(&device, &["--image", &healthy]);
    contains(text(&output, 1), &["a build that should fail", "UNPROTECTED: the device has kept the build"]);
    let command = format!("skylift rollback {} returns to 1.0.0", device.id());
    contains(errors(&output), &["try: roll it back", &command]);
    let status = home.status(&device);
    assert_eq!(
        (&status["running"]["version"], &status["last_drill"]["result"]),
        (&"2.0.0".into(), &"unprotected".into())
    );
    contains(&home.text(&["status", &device.address().to_string()]), &["NOT PROTECTED: in a drill on "]);
    // What was advised leads back.
    home.text(&["rollback", &device.address().to_string()]);
    home.await_version(&device, "1.0.0");
}

#[test]
fn an_own_build_proves_it_by_whatever_it_fails_of() {
    let (home, device) = (Home::new(), simulated(Bootloader::Stock));
    let crash = home.file("crash.bin", &demo("2.0.0", Behaviour::Crash));
    contains(text(&home.drill(&device, &["--image", &crash]), 0), &["rollback proven", "(panic)"]);
    assert_eq!(home.status(&device)["last_drill"]["method"], "own_build");

    // A drill that never ran takes nothing back.
    let other = DemoImage { project: "kettle".to_owned(), ..demo("2.0.0", Behaviour::Crash) };
    let output = home.drill(&device, &["--image", &home.file("other.bin", &other)]);
    contains(text(&output, 4), &["nothing proven: the build never ran (wrong_project)"]);
    assert!(!errors(&output).contains("--allow"), "{output:?}");
    assert_eq!(home.status(&device)["last_drill"]["result"], "proven");
    assert_eq!(home.json(&["history", "--json"])["drill"]["result"], "not_run");

    let running = home.file("same.bin", &demo("1.0.0", Behaviour::Healthy));
    contains(
        text(&home.drill(&device, &["--image", &running]), 1),
        &["nothing proven", "runs this very build"],
    );
}

#[test]
fn a_device_that_does_not_come_back_is_lost() {
    let (home, device) = (Home::new(), simulated(Bootloader::Stock));
    // Dark for its whole probation, which is as long as a chip's.
    let dark = home.file("dark.bin", &demo("2.0.0", Behaviour::NoNetwork));
    let output = home.drill(&device, &["--image", &dark, "--patience", "4"]);
    contains(text(&output, 5), &["nothing proven: the device has not come back into sight"]);
    contains(errors(&output), &["skylift status"]);
    let row = home.json(&["history", "--json"]);
    assert_eq!((&row["verdict"], &row["drill"]["result"]), (&"lost".into(), &"lost".into()));
}

#[test]
fn nothing_is_begun_that_nobody_has_agreed_to() {
    let (home, device) = (Home::new(), simulated(Bootloader::Stock));
    let output = home.run(&["drill", &device.address().to_string()]);
    text(&output, 1);
    contains(errors(&output), &["nobody can be asked", "--yes"]);
    assert_eq!(text(&home.run(&["history", "--json"]), 0), "");
    assert_eq!(home.run(&["drill", &device.address().to_string(), "--json"]).status.code(), Some(2));
}
