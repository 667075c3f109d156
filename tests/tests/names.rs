//! A new name: kept in flash, told by the API and by mDNS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::{Value, json};
use skylift::engine::Action;
use skylift_simulator::announcer::{Announcer, Reach};
use skylift_simulator::layout::{capacity_for, table_with};
use skylift_simulator::{Device, DeviceConfig, FlashSource, Mdns};
use skylift_tests::devices::fresh;
use skylift_tests::host::Host;
use skylift_tests::raw::{request, status};
use skylift_tests::wait::until;

#[test]
fn a_name_survives_power_cuts_and_is_announced() {
    let host = Host::browsing();
    let announcer = Announcer::start(Reach::Loopback).unwrap();
    let device = Device::start(DeviceConfig { mdns: Mdns::Daemon(announcer), ..fresh() }).unwrap();
    host.act(&device, Action::Rename("Küche \"links\"".try_into().unwrap()));
    let other = Host::browsing();
    until("the new name is announced", || {
        other.engine.snapshot().device(device.id()).filter(|it| it.name == "Küche \"links\"").map(|_| ())
    });
    device.power_off();
    until("the device is dark", || {
        request(device.address(), "GET", "/status", &Value::Null).is_none().then_some(())
    });
    device.power_on();
    assert_eq!(host.status(&device).name, "Küche \"links\"");
}

#[test]
fn names_that_are_not_taken() {
    let device = Device::start(fresh()).unwrap();
    let before = status(device.address())["name"].clone();
    for body in [
        json!({}),
        json!({"name": ""}),
        json!({"name": " "}),
        json!({"name": "a\u{7}b"}),
        json!({"name": "x".repeat(33)}),
    ] {
        let (code, answer) = request(device.address(), "POST", "/rename", &body).unwrap();
        assert_eq!((code, &answer["error"]), (400, &json!("malformed")), "{body}");
    }
    assert_eq!(status(device.address())["name"], before);
}

/// On a foreign partition table the name goes into its `nvs`, beside what is there.
#[test]
fn beside_what_others_keep() {
    let device = Device::start(without(&["skylift"])).unwrap();
    let _ = status(device.address());
    let (code, _) = request(device.address(), "POST", "/rename", &json!({"name": "lamp"})).unwrap();
    assert_eq!((code, status(device.address())["name"].clone()), (200, json!("lamp")));
}

/// A partition table without that has no place for a name: that is said, and nothing is lost.
#[test]
fn without_a_place_for_it() {
    let device = Device::start(without(&["skylift", "nvs"])).unwrap();
    let _ = status(device.address());
    let (code, answer) = request(device.address(), "POST", "/rename", &json!({"name": "lamp"})).unwrap();
    assert_eq!((code, &answer["error"]), (500, &json!("flash")));
    assert_eq!(request(device.address(), "GET", "/status", &Value::Null).unwrap().1["name"], device.id());
}

/// A new device whose table lacks these partitions.
fn without(labels: &[&str]) -> DeviceConfig {
    let mut config = fresh();
    let FlashSource::Factory(factory) = &mut config.flash else { panic!() };
    factory.table = table_with(2, 0x10_0000);
    factory.table.retain(|partition| !labels.contains(&partition.label));
    factory.capacity = capacity_for(&factory.table);
    config
}
