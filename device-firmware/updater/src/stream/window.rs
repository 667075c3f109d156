//! The window: the old image, and behind it what of the new one is decoded. Most of it is in flash, and read from there.

use super::StreamError;
use crate::flash::{Flash, FlashError, Region, SECTOR};

/// Bytes of the ring: the last that were decoded. It is a page of the new file too, since pages begin where it does.
pub const RING: usize = SECTOR as usize;
/// Bytes that a short read fetches; what follows is likely to be wanted next.
const LINE: usize = 64;

/// One of the two images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The old image.
    Old,
    /// What is decoded of the new one: the pages that were given out.
    New,
}

/// Where the window is read from, but for its last [`RING`] bytes.
pub trait Source {
    /// Reads bytes from `at` on, counted from the start of the image.
    ///
    /// # Errors
    /// They cannot be read.
    fn read(&mut self, side: Side, at: u32, buf: &mut [u8]) -> Result<(), FlashError>;
}

/// Two slots of one flash.
pub struct Slots<'f, F> {
    /// The flash.
    pub flash: &'f mut F,
    /// Where the old image lies; of no bytes if there is none.
    pub old: Region,
    /// Where the pages go.
    pub new: Region,
}

impl<F: Flash> Source for Slots<'_, F> {
    fn read(&mut self, side: Side, at: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        let region = match side {
            Side::Old => self.old,
            Side::New => self.new,
        };
        let end = at.checked_add(buf.len() as u32).filter(|&end| end <= region.size);
        end.ok_or(FlashError)?;
        self.flash.read(region.offset + at, buf)
    }
}

/// Where a distance leads.
#[derive(Clone, Copy)]
enum Place {
    /// Into the ring, so many bytes back.
    Ring(usize),
    /// Into an image: at this byte, of those before the end that can be read.
    Image(Side, u32, u32),
}

/// The reader of the window, with the line that it read last.
pub(super) struct Window {
    old_size: u32,
    line: [u8; LINE],
    side: Side,
    at: u32,
    len: u32,
}

impl Window {
    pub(super) const fn new() -> Self {
        Self { old_size: 0, line: [0; LINE], side: Side::Old, at: 0, len: 0 }
    }

    pub(super) const fn start(&mut self, old_size: u32) {
        (self.old_size, self.len) = (old_size, 0);
    }

    /// Whether there is a byte so far before position `pos` of the new file.
    pub(super) const fn reaches(&self, distance: u32, pos: u32) -> bool {
        distance > 0 && distance <= self.old_size + pos
    }

    /// The byte at a distance that is reached.
    pub(super) fn peek(
        &mut self,
        distance: u32,
        pos: u32,
        ring: &[u8; RING],
        source: &mut impl Source,
    ) -> Result<u8, StreamError> {
        match self.place(distance, pos) {
            Place::Ring(back) => Ok(ring[(pos as usize % RING + RING - back) % RING]),
            Place::Image(side, at, end) => {
                self.hold(side, at, end, source)?;
                Ok(self.line[(at - self.at) as usize])
            }
        }
    }

    /// Copies up to `len` bytes from a distance that is reached to position `pos`; how many, at least one. It ends
    /// where the page ends, where the old image does, or where the line does.
    pub(super) fn copy(
        &mut self,
        distance: u32,
        pos: u32,
        len: u32,
        ring: &mut [u8; RING],
        source: &mut impl Source,
    ) -> Result<u32, StreamError> {
        let to = pos as usize % RING;
        let len = (len as usize).min(RING - to);
        let copied = match self.place(distance, pos) {
            Place::Ring(back) => {
                for place in to..to + len {
                    ring[place] = ring[(place + RING - back) % RING];
                }
                len
            }
            Place::Image(side, at, end) => {
                let into = &mut ring[to..to + len.min((end - at) as usize)];
                self.copy_image(side, at, end, into, source)?
            }
        };
        Ok(copied as u32)
    }

    /// Copies what is near through the line, and what is long at once.
    fn copy_image(
        &mut self,
        side: Side,
        at: u32,
        end: u32,
        into: &mut [u8],
        source: &mut impl Source,
    ) -> Result<usize, StreamError> {
        if into.len() > LINE / 2 {
            source.read(side, at, into)?;
            return Ok(into.len());
        }
        self.hold(side, at, end, source)?;
        let held = &self.line[(at - self.at) as usize..self.len as usize];
        let len = held.len().min(into.len());
        into[..len].copy_from_slice(&held[..len]);
        Ok(len)
    }

    fn place(&self, distance: u32, pos: u32) -> Place {
        if distance > pos {
            Place::Image(Side::Old, self.old_size + pos - distance, self.old_size)
        } else if distance as usize <= RING {
            Place::Ring(distance as usize)
        } else {
            // Farther back than the ring, so in a page that was given out.
            Place::Image(Side::New, pos - distance, pos - pos % RING as u32)
        }
    }

    /// Makes the line hold the byte at `at`.
    fn hold(&mut self, side: Side, at: u32, end: u32, source: &mut impl Source) -> Result<(), StreamError> {
        if self.side == side && (self.at..self.at + self.len).contains(&at) {
            return Ok(());
        }
        // Flashes read whole words.
        let from = at & !3;
        let len = (end - from).min(LINE as u32);
        self.len = 0;
        source.read(side, from, &mut self.line[..len as usize])?;
        (self.side, self.at, self.len) = (side, from, len);
        Ok(())
    }
}
