//! What of a chip its loaders show: where its registers are, and what stands in its fuses.
//!
//! Addresses and fields from Espressif's technical reference manuals (eFuse, SPI and UART chapters); magic values from
//! the chip's ROMs as esptool lists them.

use std::ops::Range;

use skylift_protocol::Chip;

use crate::silicon::Silicon;

/// Where registers of the SPI controller are that commands the flash, from its base.
pub(super) struct SpiOffsets {
    pub command: u32,
    pub data: u32,
}

/// The chips whose controllers are alike.
const SPI: SpiOffsets = SpiOffsets { command: 0x20, data: 0x58 };
/// The first one.
const SPI_ESP32: SpiOffsets = SpiOffsets { command: 0x24, data: 0x80 };

/// Registers of the RTC's watchdog: configuration, and the lock of it.
pub(super) struct Watchdog {
    pub config: u32,
    pub lock: u32,
}

/// A kind of chip.
pub(super) struct Model {
    /// What stands at [`MAGIC_ADDRESS`].
    pub magic: u32,
    /// Base of the SPI controller.
    pub spi: u32,
    pub spi_offsets: SpiOffsets,
    /// Base of the fuses.
    pub fuses: u32,
    /// Memory that code can run from.
    pub code: Range<u32>,
    /// It answers GET_SECURITY_INFO.
    pub tells_security: bool,
    /// The watchdog that hosts reset it with.
    pub watchdog: Option<Watchdog>,
    /// The divider of the first UART.
    pub uart_divider: u32,
}

/// A word in ROM that is different on each kind of chip.
pub(super) const MAGIC_ADDRESS: u32 = 0x4000_1000;
/// Hertz of the crystal of all of them.
pub(super) const CRYSTAL: u32 = 40_000_000;

impl Model {
    /// The chips that can be simulated on a cable.
    pub const fn of(chip: Chip) -> Option<Self> {
        let model = match chip {
            Chip::Esp32 => Self {
                magic: 0x00F0_1D83,
                spi: 0x3FF4_2000,
                spi_offsets: SPI_ESP32,
                fuses: 0x3FF5_A000,
                code: 0x4008_0000..0x400C_0000,
                tells_security: false,
                watchdog: None,
                uart_divider: 0x3FF4_0014,
            },
            Chip::Esp32S3 => Self {
                magic: 0x9,
                spi: 0x6000_2000,
                spi_offsets: SPI,
                fuses: 0x6000_7000,
                code: 0x4037_0000..0x403E_0000,
                tells_security: true,
                watchdog: Some(Watchdog { config: 0x6000_8098, lock: 0x6000_80B0 }),
                uart_divider: 0x6000_0014,
            },
            Chip::Esp32C3 => Self {
                magic: 0x1B31_506F,
                spi: 0x6000_2000,
                spi_offsets: SPI,
                fuses: 0x6000_8800,
                code: 0x4037_C000..0x403E_0000,
                tells_security: true,
                watchdog: Some(Watchdog { config: 0x6000_8090, lock: 0x6000_80A8 }),
                uart_divider: 0x6000_0014,
            },
            Chip::Esp32C6 => Self {
                magic: 0x2CE0_806F,
                spi: 0x6000_3000,
                spi_offsets: SPI,
                fuses: 0x600B_0800,
                code: 0x4080_0000..0x4088_0000,
                tells_security: true,
                watchdog: Some(Watchdog { config: 0x600B_1C00, lock: 0x600B_1C18 }),
                uart_divider: 0x6000_0014,
            },
            _ => return None,
        };
        Some(model)
    }
}

/// What somebody has burnt into a chip for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Security {
    /// It starts signed bootloaders only.
    pub secure_boot: bool,
    /// What it has in flash is encrypted.
    pub flash_encryption: bool,
    /// Its ROM reads and writes no memory for strangers, and takes no stub.
    pub secure_download: bool,
}

impl Security {
    /// GET_SECURITY_INFO: flags, count of the encryption's fuses, purposes of seven keys, chip, version of the ROM's API.
    pub(super) fn info(self, chip: Chip) -> Vec<u8> {
        let flags = u32::from(self.secure_boot) | u32::from(self.secure_download) << 2;
        let mut info = flags.to_le_bytes().to_vec();
        info.push(self.flash_encryption.into());
        info.extend([0; 7]);
        info.extend(u32::from(chip.image_id().unwrap_or(u16::MAX)).to_le_bytes());
        info.extend(0_u32.to_le_bytes());
        info
    }
}

/// The words of the fuses that are not zero: addresses and values.
pub(super) fn fuses(model: &Model, silicon: Silicon, mac: [u8; 6], security: Security) -> Vec<(u32, u32)> {
    let [a, b, c, d, e, f] = mac;
    let low = u32::from_be_bytes([c, d, e, f]);
    let high = u32::from(u16::from_be_bytes([a, b]));
    let (major, minor) = (u32::from(silicon.revision / 100), u32::from(silicon.revision % 100));
    let boot = u32::from(security.secure_boot);
    let encrypted = u32::from(security.flash_encryption);
    let at = |offset: u32, value: u32| (model.fuses + offset, value);
    // Base of BLOCK1, which all but the first chip have.
    let block1 = 0x44;
    match silicon.chip {
        Chip::Esp32 => vec![
            at(0x00, encrypted << 20),
            at(0x04, low),
            at(0x08, high),
            // The major revision stands in three bits at three places: 1, 3, 7 for 1, 2, 3.
            at(0x0C, u32::from(major > 0) << 15),
            at(0x14, u32::from(major > 1) << 20 | (minor & 3) << 24),
            at(0x18, boot << 5),
            (0x3FF6_607C, u32::from(major > 2) << 31),
        ],
        Chip::Esp32C6 => vec![
            at(0x34, encrypted << 18),
            at(0x38, boot << 20),
            at(block1, low),
            // Its address in IEEE 802.15.4 has two bytes more.
            at(block1 + 4, high | 0xFFFE << 16),
            at(block1 + 12, (minor & 15) << 18 | (major & 3) << 22),
        ],
        _ => vec![
            at(0x34, encrypted << 18),
            at(0x38, boot << 20),
            at(block1, low),
            at(block1 + 4, high),
            at(block1 + 12, (minor & 7) << 18),
            at(block1 + 20, (minor >> 3 & 1) << 23 | (major & 3) << 24),
        ],
    }
}
