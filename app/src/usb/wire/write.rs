//! Flash is erased and written, in pieces: between two of them work can be called off, and what is there already is not
//! sent.

use espflash::command::{Command, CommandType};
use espflash::flasher::Flasher;
use espflash::image_format::Segment;
use espflash::target::{Chip, ProgressCallbacks};
use skylift_updater::SECTOR;

use super::Link;
use super::link::target;
use super::read::pieces;
use crate::usb::{Progress, Step, UsbError, Work};

/// Bytes of a piece: an erase block of NOR flash.
pub const PIECE: u32 = 0x1_0000;

/// What came of a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes that are there now.
    pub bytes: u64,
    /// Bytes of them that were there before.
    pub unchanged: u64,
}

impl Link {
    /// Writes `bytes` at `offset`, the beginning of a sector; the rest of the last sector is erased. Every piece is read
    /// back.
    ///
    /// # Errors
    /// They do not fit, or the board fails, or somebody called it off: what was written until then stays.
    pub fn write(
        &mut self,
        step: Step,
        offset: u32,
        bytes: &[u8],
        work: &mut Work<'_>,
    ) -> Result<Written, UsbError> {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.check_sector(offset)?;
        self.check_range(offset, length)?;
        let mut progress = Progress { step, done: 0, total: bytes.len() as u64, unchanged: 0 };
        work.progress(progress);
        for (at, length) in pieces(offset, length) {
            let start = (at - offset) as usize;
            let piece = bytes.get(start..start + length as usize).unwrap_or_default();
            let unchanged = self.write_piece(at, piece, progress, work)?;
            progress.done += u64::from(length);
            progress.unchanged += if unchanged { u64::from(length) } else { 0 };
            work.progress(progress);
        }
        Ok(Written { bytes: progress.done, unchanged: progress.unchanged })
    }

    /// Whether it was there before.
    fn write_piece(
        &mut self,
        offset: u32,
        piece: &[u8],
        before: Progress,
        work: &mut Work<'_>,
    ) -> Result<bool, UsbError> {
        let stub = self.has_stub();
        // Loaders write words.
        let mut padded = piece.to_vec();
        padded.resize(piece.len().next_multiple_of(4), 0xFF);
        let written = self.persist(work, |link, work| {
            let mut watcher = Watcher { before, length: piece.len(), chunks: 0, unchanged: false, work };
            let mut target = target(link.flasher_ref(), stub);
            let segment = Segment::new(offset, &padded);
            target.write_segment(link.flasher().connection(), segment, &mut watcher)?;
            Ok(watcher.unchanged)
        });
        written.map_err(|error| match error {
            UsbError::NotWritten { port, .. } => UsbError::NotWritten { port, offset },
            error => error,
        })
    }

    /// Erases whole sectors.
    ///
    /// # Errors
    /// They are not in the flash, or the board fails, or somebody called it off.
    pub fn erase(&mut self, offset: u32, length: u32, work: &mut Work<'_>) -> Result<(), UsbError> {
        self.check_sector(offset)?;
        self.check_sector(length)?;
        self.check_range(offset, length)?;
        let mut progress = Progress { step: Step::Erase, done: 0, total: length.into(), unchanged: 0 };
        work.progress(progress);
        for (at, length) in pieces(offset, length) {
            work.check()?;
            self.persist(work, |link, _| link.erase_piece(at, length))?;
            progress.done += u64::from(length);
            work.progress(progress);
        }
        Ok(())
    }

    fn erase_piece(&mut self, offset: u32, length: u32) -> Result<(), espflash::Error> {
        if self.has_stub() {
            return self.flasher().erase_region(offset, length);
        }
        // The ROM's loader knows no such command, but erases before it writes, and need not be given anything to write.
        begin_download(self.flasher(), offset, length)
    }

    fn check_sector(&self, offset: u32) -> Result<(), UsbError> {
        if offset.is_multiple_of(SECTOR) { Ok(()) } else { Err(UsbError::NotASector { offset }) }
    }
}

/// Begins a download into flash, which erases what it is for.
pub(super) fn begin_download(flasher: &mut Flasher, offset: u32, size: u32) -> Result<(), espflash::Error> {
    // Every ROM but that of the ESP32 wants to be told whether it is to encrypt.
    let supports_encryption = flasher.chip() != Chip::Esp32;
    let begin = Command::FlashBegin { size, blocks: 0, block_size: 0x400, offset, supports_encryption };
    let connection = flasher.connection();
    let time = CommandType::FlashBegin.timeout_for_size(size);
    connection.with_timeout(time, |connection| connection.command(begin)).map(drop)
}

/// Tells how far a piece is while it is sent.
struct Watcher<'a, 'w> {
    before: Progress,
    length: usize,
    chunks: usize,
    unchanged: bool,
    work: &'a mut Work<'w>,
}

impl ProgressCallbacks for Watcher<'_, '_> {
    fn init(&mut self, _: u32, total: usize) {
        self.chunks = total.max(1);
    }

    fn update(&mut self, current: usize) {
        let sent = (self.length * current.min(self.chunks) / self.chunks.max(1)) as u64;
        self.work.progress(Progress { done: self.before.done + sent, ..self.before });
    }

    fn verifying(&mut self) {}

    fn finish(&mut self, skipped: bool) {
        self.unchanged = skipped;
    }
}
