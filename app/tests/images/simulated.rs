//! Simulated devices for images: the real device code, in a hurry.

use serde_json::Value;
use skylift_protocol::bounded;
use skylift_provisioning::Provisioning;
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};

use crate::program::Place;

/// A device that runs an image.
pub fn device(image: Vec<u8>) -> Device {
    let factory = FactoryFlash::new(image, Provisioning::default());
    let mut config = DeviceConfig::new(bounded("sky-01"), FlashSource::Factory(factory));
    config.node.trial.well_for = config.node.trial.farewell;
    Device::start(config).unwrap()
}

/// What the program says of it.
#[track_caller]
pub fn status(place: &Place, device: &Device) -> Value {
    let told = place.done(&["status", &device.address().to_string(), "--json"]);
    serde_json::from_str(told.trim()).unwrap()
}
