//! Flash is erased and written: work can be called off between two packets, and what is there already is not sent.

use espflash::command::{Command, CommandType};
use espflash::flasher::Flasher;
use espflash::target::Chip;
use skylift_updater::SECTOR;

use super::Link;
use super::read::pieces;
use super::run::Piece;
use crate::usb::{Progress, Step, UsbError, Work};

/// Bytes of a piece: an erase block of NOR flash.
pub const PIECE: u32 = 0x1_0000;
/// Bytes of a block where none is sent.
const ANY_BLOCK: u32 = 0x400;
/// So many sectors are erased one by one sooner than the piece that they are in at once: 45 to 60 ms each on usual
/// flashes, against 150 to 300 ms.
const FEW_SECTORS: usize = 4;
/// How often a piece is written that does not read back as it was sent.
const WRITES: u32 = 2;

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
        let progress = Progress { step, done: 0, total: bytes.len() as u64, unchanged: 0 };
        let mut tally = Tally { progress, end: offset + length };
        work.progress(progress);
        // Loaders write words.
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len().next_multiple_of(4), 0xFF);
        let changed = self.changed(&Piece::all(PIECE, offset, &padded), &mut tally, work)?;
        self.write_pieces(changed, &mut tally, work)?;
        tally.reach(progress.total, work);
        Ok(Written { bytes: progress.total, unchanged: tally.progress.unchanged })
    }

    /// What of these is not there yet. Where most is, as of an app that was built again, it is looked for by the sector.
    fn changed<'b>(
        &mut self,
        pieces: &[Piece<'b>],
        tally: &mut Tally,
        work: &mut Work<'_>,
    ) -> Result<Vec<Piece<'b>>, UsbError> {
        if !self.shows_flash() {
            return Ok(pieces.to_vec());
        }
        let mut changed = Vec::new();
        for piece in pieces {
            work.check()?;
            if self.persist(work, |link, _| link.holds(piece))? {
                tally.keep(piece, work);
            } else {
                changed.push(*piece);
            }
        }
        if changed.len() > (pieces.len() / 2).max(1) {
            return Ok(changed);
        }
        let mut narrowed = Vec::new();
        for piece in changed {
            work.check()?;
            let sectors = self.persist(work, |link, _| link.changed_sectors(&piece))?;
            let kept =
                piece.sectors().into_iter().filter(|one| sectors.iter().all(|two| one.offset != two.offset));
            match sectors.len() {
                ..=FEW_SECTORS => {
                    kept.for_each(|sector| tally.keep(&sector, work));
                    narrowed.extend(sectors);
                }
                _ => narrowed.push(piece),
            }
        }
        Ok(narrowed)
    }

    /// The sectors of a piece that are not there yet; no more are looked for than it takes to write all of it.
    fn changed_sectors<'b>(&mut self, piece: &Piece<'b>) -> Result<Vec<Piece<'b>>, espflash::Error> {
        let mut changed = Vec::new();
        for sector in piece.sectors() {
            if changed.len() <= FEW_SECTORS && !self.holds(&sector)? {
                changed.push(sector);
            }
        }
        Ok(changed)
    }

    fn write_pieces(
        &mut self,
        mut missing: Vec<Piece<'_>>,
        tally: &mut Tally,
        work: &mut Work<'_>,
    ) -> Result<(), UsbError> {
        let mut in_vain = 0;
        while !missing.is_empty() {
            work.check()?;
            let done = tally.progress.total.saturating_sub(missing.iter().map(Piece::length).sum());
            let (run, behind) = missing.split_at(self.run(&missing));
            let left = self.write_run(run, done, tally, work)?;
            work.check()?;
            in_vain = if left.len() == run.len() { in_vain + 1 } else { 0 };
            if let (1.., Some(Piece { offset, .. })) = (in_vain, left.first()) {
                if in_vain == WRITES {
                    return Err(UsbError::NotWritten { port: self.port().to_owned(), offset: *offset });
                }
                work.note(format!("what was written at {offset:#x} does not read back, it is written again"));
            }
            missing = [&left, behind].concat();
        }
        Ok(())
    }

    /// Sends a run, with `done` bytes behind it; those of its pieces that are not there then. Of what breaks off, only
    /// what has not arrived is sent again.
    fn write_run<'b>(
        &mut self,
        run: &[Piece<'b>],
        done: u64,
        tally: &mut Tally,
        work: &mut Work<'_>,
    ) -> Result<Vec<Piece<'b>>, UsbError> {
        let mut broke_off = false;
        self.persist(work, |link, work| {
            if broke_off && link.shows_flash() {
                let left = link.missing(run)?;
                if left.len() < run.len() {
                    return Ok(left);
                }
            }
            broke_off = true;
            link.send(run, &mut |sent| {
                tally.reach(done + sent, work);
                work.check().is_ok()
            })?;
            match link.shows_flash() && work.check().is_ok() {
                true => link.missing(run),
                false => Ok(Vec::new()),
            }
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
            let erase = Command::EraseRegion { offset, size: length };
            let (time, connection) = (erase.timeout_for_size(length), self.flasher().connection());
            return connection.with_timeout(time, |connection| connection.command(erase)).map(drop);
        }
        // The ROM's loader knows no such command, but erases before it writes, and need not be given anything to write.
        begin_nothing(self.flasher(), offset, length)
    }

    fn check_sector(&self, offset: u32) -> Result<(), UsbError> {
        if offset.is_multiple_of(SECTOR) { Ok(()) } else { Err(UsbError::NotASector { offset }) }
    }
}

/// Begins a download into flash, which erases what it is for.
pub(super) fn begin_download(
    flasher: &mut Flasher,
    offset: u32,
    size: u32,
    blocks: u32,
    block_size: u32,
) -> Result<(), espflash::Error> {
    // Every ROM but that of the ESP32 wants to be told whether it is to encrypt.
    let supports_encryption = flasher.chip() != Chip::Esp32;
    let begin = Command::FlashBegin { size, blocks, block_size, offset, supports_encryption };
    let time = CommandType::FlashBegin.timeout_for_size(size);
    flasher.connection().with_timeout(time, |connection| connection.command(begin)).map(drop)
}

/// Begins one that brings nothing.
pub(super) fn begin_nothing(flasher: &mut Flasher, offset: u32, size: u32) -> Result<(), espflash::Error> {
    begin_download(flasher, offset, size, 0, ANY_BLOCK)
}

/// How far a write is. What is sent again does not count again.
struct Tally {
    progress: Progress,
    /// Where the last byte goes that counts; words are filled behind it.
    end: u32,
}

impl Tally {
    fn reach(&mut self, done: u64, work: &mut Work<'_>) {
        let done = done.min(self.progress.total);
        if done > self.progress.done {
            self.progress.done = done;
            work.progress(self.progress);
        }
    }

    /// This need not be sent.
    fn keep(&mut self, piece: &Piece<'_>, work: &mut Work<'_>) {
        let bytes = u64::from(piece.end().min(self.end) - piece.offset);
        self.progress.unchanged += bytes;
        self.reach(self.progress.done + bytes, work);
    }
}
