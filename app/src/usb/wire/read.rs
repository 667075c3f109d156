//! Flash is read: what is blank or known by its digest is not sent.

use espflash::command::{Command, CommandType};
use espflash::flasher::Flasher;
use md5::{Digest, Md5};

use super::Link;
use super::write::PIECE;
use crate::usb::{Progress, Step, UsbError, Work};

/// Bytes of a block that the stub sends at once: what it has room for.
const BLOCK: u32 = 0x1000;
/// Bytes that the ROM's loader sends at once.
const ROM_BLOCK: u32 = 64;

/// MD5 of a piece of flash, as the loader takes it.
pub type PieceMd5 = [u8; 16];

impl Link {
    /// Reads `length` bytes at `offset`.
    ///
    /// # Errors
    /// They are not in the flash, or the board fails, or somebody called it off.
    pub fn read(
        &mut self,
        step: Step,
        offset: u32,
        length: u32,
        work: &mut Work<'_>,
    ) -> Result<Vec<u8>, UsbError> {
        self.read_unknown(step, offset, length, &mut |_| None, work)
    }

    /// Reads `length` bytes at `offset`; of pieces that `known` knows by their MD5, nothing is sent.
    ///
    /// # Errors
    /// They are not in the flash, or the board fails, or somebody called it off.
    pub fn read_unknown(
        &mut self,
        step: Step,
        offset: u32,
        length: u32,
        known: &mut dyn FnMut(&PieceMd5) -> Option<Vec<u8>>,
        work: &mut Work<'_>,
    ) -> Result<Vec<u8>, UsbError> {
        self.check_range(offset, length)?;
        let mut bytes = Vec::with_capacity(length as usize);
        let mut progress = Progress { step, done: 0, total: length.into(), unchanged: 0 };
        work.progress(progress);
        for (offset, length) in pieces(offset, length) {
            work.check()?;
            match self.recalled(offset, length, known, work)? {
                Some(piece) => {
                    progress.unchanged += u64::from(length);
                    bytes.extend(piece);
                }
                None => bytes.extend(self.read_piece(offset, length, work)?),
            }
            progress.done += u64::from(length);
            work.progress(progress);
        }
        Ok(bytes)
    }

    /// The MD5 of `length` bytes at `offset`, taken by the chip.
    ///
    /// # Errors
    /// They are not in the flash, or the board fails.
    pub fn md5(&mut self, offset: u32, length: u32, work: &mut Work<'_>) -> Result<PieceMd5, UsbError> {
        self.check_range(offset, length)?;
        self.persist(work, |link, _| link.flasher().checksum_md5(offset, length)).map(u128::to_be_bytes)
    }

    fn recalled(
        &mut self,
        offset: u32,
        length: u32,
        known: &mut dyn FnMut(&PieceMd5) -> Option<Vec<u8>>,
        work: &mut Work<'_>,
    ) -> Result<Option<Vec<u8>>, UsbError> {
        let md5 = self.md5(offset, length, work)?;
        let blank = || Some(vec![0xFF; length as usize]).filter(|blank| Md5::digest(blank)[..] == md5);
        let recalled = known(&md5).filter(|piece| piece.len() == length as usize);
        Ok(recalled.or_else(blank))
    }

    fn read_piece(&mut self, offset: u32, length: u32, work: &mut Work<'_>) -> Result<Vec<u8>, UsbError> {
        let stub = self.has_stub();
        self.persist(work, |link, _| match stub {
            true => read_by_stub(link.flasher(), offset, length),
            false => read_by_rom(link.flasher(), offset, length),
        })
    }

    /// # Errors
    /// [`UsbError::OutOfFlash`] if these bytes are not in the flash.
    pub(super) fn check_range(&self, offset: u32, length: u32) -> Result<(), UsbError> {
        let size = self.flash_size();
        match offset.checked_add(length) {
            Some(end) if end <= size => Ok(()),
            _ => Err(UsbError::OutOfFlash { port: self.port().to_owned(), size, offset, length }),
        }
    }
}

/// A range in pieces that end at multiples of [`PIECE`].
pub(super) fn pieces(offset: u32, length: u32) -> impl Iterator<Item = (u32, u32)> {
    pieces_of(PIECE, offset, length)
}

/// The same, at multiples of `unit`.
pub(super) fn pieces_of(unit: u32, offset: u32, length: u32) -> impl Iterator<Item = (u32, u32)> {
    let end = offset.saturating_add(length);
    std::iter::successors(Some(offset), move |&at| Some(at - at % unit + unit))
        .take_while(move |&at| at < end)
        .map(move |at| (at, (at - at % unit + unit).min(end) - at))
}

/// One block is under way at a time: espflash drops what has come when it acknowledges.
fn read_by_stub(flasher: &mut Flasher, offset: u32, length: u32) -> Result<Vec<u8>, espflash::Error> {
    let connection = flasher.connection();
    let command = Command::ReadFlash { offset, size: length, block_size: BLOCK, max_in_flight: 1 };
    connection.with_timeout(CommandType::ReadFlash.timeout(), |connection| connection.command(command))?;
    let mut bytes: Vec<u8> = Vec::with_capacity(length as usize);
    while bytes.len() < length as usize {
        let block = next_block(connection)?;
        bytes.extend_from_slice(&block);
        if bytes.len() > length as usize {
            return Err(espflash::Error::ReadMoreThanExpected);
        }
        if bytes.len() < length as usize && block.len() != BLOCK as usize {
            return Err(espflash::Error::CorruptData(BLOCK as usize, block.len()));
        }
        connection.write_raw(u32::try_from(bytes.len()).unwrap_or(u32::MAX))?;
    }
    let (told, taken) = (next_block(connection)?, Md5::digest(&bytes).to_vec());
    if told == taken { Ok(bytes) } else { Err(espflash::Error::DigestMismatch(taken, told)) }
}

fn next_block(connection: &mut espflash::connection::Connection) -> Result<Vec<u8>, espflash::Error> {
    connection.read_flash_response()?.ok_or(espflash::Error::IncorrectResponse)?.value.try_into()
}

fn read_by_rom(flasher: &mut Flasher, offset: u32, length: u32) -> Result<Vec<u8>, espflash::Error> {
    let mut bytes = Vec::with_capacity(length as usize);
    for at in (offset..offset + length).step_by(ROM_BLOCK as usize) {
        let size = ROM_BLOCK.min(offset + length - at);
        let command =
            Command::ReadFlashSlow { offset: at, size, block_size: ROM_BLOCK, max_in_flight: ROM_BLOCK };
        let block: Vec<u8> = flasher
            .connection()
            .with_timeout(CommandType::ReadFlashSlow.timeout(), |connection| connection.command(command))?
            .try_into()?;
        let block = block.get(..size as usize).ok_or(espflash::Error::IncorrectResponse)?;
        bytes.extend_from_slice(block);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_at_borders() {
        assert_eq!(pieces(0x9000, 0x1000).collect::<Vec<_>>(), [(0x9000, 0x1000)]);
        assert_eq!(
            pieces(0xF000, 0x1_1800).collect::<Vec<_>>(),
            [(0xF000, 0x1000), (0x1_0000, 0x1_0000), (0x2_0000, 0x800)]
        );
        assert_eq!(pieces(0x1_0000, 0).count(), 0);
    }
}
