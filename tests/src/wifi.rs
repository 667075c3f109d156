//! Devices with WiFi around them: they know the network `den`, and others are in the air.

use std::sync::mpsc::{Receiver, channel};

use embassy_time::Duration;
use serde_json::{Value, json};
use skylift_protocol::{Network, Networks, Password, bounded};
use skylift_simulator::air::{AccessPoint, Air, Lease};
use skylift_simulator::{Device, DeviceConfig, DeviceEvent, Happening};

use crate::raw::request;
use crate::wait::{PATIENCE, until};

/// The password of the network that a device knows.
pub const DEN: &str = "open sesame den";
/// The password of the network it is moved to.
pub const ATTIC: &str = "open sesame attic";

/// `den`, which devices know; `attic`, where they can be reached as well; `far`, where they cannot; `dry`, which gives no
/// addresses; and `guests`, which is open.
#[must_use]
pub fn air() -> Air {
    Air::new(vec![
        AccessPoint::new("den", DEN),
        AccessPoint::new("attic", ATTIC),
        AccessPoint::new("far", ATTIC).with(Lease::Elsewhere),
        AccessPoint::new("dry", ATTIC).with(Lease::Nothing),
        AccessPoint::new("guests", ""),
    ])
}

/// The device in this air, knowing `den`.
#[must_use]
pub fn in_air(mut config: DeviceConfig, air: &Air) -> DeviceConfig {
    let factory = config.flash.factory().expect("one that is flashed");
    let den = Network { ssid: bounded("den"), password: Password::new(DEN).unwrap() };
    factory.provisioning.networks = Networks::new().with_first(den);
    config.air = Some(air.clone());
    config
}

/// The same, on a network that nobody has to reach it on for long.
#[must_use]
pub fn hasty(mut config: DeviceConfig) -> DeviceConfig {
    config.node.wifi.reach_time = Duration::from_millis(100);
    config
}

/// The body of a change.
#[must_use]
pub fn change(ssid: &str, password: &str) -> Value {
    json!({ "ssid": ssid, "password": password })
}

/// Has a device move; it must take the order.
pub fn move_to(device: &Device, change: &Value) {
    on(device, "den");
    let (code, answer) = request(device.address(), "POST", "/wifi", change).unwrap();
    assert_eq!((code, &answer), (202, &json!({"restarts": false})));
}

/// Waits until a device tells how its move ended; all of `wifi` in its status.
#[must_use]
pub fn end_of_move(device: &Device) -> Value {
    until("the move ends", || {
        let wifi = request(device.address(), "GET", "/status", &Value::Null)?.1["wifi"].clone();
        let outcome = wifi["change"]["outcome"].as_str()?;
        (outcome != "trying").then(|| wifi.clone())
    })
}

/// Waits until a device is on this network; all of its status.
pub fn on(device: &Device, ssid: &str) -> Value {
    until("the device is on that network", || {
        let status = request(device.address(), "GET", "/status", &Value::Null)?.1;
        (status["wifi"]["ssid"] == ssid).then_some(status)
    })
}

/// What happens to a device.
#[must_use]
pub fn watched(mut config: DeviceConfig) -> (DeviceConfig, Receiver<DeviceEvent>) {
    let (sender, events) = channel();
    config.events = Some(sender);
    (config, events)
}

/// Waits until this has happened.
pub fn await_happening(events: &Receiver<DeviceEvent>, wanted: &Happening) {
    while events.recv_timeout(PATIENCE).expect("it happens").what != *wanted {}
}
