//! Pieces that follow each other are sent as one stream: between two of its packets neither wire nor flash waits for the
//! other, because the stub programs one while the next comes.

use std::time::Duration;

use espflash::command::{Command, CommandType};
use md5::{Digest as _, Md5};
use skylift_updater::SECTOR;

use super::packets::Packets;
use super::read::PieceMd5;
use super::write::begin_download;
use super::{Link, read};

/// Pieces that the stub gets at once; more than that is packed in turns, so that the first packet goes soon.
const STUB_RUN: usize = 16;
/// How long a loader may take for a packet, beside the time that what is under way takes.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long it may take to erase and program a megabyte, the worst of flashes (esptool's `ERASE_WRITE_TIMEOUT_PER_MB`).
const PER_MEGABYTE: Duration = Duration::from_secs(40);

/// A part of what is written, in whole words.
#[derive(Clone, Copy)]
pub(super) struct Piece<'b> {
    pub offset: u32,
    pub bytes: &'b [u8],
}

impl<'b> Piece<'b> {
    /// All pieces of `bytes`, which end at multiples of `unit`.
    pub fn all(unit: u32, offset: u32, bytes: &'b [u8]) -> Vec<Self> {
        read::pieces_of(unit, offset, bytes.len() as u32)
            .filter_map(|(at, length)| {
                let start = (at - offset) as usize;
                Some(Self { offset: at, bytes: bytes.get(start..start + length as usize)? })
            })
            .collect()
    }

    /// Its sectors.
    pub fn sectors(&self) -> Vec<Self> {
        Self::all(SECTOR, self.offset, self.bytes)
    }

    pub const fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub const fn end(&self) -> u32 {
        self.offset + self.bytes.len() as u32
    }

    fn md5(&self) -> PieceMd5 {
        Md5::digest(self.bytes).into()
    }
}

impl Link {
    /// How many of these go at once: the first, and those that follow it without a gap. The ROM erases all of a run
    /// before it takes the first packet of it, so its runs are short.
    pub(super) fn run(&self, pieces: &[Piece<'_>]) -> usize {
        let most = if self.has_stub() { STUB_RUN } else { 1 };
        let gap = pieces.windows(2).position(|pair| matches!(pair, [one, next] if one.end() != next.offset));
        gap.map_or(pieces.len(), |last| last + 1).min(most)
    }

    /// Those of them that are not in the flash.
    pub(super) fn missing<'b>(&mut self, pieces: &[Piece<'b>]) -> Result<Vec<Piece<'b>>, espflash::Error> {
        let mut missing = Vec::new();
        for piece in pieces {
            if !self.holds(piece)? {
                missing.push(*piece);
            }
        }
        Ok(missing)
    }

    /// Whether a piece is in the flash.
    pub(super) fn holds(&mut self, piece: &Piece<'_>) -> Result<bool, espflash::Error> {
        let md5 = self.flasher().checksum_md5(piece.offset, piece.bytes.len() as u32)?;
        Ok(md5.to_be_bytes() == piece.md5())
    }

    /// Sends a run; `go_on` hears after each packet how many bytes of it have been sent, and may end it.
    pub(super) fn send(
        &mut self,
        run: &[Piece<'_>],
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<(), espflash::Error> {
        let Some(first) = run.first() else { return Ok(()) };
        let bytes: Vec<u8> = run.iter().flat_map(|piece| piece.bytes).copied().collect();
        let packets = self.begin(first.offset, &bytes)?;
        let mut before = [0; 2];
        for (number, (data, filled)) in (0..).zip(packets.iter()) {
            // This packet is acknowledged when the one before it is in the flash; the ROM puts this one there first.
            let [_, earliest] = before;
            self.packet(number, data, &packets, patience(filled - earliest))?;
            before = [filled, before[0]];
            if !go_on(filled.into()) {
                break;
            }
        }
        Ok(())
    }

    fn begin(&mut self, offset: u32, bytes: &[u8]) -> Result<Packets, espflash::Error> {
        let chip = self.flasher_ref().chip();
        let length = bytes.len() as u32;
        if !self.has_stub() {
            let size = chip.flash_write_size();
            let packets = Packets::plain(bytes, size);
            let whole = length.next_multiple_of(SECTOR);
            begin_download(self.flasher(), offset, whole, packets.count(), size as u32)?;
            return Ok(packets);
        }
        let size = chip.stub_flash_write_size();
        let packets = Packets::fewest(bytes, size);
        if packets.is_packed() {
            self.begin_packed(offset, length, packets.count(), size as u32)?;
        } else {
            begin_download(self.flasher(), offset, length, packets.count(), size as u32)?;
        }
        Ok(packets)
    }

    fn begin_packed(
        &mut self,
        offset: u32,
        size: u32,
        blocks: u32,
        block_size: u32,
    ) -> Result<(), espflash::Error> {
        let begin = Command::FlashDeflBegin { size, blocks, block_size, offset, supports_encryption: false };
        let time = CommandType::FlashDeflBegin.timeout_for_size(size);
        self.flasher().connection().with_timeout(time, |connection| connection.command(begin)).map(drop)
    }

    fn packet(
        &mut self,
        sequence: u32,
        data: &[u8],
        packets: &Packets,
        patience: Duration,
    ) -> Result<(), espflash::Error> {
        // The ROM wants whole packets.
        let pad_to = if self.has_stub() { 0 } else { self.flasher_ref().chip().flash_write_size() };
        let command = match packets.is_packed() {
            true => Command::FlashDeflData { sequence, pad_to: 0, pad_byte: 0xFF, data },
            false => Command::FlashData { sequence, pad_to, pad_byte: 0xFF, data },
        };
        self.flasher().connection().with_timeout(patience, |connection| connection.command(command)).map(drop)
    }
}

/// How long a loader may take for an answer, while it fills so many bytes of flash.
fn patience(bytes: u32) -> Duration {
    PATIENCE.max(PER_MEGABYTE * bytes / 1_000_000)
}
