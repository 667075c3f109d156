//! The device on its own: where it ends, and what it says of it.

use serde_json::{Value, json};
use skylift_protocol::{Networks, WifiChange};
use skylift_provisioning::Provisioning;
use skylift_simulator::air::AccessPoint;
use skylift_simulator::layout::{DEFAULT_TABLE, TABLE_OFFSET, partition_table};
use skylift_simulator::{Device, DeviceConfig, FlashSource, Happening};
use skylift_tests::devices::fresh;
use skylift_tests::raw::{request, status};
use skylift_tests::wait::until;
use skylift_tests::wifi::*;
use skylift_updater::partition::Layout;

/// The networks in a device's flash, the first one first.
fn kept(device: Device) -> Vec<String> {
    let mut nor = device.stop().unwrap();
    let region = Layout::read(&mut nor).unwrap().settings.unwrap();
    let networks: Networks = Provisioning::read(&mut nor, region).networks;
    networks.iter().map(|network| network.ssid.to_string()).collect()
}

#[test]
fn a_network_that_works_becomes_the_first() {
    let air = air();
    let device = Device::start(in_air(fresh(), &air)).unwrap();
    assert_eq!(on(&device, "den")["wifi"], json!({"ssid": "den", "trial_s": 24}));
    move_to(&device, &change("attic", ATTIC));
    let moved = json!({"ssid": "attic", "outcome": "joined"});
    assert_eq!(end_of_move(&device), json!({"ssid": "attic", "trial_s": 24, "change": moved}));

    // After a restart, too; what became of the change is forgotten then.
    device.cut_power();
    until("it has restarted", || status(device.address())["wifi"].get("change").is_none().then_some(()));
    assert_eq!(status(device.address())["wifi"]["ssid"], "attic");
    assert_eq!(kept(device), ["attic", "den"]);
}

#[test]
fn the_old_network_is_the_fallback() {
    let air = air();
    let device = Device::start(in_air(fresh(), &air)).unwrap();
    move_to(&device, &change("guests", ""));
    assert_eq!(end_of_move(&device)["ssid"], "guests");
    air.switch_off("guests");
    on(&device, "den");
    // It stays there: going back and forth would serve nobody.
    air.switch_on(AccessPoint::new("guests", ""));
    assert_eq!(status(device.address())["wifi"]["ssid"], "den");
    air.switch_off("den");
    on(&device, "guests");
}

#[test]
fn a_network_that_does_not_work_is_left_with_a_reason() {
    let air = air();
    let device = Device::start(hasty(in_air(fresh(), &air))).unwrap();
    for (ssid, password, outcome) in [
        ("attic", "not its password", "wrong_password"),
        ("attic", "", "wrong_password"),
        ("Attic", ATTIC, "not_found"),
        ("dry", ATTIC, "no_address"),
        ("far", ATTIC, "not_reached"),
        // Its own network with another password: what it knew of it is not lost.
        ("den", "not its password", "wrong_password"),
    ] {
        move_to(&device, &change(ssid, password));
        let wifi = end_of_move(&device);
        assert_eq!(wifi["change"], json!({"ssid": ssid, "outcome": outcome}));
        assert_eq!(on(&device, "den")["wifi"]["change"], wifi["change"]);
    }
    assert_eq!(kept(device), ["den"]);
}

/// `"reach": false`: joining is enough, for a network that the host is not on.
#[test]
fn where_nobody_will_reach_it() {
    let (config, events) = watched(hasty(in_air(fresh(), &air())));
    let device = Device::start(config).unwrap();
    let far = WifiChange { reach: false, ..serde_json::from_value(change("far", ATTIC)).unwrap() };
    move_to(&device, &serde_json::to_value(&far).unwrap());
    await_happening(&events, &Happening::Joined("far".into()));
    // The next boot joins it first, so it was kept.
    device.cut_power();
    await_happening(&events, &Happening::Joined("far".into()));
    assert!(request(device.address(), "GET", "/status", &Value::Null).is_none());
    assert_eq!(kept(device), ["far", "den"]);
}

#[test]
fn a_network_that_goes_away_during_the_trial_is_left() {
    let air = air();
    let (config, events) = watched(in_air(fresh(), &air));
    let device = Device::start(config).unwrap();
    move_to(&device, &change("far", ATTIC));
    await_happening(&events, &Happening::Joined("far".into()));
    air.switch_off("far");
    assert_eq!(end_of_move(&device)["change"]["outcome"], "lost");
    assert_eq!(kept(device), ["den"]);
}

/// Out of reach is out of reach: sockets that were open are closed.
#[test]
fn a_device_that_leaves_closes_its_connections() {
    use std::io::Read as _;
    let air = air();
    let device = Device::start(in_air(fresh(), &air)).unwrap();
    on(&device, "den");
    let mut open = std::net::TcpStream::connect(device.address()).unwrap();
    open.set_read_timeout(Some(skylift_tests::wait::PATIENCE)).unwrap();
    air.switch_off("den");
    assert!(matches!(open.read(&mut [0; 16]), Ok(0)) || open.read(&mut [0; 16]).is_err());
    until("it cannot be reached", || std::net::TcpStream::connect(device.address()).err());
    air.switch_on(AccessPoint::new("den", DEN));
    on(&device, "den");
}

/// A partition with a single page can be written until that is full, and read for ever.
#[test]
fn a_network_that_cannot_be_kept_is_left() {
    let air = air();
    let config = in_air(fresh(), &air);
    let FlashSource::Factory(factory) = config.flash.clone() else { panic!() };
    let device = Device::start(config.clone()).unwrap();
    on(&device, "den");
    let mut nor = device.stop().unwrap();
    let mut table = DEFAULT_TABLE;
    table.iter_mut().find(|partition| partition.label == "skylift").unwrap().size = 0x1000;
    nor.overwrite(TABLE_OFFSET, &partition_table(&table).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flash");
    drop(nor.keep_in(&path).unwrap());

    let device = Device::start(DeviceConfig { flash: FlashSource::File(path, factory), ..config }).unwrap();
    on(&device, "den");
    let rename =
        |n: usize| request(device.address(), "POST", "/rename", &json!({"name": format!("name {n}")}));
    assert!((0..500).any(|n| rename(n).is_some_and(|(code, _)| code == 500)), "it gets full");
    move_to(&device, &change("attic", ATTIC));
    let end = json!({"ssid": "attic", "outcome": "not_kept"});
    assert_eq!(end_of_move(&device), json!({"ssid": "attic", "trial_s": 24, "change": end}));
    assert_eq!(on(&device, "den")["wifi"]["change"], end);
}
