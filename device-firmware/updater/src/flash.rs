//! The narrow view of a NOR flash that everything here is written against.

/// Bytes of the smallest erase.
pub const SECTOR: u32 = 4096;
/// Bytes of a fast erase, three to five times faster per byte than [`SECTOR`].
pub const BLOCK: u32 = 65_536;
/// A program never crosses a border of this many bytes.
pub const PAGE: u32 = 256;
/// Programs start at, and have, multiples of this many bytes.
pub const WORD: u32 = 4;

/// What an erase covers; the offset is a multiple of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erase {
    /// 4 KiB.
    Sector,
    /// 64 KiB.
    Block,
}

impl Erase {
    /// Bytes covered.
    #[must_use]
    pub const fn bytes(self) -> u32 {
        match self {
            Self::Sector => SECTOR,
            Self::Block => BLOCK,
        }
    }
}

/// An operation did not take place, wholly or in part. What the flash holds there is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashError;

impl core::fmt::Display for FlashError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the flash refused an operation")
    }
}

impl core::error::Error for FlashError {}

/// A NOR flash. Offsets count from its start, in bytes.
///
/// An implementation answers [`FlashError`] to an operation beyond its capacity or against the alignment above;
/// it never panics and never does less than it says without an error, except by wear, which reading back finds.
pub trait Flash {
    /// Bytes in all.
    fn capacity(&self) -> u32;

    /// Fills `buf` from `offset`; any alignment.
    ///
    /// # Errors
    /// Beyond the capacity, or the chip failed.
    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError>;

    /// Clears bits: what was there AND `data`. Word-aligned, within one page.
    ///
    /// # Errors
    /// Misaligned, beyond the capacity, or the chip failed; part of the bits may be cleared then.
    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError>;

    /// Sets every bit of the unit at `offset`, which is a multiple of its length.
    ///
    /// # Errors
    /// Misaligned, beyond the capacity, or the chip failed; the unit may hold anything then.
    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError>;
}

impl<F: Flash + ?Sized> Flash for &mut F {
    fn capacity(&self) -> u32 {
        (**self).capacity()
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        (**self).read(offset, buf)
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        (**self).program(offset, data)
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        (**self).erase(offset, unit)
    }
}

/// Part of a flash, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// First byte.
    pub offset: u32,
    /// Number of bytes.
    pub size: u32,
}

impl Region {
    /// The byte behind the last; a parsed table guarantees that it does not overflow.
    #[must_use]
    pub const fn end(self) -> u32 {
        self.offset.saturating_add(self.size)
    }

    /// Whether the two share a byte.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.offset < other.end() && other.offset < self.end()
    }
}

/// Erases the next unit of a slot of which everything before `erased` is erased; the bytes that are then. A block where it
/// is aligned and inside the slot. Never skips what reads blank: an erase that was interrupted leaves bits that read as
/// ones and do not stay so.
///
/// # Errors
/// The flash refused.
pub(crate) fn erase_next<F: Flash>(flash: &mut F, slot: Region, erased: u32) -> Result<u32, FlashError> {
    let offset = slot.offset + erased;
    let whole = offset.is_multiple_of(BLOCK) && slot.size - erased >= BLOCK;
    let unit = if whole { Erase::Block } else { Erase::Sector };
    flash.erase(offset, unit)?;
    Ok(erased + unit.bytes())
}

/// Why bytes could not be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The flash reported it.
    Flash,
    /// The flash reported success, but reads back something else at this offset.
    ReadBack(u32),
}

impl From<FlashError> for StoreError {
    fn from(_: FlashError) -> Self {
        Self::Flash
    }
}

impl core::fmt::Display for StoreError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Flash => f.write_str("the flash refused an operation"),
            Self::ReadBack(offset) => write!(f, "the flash reads back something else at 0x{offset:06x}"),
        }
    }
}

impl core::error::Error for StoreError {}

/// Programs of a page until it reads back as it should; a cell that needs more is worn out.
const PROGRAM_TRIES: usize = 3;

/// Programs `data` page by page and reads it back. Pages that are all ones are left as they are.
///
/// # Errors
/// The flash refused, or does not hold `data` afterwards.
pub fn store<F: Flash>(flash: &mut F, offset: u32, data: &[u8]) -> Result<(), StoreError> {
    let mut at = offset;
    let mut rest = data;
    while !rest.is_empty() {
        let room = (PAGE - at % PAGE) as usize;
        let (page, behind) = rest.split_at(room.min(rest.len()));
        store_page(flash, at, page)?;
        at = at.saturating_add(page.len() as u32);
        rest = behind;
    }
    Ok(())
}

fn store_page<F: Flash>(flash: &mut F, offset: u32, page: &[u8]) -> Result<(), StoreError> {
    if page.iter().all(|&byte| byte == 0xFF) {
        return if holds(flash, offset, page)? { Ok(()) } else { Err(StoreError::ReadBack(offset)) };
    }
    for _ in 0..PROGRAM_TRIES {
        flash.program(offset, page)?;
        if holds(flash, offset, page)? {
            return Ok(());
        }
    }
    Err(StoreError::ReadBack(offset))
}

/// Whether the flash holds `expected`, at most a page.
fn holds<F: Flash>(flash: &mut F, offset: u32, expected: &[u8]) -> Result<bool, FlashError> {
    let mut buf = [0; PAGE as usize];
    let held = buf.get_mut(..expected.len()).ok_or(FlashError)?;
    flash.read(offset, held)?;
    Ok(held == expected)
}
