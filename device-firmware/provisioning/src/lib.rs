//! Who a device is: what the first flash over USB writes into its `skylift` partition, in NVS format, and what of it the
//! device itself changes later.
//!
//! The same on the chip, in the simulator and on the host. Rule for what cannot be read: nothing that was closed opens.
//! Who is paired, or takes signed images only, has a mark that says so beside the key or the signers; where the mark is
//! left alone, nobody is let in, and nobody's images are taken.
#![no_std]

extern crate alloc;

mod entries;
mod storage;

use alloc::string::String;

use entries::Entries;
use esp_nvs::error::Error;
use skylift_protocol::provisioning::{
    KEY_BOOTLOADER_ROLLS_BACK, KEY_NAME, KEY_NETWORKS, KEY_PAIRED, KEY_PAIRING, KEY_SECURE_FLOOR,
    KEY_SIGNED_ONLY, KEY_TRUST,
};
use skylift_protocol::{Floor, Networks, Pairing, Signers, Trust};
use skylift_updater::partition::Layout;
use skylift_updater::{Flash, Region};

use storage::Look;

/// How often a partition is looked at again before it counts as one that cannot be read.
const MOST_LOOKS: usize = 8;

/// What is provisioned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provisioning {
    /// The device's name.
    pub name: String,
    /// The bootloader rolls back.
    pub bootloader_rolls_back: bool,
    /// No image with a lower `secure_version` is taken.
    pub secure_floor: Floor,
    /// Whose images it takes.
    pub trust: Trust,
    /// Whom it lets in.
    pub pairing: Pairing,
    /// The networks it may join.
    pub networks: Networks,
}

/// Why the partition cannot be written.
#[derive(Debug)]
pub struct ProvisioningError(Error);

impl core::fmt::Display for ProvisioningError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            Error::FlashFull => f.write_str("the partition has no room left for the settings"),
            Error::CorruptedData => {
                f.write_str("the partition is damaged, is encrypted, or holds something else than settings")
            }
            ref other => write!(f, "the settings cannot be written: {other}"),
        }
    }
}

impl core::error::Error for ProvisioningError {}

impl ProvisioningError {
    /// Whether there is no room.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(self.0, Error::FlashFull)
    }
}

impl From<Error> for ProvisioningError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl Provisioning {
    /// Reads the partition; what was never written has its default. If none of it can be read, nobody is let in and
    /// nobody's images are taken: nobody can tell what was there.
    ///
    /// Opening mends what a power cut left, so it may write; where so much is torn that this changes what is found, it is
    /// read until two looks agree. Takes 5 KiB of stack, and of heap at most what the partition holds.
    pub fn read<F: Flash>(flash: &mut F, region: Region) -> Self {
        let mut found = Self::look(flash, region);
        for _ in 0..MOST_LOOKS {
            let again = Self::look(flash, region);
            if again == found {
                return found;
            }
            found = again;
        }
        Self::unreadable()
    }

    fn look<F: Flash>(flash: &mut F, region: Region) -> Self {
        let Ok(mut entries) = Entries::open(flash, region) else { return Self::unreadable() };
        Self {
            name: entries.name(),
            bootloader_rolls_back: entries.bootloader_rolls_back(),
            secure_floor: entries.secure_floor(),
            trust: entries.trust(),
            pairing: entries.pairing(),
            networks: entries.networks(),
        }
    }

    /// Reads it from a whole flash; `None` if that has no place for it.
    pub fn in_flash<F: Flash>(flash: &mut F) -> Option<Self> {
        let region = Layout::read(flash).ok()?.settings?;
        Some(Self::read(flash, region))
    }

    fn unreadable() -> Self {
        Self {
            secure_floor: Floor::Unknown,
            trust: Trust::in_signers(Signers::new()),
            pairing: Pairing::KeyDamaged,
            ..Self::default()
        }
    }

    /// Writes all of it; what was there before and is not here goes. If power fails meanwhile, each part is as before,
    /// as here, or shut; a partition that was damaged beyond reading is erased first, and nothing is in it for a moment.
    ///
    /// # Errors
    /// The flash, or NVS, refuses.
    pub fn write<F: Flash>(&self, flash: &mut F, region: Region) -> Result<(), ProvisioningError> {
        if let Err(Error::CorruptedData) = Entries::open(&mut *flash, region).map(drop) {
            storage::erase(flash, region).map_err(|_| Error::FlashError)?;
        }
        self.put(flash, region)
    }

    /// The same in a partition that is not Skylift's alone: what others have in there stays, and what cannot be read is
    /// not erased, as it may be theirs.
    ///
    /// # Errors
    /// The flash, or NVS, refuses: there is no room, or something else than NVS, or damage.
    pub fn merge<F: Flash>(&self, flash: &mut F, region: Region) -> Result<(), ProvisioningError> {
        match storage::look(flash, region).map_err(|_| Error::FlashError)? {
            Look::Fine => self.put(flash, region),
            Look::Foreign | Look::Encrypted => Err(Error::CorruptedData.into()),
        }
    }

    fn put<F: Flash>(&self, flash: &mut F, region: Region) -> Result<(), ProvisioningError> {
        let mut entries = Entries::open(flash, region)?;
        entries.forget_for_good();
        entries.set(KEY_NAME, self.name.as_str())?;
        entries.set(KEY_BOOTLOADER_ROLLS_BACK, u8::from(self.bootloader_rolls_back))?;
        match self.secure_floor {
            Floor::At(floor) => entries.set(KEY_SECURE_FLOOR, floor)?,
            Floor::Unknown => entries.delete(KEY_SECURE_FLOOR)?,
        }
        entries.put_marked(KEY_SIGNED_ONLY, KEY_TRUST, self.trust.to_record().as_deref())?;
        entries.put_marked(KEY_PAIRED, KEY_PAIRING, self.pairing.to_record())?;
        if self.networks.iter().next().is_none() {
            return Ok(entries.delete(KEY_NETWORKS)?);
        }
        Ok(entries.set(KEY_NETWORKS, self.networks.to_record().as_slice())?)
    }

    /// Writes another name.
    ///
    /// # Errors
    /// The flash, or NVS, refuses.
    pub fn store_name<F: Flash>(flash: &mut F, region: Region, name: &str) -> Result<(), ProvisioningError> {
        Ok(Entries::open(flash, region)?.set(KEY_NAME, name)?)
    }

    /// Writes another floor. Whenever power fails, either the one before or this one is there.
    ///
    /// # Errors
    /// The flash, or NVS, refuses.
    pub fn store_secure_floor<F: Flash>(
        flash: &mut F,
        region: Region,
        floor: u32,
    ) -> Result<(), ProvisioningError> {
        Ok(Entries::open(flash, region)?.set(KEY_SECURE_FLOOR, floor)?)
    }

    /// Writes whose images are taken; who takes everybody's goes on doing so, as the first signers come by cable.
    /// Whenever power fails, either the record before or this one is there.
    ///
    /// # Errors
    /// The flash, or NVS, refuses.
    pub fn store_trust<F: Flash>(
        flash: &mut F,
        region: Region,
        trust: &Trust,
    ) -> Result<(), ProvisioningError> {
        let Some(record) = trust.to_record() else { return Ok(()) };
        Ok(Entries::open(flash, region)?.set(KEY_TRUST, record.as_slice())?)
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
        let mut entries = Entries::open(flash, region)?;
        entries.forget_for_good();
        Ok(entries.set(KEY_NETWORKS, networks.to_record().as_slice())?)
    }
}

#[cfg(test)]
mod tests;
