//! The chip's flash as the updater sees it, over the ROM's calls: true NOR programs and erases, no read-modify-write.
//!
//! Each call runs from RAM with interrupts off, because code and constants cannot be fetched from a flash that is
//! busy. So a call stalls everything, the radio too: a read of [`CHUNK`] bytes some tens of µs, a page 0.4 to 3 ms,
//! a sector 45 to 400 ms, a block of 64 KiB 150 ms to 2 s (typical and longest, W25Q32JV and GD25Q32C data sheets).
//! Whoever erases much does so between two reads of a socket.
#![allow(unsafe_code, reason = "the ROM's calls trust their arguments")]

use esp_hal::peripherals::FLASH;
use esp_storage::{FlashStorage, ll};
use skylift_updater::{Erase, Flash, FlashError, PAGE, WORD};

use crate::watchdog;

/// Bytes that are read in one call, with interrupts off.
const CHUNK: usize = 256;
const WORD_LEN: usize = WORD as usize;

/// The flash the chip boots from. There is one, so there should be one of these at a time.
#[derive(Debug)]
pub struct ChipFlash {
    capacity: u32,
    phase: Phase,
}

/// Who feeds the watchdog.
#[derive(Debug)]
enum Phase {
    /// Each operation does: no task runs yet, and to hash a slot takes seconds.
    BeforeMain,
    /// A task of the executor does.
    Running,
}

impl ChipFlash {
    /// The flash for what runs under the executor.
    ///
    /// It asks the flash itself for its capacity (JEDEC id); of one that cannot tell, nothing can be read or written.
    /// It does not lift write protection: the bootloader has, and doing it again wears the status register.
    #[must_use]
    pub fn new() -> Self {
        // SAFETY: the token stands for a peripheral that only this crate drives; it is dropped again at once.
        let storage = FlashStorage::new(unsafe { FLASH::steal() });
        Self { capacity: storage.capacity() as u32, phase: Phase::Running }
    }

    /// The flash for the boot guard.
    pub(crate) fn before_main() -> Self {
        Self { phase: Phase::BeforeMain, ..Self::new() }
    }

    /// To be called before each operation.
    fn feed(&self) {
        match self.phase {
            Phase::BeforeMain => watchdog::feed_bare(),
            Phase::Running => {}
        }
    }

    /// Whether `len` bytes from `offset` are inside.
    fn inside(&self, offset: u32, len: usize) -> Result<(), FlashError> {
        let end = u32::try_from(len).ok().and_then(|len| offset.checked_add(len)).ok_or(FlashError)?;
        if end <= self.capacity { Ok(()) } else { Err(FlashError) }
    }
}

impl Default for ChipFlash {
    fn default() -> Self {
        Self::new()
    }
}

/// A piece of flash, where the ROM wants it: at a word's border.
#[repr(align(4))]
struct Aligned<const N: usize>([u8; N]);

impl Flash for ChipFlash {
    fn capacity(&self) -> u32 {
        self.capacity
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        self.inside(offset, buf.len())?;
        self.feed();
        let mut at = offset;
        let mut rest = buf;
        while !rest.is_empty() {
            // The ROM reads whole words.
            let skip = (at % WORD) as usize;
            let (piece, behind) = rest.split_at_mut(rest.len().min(CHUNK - skip));
            let words = (skip + piece.len()).next_multiple_of(WORD_LEN);
            let mut read = Aligned([0; CHUNK]);
            // SAFETY: `words` is at most CHUNK, and inside the flash, whose capacity is a multiple of a word.
            unsafe { ll::spiflash_read(at - skip as u32, read.0.as_mut_ptr().cast(), words as u32) }
                .map_err(|_| FlashError)?;
            piece.copy_from_slice(read.0.get(skip..skip + piece.len()).ok_or(FlashError)?);
            at += piece.len() as u32;
            rest = behind;
        }
        Ok(())
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        self.inside(offset, data.len())?;
        let within = (offset % PAGE) as usize;
        let aligned = offset.is_multiple_of(WORD) && data.len().is_multiple_of(WORD_LEN);
        if !aligned || within + data.len() > PAGE as usize {
            return Err(FlashError);
        }
        self.feed();
        // From RAM, because `data` may be a constant in the flash that is about to be busy.
        let mut page = Aligned([0xFF; PAGE as usize]);
        page.0.get_mut(..data.len()).ok_or(FlashError)?.copy_from_slice(data);
        // SAFETY: inside the flash and within one page; `page` holds that many bytes at a word's border.
        unsafe { ll::spiflash_write(offset, page.0.as_ptr().cast(), data.len() as u32) }
            .map_err(|_| FlashError)
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        self.inside(offset, unit.bytes() as usize)?;
        if !offset.is_multiple_of(unit.bytes()) {
            return Err(FlashError);
        }
        self.feed();
        let number = offset / unit.bytes();
        // SAFETY: the unit is inside the flash.
        let done = unsafe {
            match unit {
                Erase::Sector => ll::spiflash_erase_sector(number),
                Erase::Block => ll::spiflash_erase_block(number),
            }
        };
        done.map_err(|_| FlashError)
    }
}
