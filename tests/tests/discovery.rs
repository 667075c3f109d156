//! A device is found by mDNS, whoever announces it, updated, and its new version is announced.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use skylift::engine::{Presence, Source, Verdict};
use skylift_protocol::ValidationState;
use skylift_simulator::announcer::{Announcer, Reach};
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::multicast::MDNS_PORT;
use skylift_simulator::{Device, DeviceConfig, Mdns};
use skylift_tests::devices::{fresh, image};
use skylift_tests::host::Host;
use skylift_tests::wait::until;

fn found_updated_and_announced(mdns: Mdns) {
    let host = Host::browsing();
    let device = Device::start(DeviceConfig { mdns, ..fresh() }).unwrap();
    let found = until("the device is found", || host.engine.snapshot().device(device.id()).cloned());
    assert_eq!((found.source, found.address), (Source::Mdns, device.address()));
    assert_eq!(
        (found.name.as_str(), found.version.as_str()),
        (&*format!("name of {}", device.id()), "1.0.0")
    );

    assert_eq!(host.update(&device, &image("1.1.0", Behaviour::Healthy)), Verdict::Validated);
    // Told by mDNS alone: another engine has never asked the device.
    let other = Host::browsing();
    until("the new version is announced", || {
        let found = other.engine.snapshot().device(device.id()).cloned()?;
        let settled = found.version == "1.1.0" && found.validation == Some(ValidationState::Valid);
        settled.then_some(())
    });
}

#[test]
fn by_one_daemon_for_many() {
    let announcer = match Announcer::start(Reach::Loopback) {
        Ok(announcer) => announcer,
        Err(error) => panic!("{error}"),
    };
    found_updated_and_announced(Mdns::Daemon(announcer));
}

#[test]
fn by_the_chips_own_responder() {
    found_updated_and_announced(Mdns::Device { port: MDNS_PORT });
}

#[test]
fn a_device_that_is_switched_off_is_offline() {
    let host = Host::browsing();
    let announcer = Announcer::start(Reach::Loopback).unwrap();
    let device = Device::start(DeviceConfig { mdns: Mdns::Daemon(announcer), ..fresh() }).unwrap();
    until("the device is online", || {
        host.engine.snapshot().device(device.id()).filter(|it| it.presence == Presence::Online).map(|_| ())
    });
    device.power_off();
    until("the device is offline", || {
        host.engine.snapshot().device(device.id()).filter(|it| it.presence == Presence::Offline).map(|_| ())
    });
    device.power_on();
    until("the device is online again", || {
        host.engine.snapshot().device(device.id()).filter(|it| it.presence == Presence::Online).map(|_| ())
    });
}
