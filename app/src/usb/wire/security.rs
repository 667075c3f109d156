//! What somebody has burnt into a chip's fuses for good.

use espflash::target::efuse::esp32;
use skylift_protocol::Chip;

use super::Link;
use crate::usb::UsbError;

/// Flags of GET_SECURITY_INFO (ESP-IDF's `esp_rom_get_security_info`).
const SECURE_BOOT: u32 = 1 << 0;
const SECURE_DOWNLOAD: u32 = 1 << 2;

/// What a chip's fuses forbid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Security {
    /// It starts nothing but bootloaders that were signed by the key in its fuses.
    pub secure_boot: bool,
    /// What it runs from flash is encrypted.
    pub flash_encryption: bool,
    /// Its loader shows nobody what is in it.
    pub secure_download: bool,
}

impl Link {
    /// Reads what its fuses forbid.
    ///
    /// # Errors
    /// The board answers no more.
    pub fn security(&mut self) -> Result<Security, UsbError> {
        let security = match self.chip() {
            Chip::Esp32 => self.security_of_first_chip(),
            _ => self.flasher().security_info().map(|info| Security {
                secure_boot: info.flags & SECURE_BOOT != 0,
                flash_encryption: is_odd(info.flash_crypt_cnt.into()),
                secure_download: info.flags & SECURE_DOWNLOAD != 0,
            }),
        };
        security.map_err(|error| self.sentence(&error))
    }

    /// The ESP32 has no such command, but fuses: two for the versions of secure boot, and a count for encryption.
    fn security_of_first_chip(&mut self) -> Result<Security, espflash::Error> {
        let secure_download = self.flasher().secure_download_mode();
        if secure_download {
            return Ok(Security { secure_download, ..Security::default() });
        }
        let chip = self.flasher().chip();
        let mut fuse = |field| chip.read_efuse_le::<u32>(self.flasher().connection(), field);
        Ok(Security {
            secure_boot: fuse(esp32::ABS_DONE_0)? != 0 || fuse(esp32::ABS_DONE_1)? != 0,
            flash_encryption: is_odd(fuse(esp32::FLASH_CRYPT_CNT)?),
            secure_download,
        })
    }
}

/// Encryption is on while an odd number of its fuses is burnt.
const fn is_odd(count: u32) -> bool {
    count.count_ones() % 2 == 1
}
