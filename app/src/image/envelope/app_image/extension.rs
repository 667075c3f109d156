//! What Toit's firmware tool appends to the constants of an app image: a table, the programs, the configuration.
//!
//! Five words (magic, bytes used, bytes free, number of programs, check), a pair of words for each program, the
//! programs, and after the used bytes the configuration: its length and its bytes.

use super::{AppImageError, word};
use crate::image::envelope::Uuid;

pub(super) const MAGIC: u32 = 0x98DF_C301;
/// What the five words of the head come to, taken together by exclusive or.
pub(super) const CHECK: u32 = 0xB314_7EE9;
pub(super) const HEAD: usize = 20;
/// Bytes of each program's place in the table.
pub(super) const PLACE: usize = 8;
/// Where the head of a program's image has its flags, and the uuid of its system.
pub(super) const FLAGS: usize = 24;
pub(super) const SYSTEM: usize = 32;
/// The flag of a program that assets follow.
pub(super) const HAS_ASSETS: u8 = 0x80;

const IMAGE_MAGIC: u32 = 0xDEAD_FACE;
const ID: usize = 8;
const PAGES: usize = 30;
const PAGE: usize = 4096;

/// An extension that was read, with a head that holds.
#[derive(Clone, Copy)]
pub struct Extension<'a> {
    bytes: &'a [u8],
    /// Where it begins in the chip's address space.
    table: u32,
    used: usize,
    count: usize,
}

/// A program as it lies in an app image.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Resident<'a> {
    /// Its id.
    pub id: Uuid,
    /// Bytes of its image in flash, without its assets.
    pub size: u32,
    /// Bit 0: runs at boot. Bit 1: is critical. Bit 7: has assets.
    pub flags: u8,
    /// The uuid of the system it belongs to.
    pub system: Uuid,
    /// Its assets, still encoded.
    pub assets: Option<&'a [u8]>,
}

impl<'a> Extension<'a> {
    /// Reads the head. The bytes are all that follows the constants; `table` is the address of the first.
    pub(super) fn parse(bytes: &'a [u8], table: u32) -> Result<Self, AppImageError> {
        let head = bytes.get(..HEAD).ok_or(AppImageError::Extension("its length"))?;
        if word(head, 0) != Some(MAGIC) {
            return Err(AppImageError::Extension("its magic word"));
        }
        let words = (0..HEAD).step_by(4).filter_map(|at| word(head, at));
        if words.fold(0, |sum, word| sum ^ word) != CHECK {
            return Err(AppImageError::Extension("its check word"));
        }
        let number = |at| word(head, at).unwrap_or(0) as usize;
        let (used, free, count) = (number(4), number(8), number(12));
        if used.checked_add(free) != Some(bytes.len()) {
            return Err(AppImageError::Extension("its length"));
        }
        let least = count.checked_mul(PLACE).and_then(|len| len.checked_add(HEAD));
        if least.is_none_or(|least| least > used) {
            return Err(AppImageError::Extension("its number of programs"));
        }
        Ok(Self { bytes, table, used, count })
    }

    /// Bytes of all of it.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The configuration; empty if there is none.
    ///
    /// # Errors
    /// Its length goes beyond the extension.
    pub fn config(&self) -> Result<&'a [u8], AppImageError> {
        let damaged = AppImageError::Extension("the length of the configuration");
        counted(self.bytes, self.used).ok_or(damaged)
    }

    /// The programs, as the table has them: the system is the first.
    ///
    /// # Errors
    /// A place in the table is wrong, or what is there is no program.
    pub fn programs(&self) -> Result<Vec<Resident<'a>>, AppImageError> {
        (0..self.count).map(|index| self.program(index)).collect()
    }

    fn program(&self, index: usize) -> Result<Resident<'a>, AppImageError> {
        let place = AppImageError::Extension("the place of a program");
        let used = self.bytes.get(..self.used).ok_or(place.clone())?;
        let address = word(used, HEAD + index * PLACE).ok_or(place.clone())?;
        let at = address.checked_sub(self.table).ok_or(place.clone())?;
        let image = used.get(at as usize..).ok_or(place)?;
        Resident::read(image).ok_or(AppImageError::Extension("a program's head"))
    }
}

impl<'a> Resident<'a> {
    /// A program at the beginning of these bytes.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let uuid = |at: usize| bytes.get(at..)?.first_chunk().map(|uuid| Uuid(*uuid));
        if word(bytes, 0) != Some(IMAGE_MAGIC) {
            return None;
        }
        let pages = bytes.get(PAGES..)?.first_chunk().map(|pages| u16::from_le_bytes(*pages))?;
        let size = usize::from(pages) * PAGE;
        let flags = *bytes.get(FLAGS)?;
        bytes.get(..size)?;
        let assets = if flags & HAS_ASSETS == 0 { None } else { Some(counted(bytes, size)?) };
        let size = u32::try_from(size).ok()?;
        Some(Self { id: uuid(ID)?, size, flags, system: uuid(SYSTEM)?, assets })
    }
}

/// Bytes that follow a word with their number.
fn counted(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let len = word(bytes, at)? as usize;
    bytes.get(at + 4..)?.get(..len)
}
