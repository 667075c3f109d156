//! A device with WiFi around it: it knows the network `den`, and others are in the air.

use skylift_protocol::{Network, Networks, Password, bounded};
use skylift_simulator::DeviceConfig;
use skylift_simulator::air::{AccessPoint, Air, Lease};

/// The password of the network that the device knows.
const DEN: &str = "open sesame den";
/// The password of those it can be moved to.
pub const ATTIC: &str = "open sesame attic";

/// `den`, which the device knows; `attic`, where it can be reached as well; and `far`, where it cannot.
pub fn air() -> Air {
    Air::new(vec![
        AccessPoint::new("den", DEN),
        AccessPoint::new("attic", ATTIC),
        AccessPoint::new("far", ATTIC).with(Lease::Elsewhere),
    ])
}

/// Puts the device into this air.
pub fn in_air(config: &mut DeviceConfig, air: &Air) {
    let factory = config.flash.factory().expect("one that is flashed");
    let den = Network { ssid: bounded("den"), password: Password::new(DEN).unwrap() };
    factory.provisioning.networks = Networks::new().with_first(den);
    config.air = Some(air.clone());
}
