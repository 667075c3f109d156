//! A world of its own: devices are announced on another port than the world's, by whichever responder.

use std::net::{Ipv4Addr, UdpSocket};

use skylift_simulator::announcer::{Announcer, Reach};
use skylift_simulator::{Device, DeviceConfig, Mdns};
use skylift_tests::devices::fresh;
use skylift_tests::host::Host;
use skylift_tests::wait::until;

/// A UDP port that nobody uses now.
pub fn free_port() -> u16 {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn is_found_there_only(mdns: impl FnOnce(u16) -> Mdns) {
    let port = free_port();
    let (there, world) = (Host::browsing_on(port), Host::browsing());
    let device = Device::start(DeviceConfig { mdns: mdns(port), ..fresh() }).unwrap();
    let found = until("it is found", || there.engine.snapshot().device(device.id()).cloned());
    assert_eq!(found.address, device.address());

    // Whoever is announced to the world later is found, and the first one still is not.
    let announcer = Announcer::start(Reach::Loopback).unwrap();
    let other = Device::start(DeviceConfig { mdns: Mdns::Daemon(announcer), ..fresh() }).unwrap();
    until("the other one is found", || world.engine.snapshot().device(other.id()).cloned());
    assert!(world.engine.snapshot().device(device.id()).is_none());
    assert!(there.engine.snapshot().device(other.id()).is_none());
}

#[test]
fn by_the_daemon() {
    is_found_there_only(|port| Mdns::Daemon(Announcer::start_on(port, Reach::Loopback).unwrap()));
}

#[test]
fn by_the_chips_own_responder() {
    is_found_there_only(|port| Mdns::Device { port });
}
