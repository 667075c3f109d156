//! Devices found by mDNS, over real multicast on the loopback interface and a port of the test's own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

use std::collections::HashMap;
use std::time::Duration;

use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};
use skylift::engine::{Discovery, EngineConfig, FindError, Presence, Source};

use crate::support::*;

/// Announces fake devices as real ones announce themselves.
struct Announcer {
    daemon: ServiceDaemon,
    port: u16,
}

impl Announcer {
    fn start() -> Self {
        // A free UDP port now is a free one a moment later, as far as tests go.
        let socket = std::net::UdpSocket::bind("0.0.0.0:0").expect("a port");
        let port = socket.local_addr().expect("an address").port();
        drop(socket);
        let daemon = ServiceDaemon::new_with_port(port).expect("a daemon");
        daemon.disable_interface(IfKind::All).expect("it listens");
        daemon.enable_interface(IfKind::LoopbackV4).expect("it listens");
        Self { daemon, port }
    }

    fn config(&self) -> EngineConfig {
        EngineConfig { discovery: Discovery::Mdns { port: self.port }, ..config() }
    }

    fn announce(&self, id: &str, name: &str, device: &FakeDevice) -> String {
        let txt: HashMap<String, String> = [
            ("id", id),
            ("name", name),
            ("chip", "esp32c3"),
            ("ver", "0.9"),
            ("proto", "1"),
            ("state", "valid"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        let host = format!("{id}.local.");
        let service =
            ServiceInfo::new("_skylift._tcp.local.", id, &host, "127.0.0.1", device.address().port(), txt);
        let mut service = service.expect("a service");
        service.set_requires_probe(false);
        let fullname = service.get_fullname().to_owned();
        self.daemon.register(service).expect("it is announced");
        fullname
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        let _ = self.daemon.shutdown();
    }
}

#[tokio::test]
async fn devices_are_found_by_id_and_by_name_and_seen_to_go() {
    let announcer = Announcer::start();
    let lamp = FakeDevice::start_as("sky-01", "lamp", Script::default()).await;
    let twin = FakeDevice::start_as("sky-02", "twin", Script::default()).await;
    let other_twin = FakeDevice::start_as("sky-03", "twin", Script::default()).await;
    let lamp_service = announcer.announce("sky-01", "lamp", &lamp);
    announcer.announce("sky-02", "twin", &twin);
    announcer.announce("sky-03", "twin", &other_twin);
    let engine = engine_with(announcer.config());
    let find = async |called: &str| soon(engine.find(called.parse().unwrap(), Duration::from_secs(20))).await;

    let found = find("sky-01").await.expect("it is found by its id");
    assert_eq!(
        (found.address, found.source, found.presence),
        (lamp.address(), Source::Mdns, Presence::Online)
    );
    // What it says itself goes before what it announced.
    assert_eq!((found.version.as_str(), found.slot), ("1.0.0", Some(0)));
    assert_eq!(find("lamp").await.expect("it is found by its name").id, found.id);

    let mut snapshots = engine.snapshots();
    let all = snapshots.wait_for(|seen| seen.devices.len() == 3);
    soon(all).await.expect("the engine runs");
    let expected = FindError::Ambiguous {
        called: "twin".to_owned(),
        ids: vec!["sky-02".to_owned(), "sky-03".to_owned()],
    };
    assert_eq!(find("twin").await, Err(expected));

    // Announced no more, and silent as well.
    lamp.vanish();
    announcer.daemon.unregister(&lamp_service).expect("it says goodbye");
    let offline = snapshots
        .wait_for(|seen| seen.device("sky-01").is_some_and(|device| device.presence == Presence::Offline));
    soon(offline).await.expect("the engine runs");
    stop(engine).await;
}

#[tokio::test]
async fn who_is_not_there_is_named_with_those_who_are() {
    let announcer = Announcer::start();
    let lamp = FakeDevice::start_as("sky-01", "lamp", Script::default()).await;
    announcer.announce("sky-01", "lamp", &lamp);
    let engine = engine_with(announcer.config());
    soon(engine.find("sky-01".parse().unwrap(), Duration::from_secs(20))).await.expect("it is found");
    let missing = soon(engine.find("fan".parse().unwrap(), Duration::from_millis(50))).await;
    let Err(FindError::NotFound { called, seen, .. }) = missing else { panic!("{missing:?}") };
    assert_eq!((called.as_str(), seen), ("fan", vec!["lamp (sky-01)".to_owned()]));
    stop(engine).await;
}
