//! Memory as a loader shows it: fuses, the controller that commands the flash, the watchdog; all else reads as written.

use std::collections::HashMap;

use crate::serial::model::{CRYSTAL, MAGIC_ADDRESS, Model, Watchdog, fuses};
use crate::serial::{Identity, packet::Refusal};

/// Starts a command of the user's, in the controller's first register.
const SPI_START: u32 = 1 << 18;
/// What flash chips call "read identification".
const READ_ID: u8 = 0x9F;
/// A maker of flash chips, and a family of its (GigaDevice's GD25Q).
const FLASH_FAMILY: [u8; 2] = [0xC8, 0x40];
/// The watchdog counts.
const WATCHDOG_ON: u32 = 1 << 31;
/// Words that a host can write; a flood of them is not kept.
const MAX_WRITTEN: usize = 4096;

/// What the watchdog is about to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Bite {
    #[default]
    No,
    Armed,
    Due,
}

/// A chip's memory.
pub(super) struct Registers {
    model: Model,
    fixed: HashMap<u32, u32>,
    written: HashMap<u32, u32>,
    /// What the flash says of itself.
    flash_id: u32,
    bite: Bite,
}

impl Registers {
    pub fn new(model: Model, identity: &Identity, flash_bytes: u32) -> Self {
        let mut fixed: HashMap<u32, u32> =
            fuses(&model, identity.silicon, identity.mac, identity.security).into_iter().collect();
        fixed.insert(MAGIC_ADDRESS, model.magic);
        let [maker, family] = FLASH_FAMILY;
        let size = flash_bytes.ilog2() as u8;
        let flash_id = u32::from_le_bytes([maker, family, size, 0]);
        Self { model, fixed, written: HashMap::new(), flash_id, bite: Bite::No }
    }

    /// Where code can run.
    pub fn is_code(&self, address: u32) -> bool {
        self.model.code.contains(&address)
    }

    /// Whether the chip has GET_SECURITY_INFO.
    pub const fn tell_security(&self) -> bool {
        self.model.tells_security
    }

    /// The divider of the UART tells the rate that the ROM has measured.
    pub fn set_baud(&mut self, baud: u32) {
        self.fixed.insert(self.model.uart_divider, CRYSTAL / baud.max(1));
    }

    pub fn read(&self, address: u32) -> u32 {
        let fixed = self.fixed.get(&address).or_else(|| self.written.get(&address));
        fixed.copied().unwrap_or(0)
    }

    pub fn write(&mut self, address: u32, value: u32, mask: u32) -> Result<(), Refusal> {
        let value = self.read(address) & !mask | value & mask;
        if address == self.model.spi && value & SPI_START != 0 {
            return self.command_flash();
        }
        self.note_watchdog(address, value);
        self.put(address, value)
    }

    /// Whether the watchdog resets the chip now.
    pub const fn bitten(&self) -> bool {
        matches!(self.bite, Bite::Due)
    }

    fn put(&mut self, address: u32, value: u32) -> Result<(), Refusal> {
        if self.written.len() == MAX_WRITTEN && !self.written.contains_key(&address) {
            return Err(Refusal::Failed);
        }
        self.written.insert(address, value);
        Ok(())
    }

    /// The controller is done at once: its start bit is never seen set.
    fn command_flash(&mut self) -> Result<(), Refusal> {
        let at = |offset| self.model.spi + offset;
        let command = self.read(at(self.model.spi_offsets.command)).to_le_bytes()[0];
        let answer = if command == READ_ID { self.flash_id } else { 0 };
        self.put(at(self.model.spi_offsets.data), answer)
    }

    /// It bites once it counts and is locked again, as hosts do it to reset a chip without lines.
    fn note_watchdog(&mut self, address: u32, value: u32) {
        let Some(Watchdog { config, lock }) = self.model.watchdog else { return };
        self.bite = match self.bite {
            _ if address == config && value & WATCHDOG_ON != 0 => Bite::Armed,
            _ if address == config => Bite::No,
            Bite::Armed if address == lock && value == 0 => Bite::Due,
            bite => bite,
        };
    }
}
