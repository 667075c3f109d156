//! Which chip it is, as its loader and its fuses say.

use espflash::target::XtalFrequency;
use skylift_protocol::Chip;

use super::Link;
use crate::chip_name::chip_name;
use crate::usb::UsbError;

/// What a chip's fuses say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The chip; `Unknown` if espflash knows it, and Skylift's protocol does not.
    pub chip: Chip,
    /// Its name, as it is printed on it.
    pub name: String,
    /// Major and minor revision; `None` if it keeps that to itself.
    pub revision: Option<(u32, u32)>,
    /// Its MAC address, lower case with colons; `None` if it keeps that to itself.
    pub mac: Option<String>,
    /// MHz of its crystal.
    pub crystal: u32,
    /// What it can.
    pub features: Vec<String>,
    /// Bytes of its flash.
    pub flash_size: u32,
}

impl Identity {
    /// Whether it is a simulated board: in the fuses of a chip stands an address that Espressif has bought, never one
    /// that its owner has made up (bit 1 of the first byte, IEEE 802).
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        let first = self.mac.as_ref().and_then(|mac| mac.get(..2));
        first.and_then(|first| u8::from_str_radix(first, 16).ok()).is_some_and(|first| first & 2 != 0)
    }
}

impl Link {
    /// The chip.
    #[must_use]
    pub fn chip(&self) -> Chip {
        Chip::from_image_id(self.flasher_ref().chip().id())
    }

    /// Reads its identity.
    ///
    /// # Errors
    /// The board answers no more.
    pub fn identity(&mut self) -> Result<Identity, UsbError> {
        let chip = self.chip();
        let info = self.flasher().device_info().map_err(|error| self.sentence(&error))?;
        Ok(Identity {
            chip,
            name: chip_name(&info.chip.to_string()).unwrap_or_else(|| info.chip.to_string().to_uppercase()),
            revision: info.revision,
            mac: info.mac_address.map(|mac| mac.to_lowercase()),
            crystal: mhz(info.crystal_frequency),
            features: info.features,
            flash_size: info.flash_size.size(),
        })
    }
}

pub(in crate::usb) const fn mhz(crystal: XtalFrequency) -> u32 {
    match crystal {
        XtalFrequency::_26Mhz => 26,
        XtalFrequency::_32Mhz => 32,
        XtalFrequency::_48Mhz => 48,
        _ => 40,
    }
}
