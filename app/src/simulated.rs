//! Simulated devices, as the window and the commands `demo` and `simulate` switch them on.

use skylift_protocol::{Id, bounded};
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::provisioning::Provisioning;
use skylift_simulator::{Device, DeviceConfig, FactoryFlash};

use crate::advice::Advice;

/// The version that a simulated device has from its first flash.
const FIRST_VERSION: &str = "1.0.0";

/// Why there is no simulated device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimulatedError {
    /// Nothing to make an id of.
    #[error("the operating system gives no random bytes: {0}")]
    Random(String),
    /// No image, or no flash.
    #[error("{0}")]
    Simulator(String),
}

impl Advice for SimulatedError {}

impl SimulatedError {
    fn simulator(error: impl std::fmt::Display) -> Self {
        Self::Simulator(error.to_string())
    }
}

/// An id that no other simulated device on the network has.
///
/// # Errors
/// The operating system gives no random bytes.
pub fn fresh_id() -> Result<Id, SimulatedError> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|error| SimulatedError::Random(error.to_string()))?;
    Ok(bounded(&format!("sim-{:08x}", u32::from_be_bytes(random))))
}

/// What the first flash over USB puts onto a device.
///
/// # Errors
/// No image can be made.
pub fn first_flash(name: &str, bootloader: Bootloader) -> Result<FactoryFlash, SimulatedError> {
    let provisioning = Provisioning {
        name: name.to_owned(),
        bootloader_rolls_back: bootloader == Bootloader::Rollback,
        ..Provisioning::default()
    };
    Ok(FactoryFlash::new(image(FIRST_VERSION, Behaviour::Healthy)?, provisioning))
}

/// An image for simulated devices.
///
/// # Errors
/// The version is too long.
pub fn image(version: &str, behaviour: Behaviour) -> Result<Vec<u8>, SimulatedError> {
    let demo = DemoImage { version: version.to_owned(), behaviour, ..DemoImage::default() };
    demo.build().map_err(SimulatedError::simulator)
}

/// Switches a device on.
///
/// # Errors
/// Its flash is no flash, or there is no port for it.
pub fn switch_on(config: DeviceConfig) -> Result<Device, SimulatedError> {
    Device::start(config).map_err(SimulatedError::simulator)
}
