//! Power cuts during a move: the device is on the old network afterwards, or on the new one, and never on none.

use serde_json::Value;
use skylift_simulator::air::AccessPoint;
use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::{Device, DeviceConfig, Faults, Happening};
use skylift_tests::devices::small;
use skylift_tests::raw::{request, status};
use skylift_tests::wait::until;
use skylift_tests::wifi::*;

#[test]
fn on_trial_nothing_is_written() {
    let air = air();
    let (config, events) = watched(in_air(small(), &air));
    let device = Device::start(config).unwrap();
    on(&device, "den");
    let before = device.flash_operations();
    move_to(&device, &change("far", ATTIC));
    await_happening(&events, &Happening::Joined("far".into()));
    assert_eq!(device.flash_operations(), before);
    device.cut_power();
    let after = on(&device, "den");
    assert_eq!(after["wifi"].get("change"), None);
}

/// How many flash operations a device has used up before and after a move.
fn operations(config: DeviceConfig) -> std::ops::Range<u64> {
    let device = Device::start(config).unwrap();
    on(&device, "den");
    let before = device.flash_operations();
    move_to(&device, &change("attic", ATTIC));
    assert_eq!(end_of_move(&device)["ssid"], "attic");
    before..device.flash_operations()
}

#[test]
fn every_write_of_a_move_can_be_cut() {
    let air = air();
    let writes = operations(in_air(small(), &air));
    assert!(writes.clone().count() > 2, "{writes:?}");
    let mut ends = Vec::new();
    for operation in writes {
        for moment in Moment::ALL {
            let flash = FlashFault::PowerCut { operation, moment, seed: operation };
            let faults = Faults { flash, ..Faults::default() };
            let (config, events) = watched(DeviceConfig { faults, ..in_air(small(), &air) });
            let device = Device::start(config).unwrap();
            move_to(&device, &change("attic", ATTIC));
            // Asking for the status there is what makes it write; that answer is lost with the power.
            until("power fails", || {
                let _ = request(device.address(), "GET", "/status", &Value::Null);
                events.try_iter().find(|event| event.what == Happening::LostPower)
            });
            let end = until("it has joined a network", || {
                status(device.address())["wifi"]["ssid"].as_str().map(str::to_owned)
            });
            assert!(end == "den" || end == "attic", "{flash}: {end}");
            ends.push(end);
            again(&device);
        }
    }
    assert!(ends.contains(&"den".to_owned()) && ends.contains(&"attic".to_owned()), "{ends:?}");
}

/// Whatever the cut left, the next move works.
fn again(device: &Device) {
    let address = device.address();
    let to = change("guests", "");
    let (code, _) = request(address, "POST", "/wifi", &to).unwrap();
    assert_eq!(code, 202);
    assert_eq!(end_of_move(device)["ssid"], "guests");
}

/// A device that finds none of its networks goes on looking for them.
#[test]
fn a_network_that_comes_late_is_found() {
    let air = air();
    air.switch_off("den");
    let (config, events) = watched(in_air(small(), &air));
    let device = Device::start(config).unwrap();
    let why = skylift_node::JoinFault::NotFound;
    let missed = Happening::NotJoined { ssid: "den".into(), why };
    for _ in 0..3 {
        await_happening(&events, &missed);
    }
    air.switch_on(AccessPoint::new("den", DEN));
    let found: Value = on(&device, "den");
    assert_eq!(found["wifi"].get("change"), None);
}
