//! `skylift sources`, and images that are newer than what runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use skylift::engine::{Device, Engine, EngineConfig, LookupTiming, Lookups, SourceBook as _, Target};
use skylift::image::library::Library;
use skylift::image::newest::Relation;
use skylift::image::source::{Fetcher, TrackedSource};
use skylift::store::{DataDir, SourceList};
use skylift_simulator::demo_image::DemoImage;

use crate::hub::{Hub, Reply, Seen};
use crate::program::{Place, Running, demo, expect_words, json_lines, text};
use crate::simulated::{device, status};

/// A server with releases of acme/lamp: as many as have appeared.
struct Releases {
    hub: Hub,
    latest: Arc<AtomicU8>,
    offline: Arc<AtomicBool>,
}

impl Releases {
    fn start(first: u8) -> Self {
        let (latest, offline) = (Arc::new(AtomicU8::new(first)), Arc::new(AtomicBool::new(false)));
        let (number, gone) = (Arc::clone(&latest), Arc::clone(&offline));
        let hub = Hub::start(move |seen| {
            if gone.load(Ordering::SeqCst) {
                return Reply::status(503);
            }
            answer(seen, number.load(Ordering::SeqCst))
        });
        Self { hub, latest, offline }
    }

    fn sources(&self, place: &Place, arguments: &[&str]) -> std::process::Output {
        let mut command = place.skylift(&[&["sources"], arguments].concat());
        command.env("SKYLIFT_GITHUB_API", &self.hub.url).env_remove("SKYLIFT_GITHUB_TOKEN");
        command.env_remove("SKYLIFT_GITHUB_TOKEN_FILE").output().unwrap()
    }

    #[track_caller]
    fn done(&self, place: &Place, arguments: &[&str]) -> String {
        let output = self.sources(place, arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        text(&output.stdout).to_owned()
    }
}

fn answer(seen: &Seen, latest: u8) -> Reply {
    let host = seen.header("host").unwrap();
    match seen.path.as_str() {
        "/repos/acme/lamp/releases/latest" => {
            let url = format!("http://{host}/download/{latest}");
            let asset =
                json!({ "name": "lamp-c3.bin", "url": url, "browser_download_url": url, "digest": null });
            let elf = json!({ "name": "lamp.elf", "url": url, "browser_download_url": url, "digest": null });
            let release = json!({ "tag_name": format!("v{latest}.0.0"), "assets": [asset, elf] });
            Reply::ok(release.to_string()).tagged(seen, &format!("\"r{latest}\""))
        }
        "/repos/acme/limited/releases/latest" => {
            Reply { headers: vec![("retry-after", "1800".to_owned())], ..Reply::status(429) }
        }
        path => match path.strip_prefix("/download/") {
            Some(number) => Reply::ok(demo(&format!("{number}.0.0"))).tagged(seen, &format!("\"a{number}\"")),
            None => Reply::status(404),
        },
    }
}

#[test]
fn sources_are_added_looked_up_and_removed() {
    let (place, releases) = (Place::new(), Releases::start(1));
    expect_words(&releases.done(&place, &[]), &["No sources yet", "skylift sources add"]);
    let told = releases.done(&place, &["add", "acme/lamp", "--asset", "*-c3.bin"]);
    expect_words(&told, &["acme/lamp: release v1.0.0, skylift-demo 1.0.0, esp32c3", "is tracked"]);
    assert_eq!(place.images().len(), 1);
    expect_words(&releases.done(&place, &["list"]), &["SOURCE", "acme/lamp", "*-c3.bin", "1.0.0"]);
    // Nothing has changed: asked with what is remembered, nothing is downloaded.
    releases.hub.take_seen();
    expect_words(&releases.done(&place, &["check"]), &["known already"]);
    let seen = releases.hub.take_seen();
    let etags: Vec<_> = seen.iter().map(|seen| seen.header("if-none-match")).collect();
    assert_eq!(etags, [Some("\"r1\""), Some("\"a1\"")]);
    releases.latest.store(2, Ordering::SeqCst);
    expect_words(&releases.done(&place, &["check"]), &["release v2.0.0", "new here"]);
    assert_eq!(place.images().len(), 2);
    let listed = json_lines(&releases.done(&place, &["list", "--json"]));
    assert_eq!(
        (&listed[0]["source"], &listed[0]["found"]["version"]),
        (&"acme/lamp".into(), &"2.0.0".into())
    );
    expect_words(&releases.done(&place, &["remove", "acme/lamp"]), &["not tracked any more"]);
    let output = releases.sources(&place, &["remove", "acme/lamp"]);
    assert_eq!(output.status.code(), Some(1));
    expect_words(text(&output.stderr), &["acme/lamp is not tracked", "try: list"]);
    assert_eq!(place.images().len(), 2);
}

#[test]
fn a_source_that_is_wrong_is_not_taken_in_and_one_that_is_away_is() {
    let (place, releases) = (Place::new(), Releases::start(1));
    for (arguments, words) in [
        (&["add", "acme/nothing"] as &[&str], "there is no release"),
        (&["add", "acme/lamp", "--asset", "*-s3.bin"], "no asset like *-s3.bin"),
        (&["add", "http://example.com/ota.bin"], "https is expected"),
        (&["add", "lamp"], "is no source"),
    ] {
        let output = releases.sources(&place, arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        expect_words(text(&output.stderr), &[words, "  try: "]);
    }
    assert!(releases.done(&place, &["list", "--json"]).is_empty());
    expect_words(&releases.done(&place, &["add", "acme/limited"]), &["is tracked; it is looked up later"]);
    releases.offline.store(true, Ordering::SeqCst);
    let url = format!("{}/download/1?key=secret", releases.hub.url);
    expect_words(&releases.done(&place, &["add", &url]), &["is tracked; it is looked up later"]);
    // What may be secret in a URL is told nowhere.
    for shown in [&["list"] as &[&str], &["list", "--json"], &["remove", &url]] {
        let output = releases.sources(&place, shown);
        assert!(!text(&output.stdout).contains("secret") && text(&output.stdout).contains("/download/1"));
    }
    let output = releases.sources(&place, &["check"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

#[test]
fn what_is_newer_is_shown_and_sent() {
    let (place, releases) = (Place::new(), Releases::start(1));
    let device = device(demo("1.0.0"));
    let at = device.address().to_string();
    releases.done(&place, &["add", "acme/lamp", "--asset", "*.bin"]);
    assert_eq!(status(&place, &device)["newer"], Value::Null);
    let told = place.done(&["update", "newest", &at, "--port", "0"]);
    expect_words(&told, &["skipped: nothing newer than its 1.0.0"]);

    releases.latest.store(2, Ordering::SeqCst);
    releases.done(&place, &["check"]);
    let newer = &status(&place, &device)["newer"];
    assert_eq!(
        (&newer["relation"], &newer["version"], &newer["source"]),
        (&"newer".into(), &"2.0.0".into(), &"acme/lamp".into())
    );
    expect_words(&place.done(&["status", &at]), &["newer        2.0.0 (acme/lamp)"]);
    let told = place.done(&["update", "newest", &at, "--port", "0", "--json"]);
    let ends = json_lines(&told);
    assert!(ends.iter().any(|line| line["verdict"] == "validated" && line["version"] == "2.0.0"), "{told}");
    assert_eq!(status(&place, &device)["newer"], Value::Null);
    expect_words(
        &place.failed(&["update", "newest", &at, "--canary", "1"]),
        &["goes neither with --canary", "skylift images"],
    );
}

#[test]
fn another_build_of_the_same_version_is_not_called_newer() {
    let place = Place::new();
    let device = device(demo("1.0.0"));
    let at = device.address().to_string();
    let other = DemoImage { seed: 7, size: 64 << 10, ..DemoImage::default() };
    place.done(&["images", "add", &place.write("other.bin", other.build().unwrap())]);
    assert_eq!(status(&place, &device)["newer"]["relation"], "different_build");
    expect_words(&place.done(&["status", &at]), &["other build  1.0.0, ", "(library)"]);
    let digest = place.images()[0]["file_sha256"].as_str().unwrap()[..12].to_owned();
    let told = place.done(&["update", "newest", &at, "--port", "0"]);
    expect_words(&told, &["skipped: it runs 1.0.0", &format!("skylift update {digest} sky-01")]);
    // Nothing was sent.
    assert_eq!(status(&place, &device)["boot_count"], 1);
}

/// As a user has it: nothing but `devices --watch`, which knows the device and looks up what has become due.
#[test]
fn a_command_that_runs_for_long_looks_sources_up() {
    let (place, releases) = (Place::new(), Releases::start(1));
    let device = device(demo("1.0.0"));
    status(&place, &device);
    let list = SourceList::new(&DataDir::new(Some(place.path("data"))));
    list.add(TrackedSource::new("acme/lamp".parse().unwrap(), None)).unwrap();
    releases.latest.store(2, Ordering::SeqCst);
    let free = std::net::UdpSocket::bind("0.0.0.0:0").unwrap().local_addr().unwrap().port().to_string();
    let mut command = place.skylift(&["devices", "--watch"]);
    command.env("SKYLIFT_GITHUB_API", &releases.hub.url).env("SKYLIFT_MDNS_PORT", free);
    let running = Running::start(command);
    expect_words(&running.line_with("newer"), &["sky-01", "1.0.0, newer: 2.0.0 (acme/lamp)"]);
    assert!(list.sources()[0].next > Some(SystemTime::now() + Duration::from_secs(5 * 3600)));
}

/// Lookups that hurry.
fn timing() -> LookupTiming {
    let ms = Duration::from_millis;
    LookupTiming { every: ms(50), retry: ms(20), limited: ms(50), look: ms(10) }
}

/// The engine of a long-running command: with a device that it knows, and sources that it looks up.
struct Watching {
    engine: Engine,
    device: Arc<Device>,
    list: SourceList,
}

impl Watching {
    fn start(
        place: &Place,
        releases: &Releases,
        device: &skylift_simulator::Device,
        timing: LookupTiming,
    ) -> Self {
        let data = DataDir::new(Some(place.path("data")));
        let list = SourceList::new(&data);
        let lookups = Lookups {
            library: Library::new(&data),
            book: Arc::new(list.clone()),
            fetcher: Some(Arc::new(Fetcher::new(&data, &releases.hub.url, None).unwrap())),
            timing,
        };
        let config = EngineConfig {
            discovery: skylift::engine::Discovery::Off,
            lookups: Some(lookups),
            ..EngineConfig::default()
        };
        let engine = Engine::start(config).unwrap();
        let target: Target = device.address().to_string().parse().unwrap();
        let found = block_on(engine.find(target, Duration::from_secs(5))).unwrap();
        Self { engine, device: found, list }
    }

    /// What is newer for the device, as the window would draw it.
    fn newer(&self) -> Option<(String, Relation, Option<String>)> {
        let snapshot = self.engine.snapshot();
        let newer = snapshot.newer(&self.device)?;
        Some((newer.image.entry.version.clone(), newer.relation, newer.image.from.clone()))
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[track_caller]
fn until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn the_timer_finds_a_release_that_appears() {
    let (place, releases) = (Place::new(), Releases::start(1));
    let device = device(demo("1.0.0"));
    let watching = Watching::start(&place, &releases, &device, timing());
    // A source that is added while the engine runs.
    watching.list.add(TrackedSource::new("acme/lamp".parse().unwrap(), None)).unwrap();
    until("the first is found", || watching.list.sources()[0].found.is_some());
    assert_eq!(watching.newer(), None);
    releases.latest.store(2, Ordering::SeqCst);
    let expected = Some(("2.0.0".to_owned(), Relation::Newer, Some("acme/lamp".to_owned())));
    until("the second release is newer", || watching.newer() == expected);
    // A network that is gone is silent, and tried again.
    releases.offline.store(true, Ordering::SeqCst);
    let source = || watching.list.sources().remove(0);
    until("it fails twice", || source().failures >= 2);
    assert_eq!(source().problem, None);
    assert_eq!(watching.newer(), expected);
    releases.latest.store(3, Ordering::SeqCst);
    releases.offline.store(false, Ordering::SeqCst);
    until("the third is found", || watching.newer().is_some_and(|(version, ..)| version == "3.0.0"));
    // What comes into the library by other ways counts as well.
    place.done(&["images", "add", &place.write("mine.bin", demo("4.0.0"))]);
    until("the fourth is seen", || watching.newer() == Some(("4.0.0".to_owned(), Relation::Newer, None)));
    watching.engine.shutdown();
}

#[test]
fn a_server_that_takes_no_more_requests_is_left_alone() {
    let (place, releases) = (Place::new(), Releases::start(1));
    let device = device(demo("1.0.0"));
    let list = SourceList::new(&DataDir::new(Some(place.path("data"))));
    for source in ["acme/limited", "acme/lamp"] {
        list.add(TrackedSource::new(source.parse().unwrap(), None)).unwrap();
    }
    let watching = Watching::start(&place, &releases, &device, timing());
    let put_off = |source: &TrackedSource| {
        source.next.is_some_and(|next| next > SystemTime::now() + Duration::from_secs(1700))
    };
    until("both are put off", || list.sources().iter().all(put_off));
    watching.engine.shutdown();
    // Half an hour, as the server says; its other releases were not even asked for.
    let paths: Vec<String> = releases.hub.take_seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/repos/acme/limited/releases/latest"]);
    let sources = list.sources();
    assert!(sources[0].problem.as_ref().is_some_and(|problem| problem.contains("no more requests")));
    assert_eq!((sources[1].looked, sources[1].failures), (None, 0));
}
