//! Simulated devices, as the window and the commands `demo` and `simulate` switch them on, and their keys.

use std::path::Path;

use skylift_protocol::{Id, Pairing, bounded};
use skylift_provisioning::Provisioning;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::nor::Nor;
use skylift_simulator::{Device, DeviceConfig, FactoryFlash};

use crate::advice::Advice;
use crate::image::Image;
use crate::store::{KeyStore, KeyStoreError};

/// The version that a simulated device has from its first flash.
const FIRST_VERSION: &str = "1.0.0";

/// Why there is no simulated device.
#[derive(Debug, thiserror::Error)]
pub enum SimulatedError {
    /// Nothing to make an id of.
    #[error("the operating system gives no random bytes: {0}")]
    Random(String),
    /// No image, or no flash.
    #[error("{0}")]
    Simulator(String),
    /// Its key cannot be kept.
    #[error(transparent)]
    Key(#[from] KeyStoreError),
}

impl Advice for SimulatedError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Key(error) => error.advice(),
            Self::Random(_) | Self::Simulator(_) => Vec::new(),
        }
    }
}

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

/// The image of a first flash: what the first update over the air may be a delta against.
///
/// # Errors
/// It is none.
pub fn first_image(factory: &FactoryFlash) -> Result<Image, SimulatedError> {
    Image::from_bytes(Path::new("ota.bin"), factory.image.clone()).map_err(SimulatedError::simulator)
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

/// Pairs a device that is about to be made with this computer, as the first flash over USB does: a new key goes into
/// its flash and into the key store.
///
/// # Errors
/// There are no random bytes, or the key cannot be kept.
pub fn pair(id: &Id, factory: &mut FactoryFlash, keys: &KeyStore) -> Result<(), SimulatedError> {
    let key = KeyStore::random()?;
    keys.put(id, &key, true)?;
    factory.provisioning.pairing = Pairing::Paired(key);
    Ok(())
}

/// Takes over the key in a flash that was kept, if it has one: who holds a flash file holds the device.
///
/// # Errors
/// The file is no flash, or the key cannot be kept.
pub fn adopt(id: &Id, flash: &Path, keys: &KeyStore) -> Result<(), SimulatedError> {
    let mut nor = Nor::open(flash).map_err(SimulatedError::simulator)?;
    if let Some(Pairing::Paired(key)) = Provisioning::in_flash(&mut nor).map(|found| found.pairing) {
        keys.put(id, &key, true)?;
    }
    Ok(())
}

/// Forgets the key of a device whose flash is not kept. To be dropped after the device.
#[derive(Debug)]
pub struct TemporaryKey {
    id: Id,
    keys: KeyStore,
}

impl TemporaryKey {
    /// Pairs a device for as long as this is kept; see [`pair`].
    ///
    /// # Errors
    /// As for [`pair`].
    pub fn pair(id: &Id, factory: &mut FactoryFlash, keys: &KeyStore) -> Result<Self, SimulatedError> {
        pair(id, factory, keys)?;
        Ok(Self { id: id.clone(), keys: keys.clone() })
    }
}

impl Drop for TemporaryKey {
    fn drop(&mut self) {
        // A key that stays opens nothing any more.
        let _ = self.keys.forget(&self.id);
    }
}
