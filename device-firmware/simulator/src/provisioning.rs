//! What the first flash over USB writes into the `skylift` partition: who the device is, in NVS format.

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};
use esp_nvs::error::Error;
use esp_nvs::platform::{Crc, software_crc32};
use esp_nvs::{Key, Nvs};
use skylift_protocol::provisioning::{
    KEY_BOOTLOADER_ROLLS_BACK, KEY_NAME, KEY_NETWORKS, KEY_PAIRING, KEY_SECURE_FLOOR, KEY_TRUST, NAMESPACE,
};
use skylift_protocol::{Networks, Pairing, Signers, Trust};
use skylift_updater::partition::Layout;
use skylift_updater::{Erase, Flash, FlashError, PAGE, Region, SECTOR, WORD};

/// Bytes of the header of an NVS page: its state, sequence, version and CRC.
const PAGE_HEADER: usize = 32;

/// What is provisioned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provisioning {
    /// The device's name.
    pub name: String,
    /// The bootloader rolls back.
    pub bootloader_rolls_back: bool,
    /// No image below this `secure_version` is taken.
    pub secure_floor: u32,
    /// Whose images it takes.
    pub trust: Trust,
    /// Whom it lets in.
    pub pairing: Pairing,
    /// The networks it may join.
    pub networks: Networks,
}

/// Why the partition cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the partition `skylift` cannot be written: {0:?}")]
pub struct ProvisioningError(Error);

impl Provisioning {
    /// Reads the partition; what is not there has its default. If none of it can be read, nobody is let in and nobody's
    /// images are taken: nobody can tell what was there.
    pub fn read<F: Flash>(flash: &mut F, region: Region) -> Self {
        let Ok(mut nvs) = open(flash, region) else { return Self::unreadable() };
        Self {
            name: nvs.get(&key(NAMESPACE), &key(KEY_NAME)).unwrap_or_default(),
            bootloader_rolls_back: nvs.get::<u8>(&key(NAMESPACE), &key(KEY_BOOTLOADER_ROLLS_BACK)) == Ok(1),
            secure_floor: nvs.get(&key(NAMESPACE), &key(KEY_SECURE_FLOOR)).unwrap_or_default(),
            trust: trust_in(&mut nvs),
            pairing: pairing_in(&mut nvs),
            networks: networks_in(&mut nvs),
        }
    }

    /// Reads it from a whole flash; `None` if that has no place for it.
    pub fn in_flash<F: Flash>(flash: &mut F) -> Option<Self> {
        let region = Layout::read(flash).ok()?.settings?;
        Some(Self::read(flash, region))
    }

    fn unreadable() -> Self {
        let trust = Trust::in_signers(Signers::new());
        Self { trust, pairing: Pairing::KeyDamaged, ..Self::default() }
    }

    /// Writes the partition.
    ///
    /// # Errors
    /// The flash, or NVS, refuses.
    pub fn write<F: Flash>(&self, flash: &mut F, region: Region) -> Result<(), ProvisioningError> {
        self.try_write(flash, region).map_err(ProvisioningError)
    }

    fn try_write<F: Flash>(&self, flash: &mut F, region: Region) -> Result<(), Error> {
        let mut nvs = open(flash, region)?;
        nvs.set(&key(NAMESPACE), &key(KEY_NAME), self.name.as_str())?;
        nvs.set(&key(NAMESPACE), &key(KEY_BOOTLOADER_ROLLS_BACK), u8::from(self.bootloader_rolls_back))?;
        nvs.set(&key(NAMESPACE), &key(KEY_SECURE_FLOOR), self.secure_floor)?;
        set_trust(&mut nvs, &self.trust)?;
        if let Some(record) = self.pairing.to_record() {
            nvs.set(&key(NAMESPACE), &key(KEY_PAIRING), record)?;
        }
        if self.networks.iter().next().is_none() { Ok(()) } else { set_networks(&mut nvs, &self.networks) }
    }

    /// Writes another name.
    ///
    /// # Errors
    /// The flash, or NVS, refuses.
    pub fn store_name<F: Flash>(flash: &mut F, region: Region, name: &str) -> Result<(), ProvisioningError> {
        let stored = open(flash, region).and_then(|mut nvs| nvs.set(&key(NAMESPACE), &key(KEY_NAME), name));
        stored.map_err(ProvisioningError)
    }

    /// Writes another floor.
    ///
    /// # Errors
    /// The flash, or NVS, refuses.
    pub fn store_secure_floor<F: Flash>(
        flash: &mut F,
        region: Region,
        floor: u32,
    ) -> Result<(), ProvisioningError> {
        let stored =
            open(flash, region).and_then(|mut nvs| nvs.set(&key(NAMESPACE), &key(KEY_SECURE_FLOOR), floor));
        stored.map_err(ProvisioningError)
    }

    /// Writes whose images are taken. Whenever power fails, either the record before or this one is there.
    ///
    /// # Errors
    /// The flash, or NVS, refuses.
    pub fn store_trust<F: Flash>(
        flash: &mut F,
        region: Region,
        trust: &Trust,
    ) -> Result<(), ProvisioningError> {
        open(flash, region).and_then(|mut nvs| set_trust(&mut nvs, trust)).map_err(ProvisioningError)
    }

    /// Writes other networks. Whenever power fails, either those before or these are there.
    ///
    /// # Errors
    /// The flash, or NVS, refuses.
    pub fn store_networks<F: Flash>(
        flash: &mut F,
        region: Region,
        networks: &Networks,
    ) -> Result<(), ProvisioningError> {
        let stored = open(flash, region).and_then(|mut nvs| {
            // A password that is not known any more shall not lie about in the flash.
            nvs.set_purge_mode(true);
            set_networks(&mut nvs, networks)
        });
        stored.map_err(ProvisioningError)
    }
}

fn networks_in<F: Flash>(nvs: &mut Nvs<Storage<'_, F>>) -> Networks {
    let record = nvs.get::<Vec<u8>>(&key(NAMESPACE), &key(KEY_NETWORKS)).unwrap_or_default();
    Networks::from_record(&record).unwrap_or_default()
}

/// A record that cannot be read trusts nobody; only where there is none, everybody's images are taken.
fn trust_in<F: Flash>(nvs: &mut Nvs<Storage<'_, F>>) -> Trust {
    match nvs.get::<Vec<u8>>(&key(NAMESPACE), &key(KEY_TRUST)) {
        Ok(record) => Trust::from_record(&record),
        Err(Error::KeyNotFound | Error::NamespaceNotFound) => Trust::Anybody,
        Err(_) => Trust::in_signers(Signers::new()),
    }
}

/// A key that cannot be read lets nobody in; only where there is none, everybody is.
fn pairing_in<F: Flash>(nvs: &mut Nvs<Storage<'_, F>>) -> Pairing {
    match nvs.get::<Vec<u8>>(&key(NAMESPACE), &key(KEY_PAIRING)) {
        Ok(record) => Pairing::from_record(&record),
        Err(Error::KeyNotFound | Error::NamespaceNotFound) => Pairing::Open,
        Err(_) => Pairing::KeyDamaged,
    }
}

fn set_trust<F: Flash>(nvs: &mut Nvs<Storage<'_, F>>, trust: &Trust) -> Result<(), Error> {
    match trust.to_record() {
        Some(record) => nvs.set(&key(NAMESPACE), &key(KEY_TRUST), record.as_slice()),
        None => Ok(()),
    }
}

fn set_networks<F: Flash>(nvs: &mut Nvs<Storage<'_, F>>, networks: &Networks) -> Result<(), Error> {
    let record = networks.to_record();
    nvs.set(&key(NAMESPACE), &key(KEY_NETWORKS), record.as_slice())
}

/// Opens the partition, twice: opening mends what a power cut left, and where more is damaged the first look may find
/// less than the second.
fn open<F: Flash>(flash: &mut F, region: Region) -> Result<Nvs<Storage<'_, F>>, Error> {
    drop(Nvs::new(region.offset as usize, region.size as usize, Storage(flash))?);
    Nvs::new(region.offset as usize, region.size as usize, Storage(flash))
}

fn key(name: &str) -> Key {
    Key::from_str(name)
}

/// The flash as embedded-storage wants it.
struct Storage<'a, F>(&'a mut F);

#[derive(Debug)]
struct StorageError;

impl From<FlashError> for StorageError {
    fn from(_: FlashError) -> Self {
        Self
    }
}

impl NorFlashError for StorageError {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl<F> ErrorType for Storage<'_, F> {
    type Error = StorageError;
}

impl<F: Flash> ReadNorFlash for Storage<'_, F> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), StorageError> {
        Ok(self.0.read(offset, bytes)?)
    }

    fn capacity(&self) -> usize {
        self.0.capacity() as usize
    }
}

impl<F: Flash> NorFlash for Storage<'_, F> {
    const WRITE_SIZE: usize = WORD as usize;
    const ERASE_SIZE: usize = SECTOR as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), StorageError> {
        for offset in (from..to).step_by(Self::ERASE_SIZE) {
            // An erase that is cut short may leave the header and not the items: esp-nvs 0.6.3 takes such a page for one
            // to be copied again, finds its blobs twice, and deletes them. Without a header nobody reads it.
            self.0.program(offset, &[0; PAGE_HEADER])?;
            self.0.erase(offset, Erase::Sector)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), StorageError> {
        let mut at = offset;
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = (PAGE - at % PAGE) as usize;
            let (page, behind) = rest.split_at(room.min(rest.len()));
            self.0.program(at, page)?;
            at += page.len() as u32;
            rest = behind;
        }
        Ok(())
    }
}

impl<F> Crc for Storage<'_, F> {
    fn crc32(init: u32, data: &[u8]) -> u32 {
        software_crc32(init, data)
    }
}

#[cfg(test)]
mod tests;
