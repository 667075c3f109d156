//! The real engine: it has a device move, and says what came of it by the device's own word.

use std::net::Ipv4Addr;
use std::time::Instant;

use skylift::engine::{Action, CameBack, WifiEnd, WifiMove};
use skylift_protocol::{Password, WifiChange, WifiOutcome, bounded};
use skylift_simulator::air::{AccessPoint, Lease};
use skylift_simulator::announcer::{Announcer, Reach};
use skylift_simulator::{Device, DeviceConfig, Mdns};
use skylift_tests::devices::fresh;
use skylift_tests::host::Host;
use skylift_tests::wait::until;
use skylift_tests::wifi::*;

use crate::mdns_port::free_port;

fn wanted(ssid: &str, password: &str) -> WifiChange {
    WifiChange { ssid: bounded(ssid), password: Password::new(password).unwrap(), reach: true }
}

/// A move from its beginning to its end, as the snapshots of an engine tell it: nothing but its usual questions.
fn end(host: &Host, device: &Device, change: WifiChange) -> WifiEnd {
    on(device, "den");
    let before = host.status(device);
    host.act(device, Action::Wifi(change.clone()));
    let mut follow = WifiMove::new(&before, &change, Instant::now()).unwrap();
    until("the move ends", || {
        let known = host.engine.snapshot().device(device.id()).cloned()?;
        // What was said before the order is told apart by saying nothing of it.
        let status = known.status.clone().filter(|status| status.wifi != before.wifi)?;
        follow.sees(&status);
        follow.end(Instant::now())
    })
}

#[test]
fn a_device_moves() {
    let (host, air) = (Host::default(), air());
    let device = Device::start(in_air(fresh(), &air)).unwrap();
    assert_eq!(end(&host, &device, wanted("attic", ATTIC)), WifiEnd::Moved);
    let wifi = host.status(&device).wifi.unwrap();
    assert_eq!(wifi.ssid.as_deref(), Some("attic"));
}

#[test]
fn a_device_comes_back_with_a_reason() {
    let (host, air) = (Host::default(), air());
    let device = Device::start(hasty(in_air(fresh(), &air))).unwrap();
    for (ssid, password, why) in [
        ("attic", "not its password", WifiOutcome::WrongPassword),
        ("cellar", ATTIC, WifiOutcome::NotFound),
        ("far", ATTIC, WifiOutcome::NotReached),
    ] {
        let back = WifiEnd::CameBack { network: Some(bounded("den")), why: CameBack::Told(why) };
        assert_eq!(end(&host, &device, wanted(ssid, password)), back);
        // The next one begins with a status of its own.
        device.press_reset();
        until("it has restarted", || host.status(&device).wifi.filter(|wifi| wifi.change.is_none()));
    }
}

/// On another network a device has another address: mDNS tells which.
#[cfg(target_os = "linux")]
#[test]
fn a_device_is_found_again_at_another_address() {
    let port = free_port();
    let announcer = Announcer::start_on(port, Reach::Loopback).unwrap();
    let (host, air) = (Host::browsing_on(port), air());
    let elsewhere = Ipv4Addr::new(127, 0, 0, 2);
    air.switch_on(AccessPoint::new("attic", ATTIC).with(Lease::At(elsewhere)));
    let config = DeviceConfig { mdns: Mdns::Daemon(announcer), ..in_air(fresh(), &air) };
    let device = Device::start(config).unwrap();
    until("mDNS finds it", || host.engine.snapshot().device(device.id()).cloned());
    assert_eq!(end(&host, &device, wanted("attic", ATTIC)), WifiEnd::Moved);
    let known = host.engine.snapshot().device(device.id()).cloned().unwrap();
    assert_eq!(known.address.ip(), elsewhere);
}
