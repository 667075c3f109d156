//! Simulated devices, as the commands `demo` and `simulate` switch them on.

use skylift_protocol::{Id, bounded};
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::provisioning::Provisioning;
use skylift_simulator::{Device, FactoryFlash};

use super::failure::Failure;

/// The version that a simulated device has from its first flash.
const FIRST_VERSION: &str = "1.0.0";

/// An id that no other simulated device on the network has.
pub(super) fn fresh_id() -> Result<Id, Failure> {
    let mut random = [0; 4];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::new(format!("the operating system gives no random bytes: {error}")))?;
    Ok(bounded(&format!("sim-{:08x}", u32::from_be_bytes(random))))
}

/// What the first flash over USB puts onto a device.
pub(super) fn first_flash(name: &str, bootloader: Bootloader) -> Result<FactoryFlash, Failure> {
    let provisioning = Provisioning {
        name: name.to_owned(),
        bootloader_rolls_back: bootloader == Bootloader::Rollback,
        ..Provisioning::default()
    };
    Ok(FactoryFlash::new(image(FIRST_VERSION, Behaviour::Healthy)?, provisioning))
}

/// An image for simulated devices.
pub(super) fn image(version: &str, behaviour: Behaviour) -> Result<Vec<u8>, Failure> {
    let demo = DemoImage { version: version.to_owned(), behaviour, ..DemoImage::default() };
    demo.build().map_err(|error| Failure::new(error.to_string()))
}

/// Switches a device on.
pub(super) fn switch_on(config: skylift_simulator::DeviceConfig) -> Result<Device, Failure> {
    Device::start(config).map_err(|error| Failure::new(error.to_string()))
}
