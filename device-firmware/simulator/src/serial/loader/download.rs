//! A download into flash: what is erased when, unpacked, and programmed.

use flate2::{Decompress, FlushDecompress, Status};
use skylift_updater::{BLOCK, Erase, Flash, PAGE, SECTOR, WORD};

use crate::nor::Nor;
use crate::serial::packet::{Block, Program, Refusal};

/// Bytes of the stub's buffer for a block.
const STUB_BLOCK: u32 = 0x4000;
/// Bytes that are unpacked at once.
const WINDOW: usize = 32 << 10;

/// A download that was begun.
pub(super) struct Download {
    program: Program,
    /// Where the next byte goes.
    at: u32,
    /// Bytes to come.
    left: u32,
    /// What is still to be erased, in whole sectors.
    erase: std::ops::Range<u32>,
    next_block: u32,
    inflate: Option<Box<Decompress>>,
    /// What the stub has acknowledged, and not programmed yet.
    held: Option<Vec<u8>>,
    /// What came of the blocks before.
    outcome: Result<(), Refusal>,
}

impl Download {
    /// Begins one: bytes to erase and write, blocks, bytes of a block, offset. A last word may ask for encryption.
    ///
    /// The ROM erases all of it first; the stub erases as it goes.
    pub fn begin(
        program: Program,
        [size, _, block, offset]: [u32; 4],
        packed: bool,
        nor: &mut Nor,
    ) -> Result<Self, Refusal> {
        if program == Program::Stub && block > STUB_BLOCK {
            return Err(Refusal::BlockSize);
        }
        let end = offset.checked_add(size).filter(|&end| end <= nor.capacity()).ok_or(Refusal::Failed)?;
        let erase = if size == 0 { 0..0 } else { offset / SECTOR * SECTOR..end.next_multiple_of(SECTOR) };
        let inflate = packed.then(|| Box::new(Decompress::new(true)));
        let mut download = Self {
            program,
            at: offset,
            left: size,
            erase,
            next_block: 0,
            inflate,
            held: None,
            outcome: Ok(()),
        };
        if program == Program::Rom {
            download.erase_to(nor, end)?;
        }
        Ok(download)
    }

    /// Takes the next block. The ROM wants them in order, and programs them at once. The stub does not look at their
    /// numbers; it holds a block until it is acknowledged, and tells only then what came of the one before.
    pub fn block(&mut self, block: &Block<'_>, packed: bool, nor: &mut Nor) -> Result<(), Refusal> {
        if packed != self.inflate.is_some() {
            return Err(Refusal::NotBegun);
        }
        if self.program == Program::Stub {
            self.outcome?;
            self.held = Some(block.bytes.to_vec());
            return Ok(());
        }
        if block.number != self.next_block {
            return Err(Refusal::Failed);
        }
        self.put(block.bytes, nor)?;
        self.next_block += 1;
        Ok(())
    }

    /// Programs what is held.
    pub fn program(&mut self, nor: &mut Nor) {
        if let Some(bytes) = self.held.take() {
            self.outcome = self.put(&bytes, nor);
        }
    }

    /// What came of all blocks.
    pub const fn outcome(&self) -> Result<(), Refusal> {
        self.outcome
    }

    fn put(&mut self, bytes: &[u8], nor: &mut Nor) -> Result<(), Refusal> {
        match self.inflate.take() {
            Some(mut inflate) => {
                let done = self.unpack(&mut inflate, bytes, nor);
                self.inflate = Some(inflate);
                done
            }
            None => self.write(bytes, nor),
        }
    }

    /// Whether all has come.
    pub const fn is_whole(&self) -> bool {
        self.left == 0
    }

    fn unpack(&mut self, inflate: &mut Decompress, mut packed: &[u8], nor: &mut Nor) -> Result<(), Refusal> {
        let mut window = vec![0; WINDOW];
        loop {
            let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
            let status = inflate
                .decompress(packed, &mut window, FlushDecompress::None)
                .map_err(|_| Refusal::Inflate)?;
            let taken = (inflate.total_in() - before_in) as usize;
            let made = (inflate.total_out() - before_out) as usize;
            packed = packed.get(taken..).unwrap_or_default();
            if made as u64 > u64::from(self.left) && self.program == Program::Stub {
                return Err(Refusal::TooMuch);
            }
            self.write(window.get(..made).unwrap_or_default(), nor)?;
            let stuck = taken == 0 && made == 0;
            if status == Status::StreamEnd || stuck || packed.is_empty() && made < WINDOW {
                return Ok(());
            }
        }
    }

    /// Programs what is left of the download; padding after it is dropped.
    fn write(&mut self, bytes: &[u8], nor: &mut Nor) -> Result<(), Refusal> {
        let len = bytes.len().min(self.left as usize);
        let bytes = bytes.get(..len).unwrap_or_default();
        let end = self.at + len as u32;
        self.erase_to(nor, end)?;
        program(nor, self.at, bytes)?;
        if self.program == Program::Rom && sum(nor, self.at, bytes.len())? != xor(bytes) {
            return Err(Refusal::Write);
        }
        self.at = end;
        self.left -= len as u32;
        Ok(())
    }

    /// Erases up to there at least, in blocks where it can.
    fn erase_to(&mut self, nor: &mut Nor, end: u32) -> Result<(), Refusal> {
        while self.erase.start < end && !self.erase.is_empty() {
            let from = self.erase.start;
            let whole_block = from.is_multiple_of(BLOCK) && self.erase.end - from >= BLOCK;
            let unit = if whole_block { Erase::Block } else { Erase::Sector };
            nor.erase(from, unit).map_err(|_| Refusal::Write)?;
            self.erase.start += unit.bytes();
        }
        Ok(())
    }
}

/// Programs bytes anywhere: page by page, and ones where a word is not filled.
fn program(nor: &mut Nor, offset: u32, bytes: &[u8]) -> Result<(), Refusal> {
    let lead = offset % WORD;
    let mut padded = vec![0xFF; lead as usize];
    padded.extend(bytes);
    padded.resize(padded.len().next_multiple_of(WORD as usize), 0xFF);
    let (mut at, mut rest) = (offset - lead, &padded[..]);
    while !rest.is_empty() {
        let room = (PAGE - at % PAGE) as usize;
        let (page, more) = rest.split_at(room.min(rest.len()));
        nor.program(at, page).map_err(|_| Refusal::Write)?;
        at += page.len() as u32;
        rest = more;
    }
    Ok(())
}

/// What the ROM compares after each block, "the 8-bit CRC" of its document.
fn sum(nor: &mut Nor, offset: u32, len: usize) -> Result<u8, Refusal> {
    let mut bytes = vec![0; len];
    nor.read(offset, &mut bytes).map_err(|_| Refusal::Read)?;
    Ok(xor(&bytes))
}

fn xor(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// Erases whole sectors.
pub(super) fn erase(nor: &mut Nor, offset: u32, size: u32) -> Result<(), Refusal> {
    if !offset.is_multiple_of(SECTOR) || !size.is_multiple_of(SECTOR) {
        return Err(Refusal::Malformed);
    }
    let end = offset.checked_add(size).filter(|&end| end <= nor.capacity()).ok_or(Refusal::Failed)?;
    let mut at = offset;
    while at < end {
        let whole_block = at.is_multiple_of(BLOCK) && end - at >= BLOCK;
        let unit = if whole_block { Erase::Block } else { Erase::Sector };
        nor.erase(at, unit).map_err(|_| Refusal::Write)?;
        at += unit.bytes();
    }
    Ok(())
}
