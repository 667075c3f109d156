//! An ESP app image taken apart into its segments and put together again, for what Toit appends to one of them.

mod build;
mod chip;
mod drom;
mod error;
mod extension;
mod patch;
mod segments;

pub use build::{Built, Program, build_extension};
pub use error::AppImageError;
pub use extension::{Extension, Resident};

pub(super) use chip::Chip;
pub(super) use segments::with_flash_size;

use super::uuid::Uuid;
use segments::{HEADER, SEGMENT_HEADER, Segment, Segments};

/// An app image in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppImage {
    segments: Segments,
    /// Which of the segments holds the constants, and grows.
    drom: usize,
    chip: &'static Chip,
}

impl AppImage {
    /// Takes an image apart.
    ///
    /// # Errors
    /// It is no app image, ends too early, or is made for a chip that Toit does not know.
    pub fn parse(bytes: &[u8]) -> Result<Self, AppImageError> {
        let segments = Segments::parse(bytes)?;
        let chip = Chip::of(segments.chip())?;
        let drom = drom::find(&segments.list, &chip.drom).ok_or(AppImageError::NoDrom)?;
        Ok(Self { segments, drom, chip })
    }

    /// The chip it is made for, as ESP-IDF calls it, such as `esp32c3`.
    #[must_use]
    pub const fn chip(&self) -> &'static str {
        self.chip.name
    }

    pub(super) const fn usual_slot(&self) -> u32 {
        self.chip.usual_slot
    }

    /// The segment that holds the constants: the bytes from its load address on.
    #[must_use]
    pub fn drom(&self) -> &[u8] {
        self.constants().map_or(&[], |segment| &segment.data)
    }

    /// Where the constants lie in the chip's address space.
    #[must_use]
    pub fn drom_address(&self) -> u32 {
        self.constants().map_or(0, |segment| segment.address)
    }

    /// Where an extension would begin in the chip's address space.
    ///
    /// # Errors
    /// That is beyond the address space.
    pub fn end_of_drom(&self) -> Result<u32, AppImageError> {
        let len = u32::try_from(self.drom().len()).map_err(|_| AppImageError::BeyondAddresses)?;
        self.drom_address().checked_add(len).ok_or(AppImageError::BeyondAddresses)
    }

    /// Where the constants lie in the file that [`AppImage::to_bytes`] makes.
    #[must_use]
    pub fn drom_offset(&self) -> usize {
        let before = self.segments.list.iter().take(self.drom);
        HEADER + SEGMENT_HEADER + before.map(|segment| SEGMENT_HEADER + segment.data.len()).sum::<usize>()
    }

    /// How many bytes the checksum and the hash take at the end of the file.
    #[must_use]
    pub fn tail_len(&self) -> usize {
        self.segments.tail_len()
    }

    /// Where the programs were said to lie, and the uuid that was written with that. The address is 0 in an image
    /// that was never extended.
    ///
    /// # Errors
    /// The image has no place for these: it is not made by Toit.
    pub fn details(&self) -> Result<(u32, Uuid), AppImageError> {
        patch::read(self.drom())
    }

    /// Appends an extension, which must have been built for [`AppImage::end_of_drom`].
    ///
    /// # Errors
    /// There is no place to note where it lies, or it does not fit the address space.
    pub fn extend(&mut self, system: &Uuid, extension: &[u8]) -> Result<(), AppImageError> {
        let table = self.end_of_drom()?;
        let len = u32::try_from(extension.len()).map_err(|_| AppImageError::BeyondAddresses)?;
        let end = table.checked_add(len).ok_or(AppImageError::BeyondAddresses)?;
        if end > self.chip.drom.end {
            return Err(AppImageError::BeyondAddresses);
        }
        if let Some(segment) = self.segments.list.get_mut(self.drom) {
            patch::write(&mut segment.data, table, system)?;
            segment.data.extend_from_slice(extension);
        }
        Ok(())
    }

    /// What was appended to the constants, if anything.
    ///
    /// # Errors
    /// The image is not made by Toit, or the appended part contradicts itself.
    pub fn extension(&self) -> Result<Option<Extension<'_>>, AppImageError> {
        let (table, _) = self.details()?;
        // What was cut once keeps the address, which is the end then.
        if table == 0 || table == self.end_of_drom()? {
            return Ok(None);
        }
        let at = table.checked_sub(self.drom_address()).ok_or(AppImageError::Extension("its address"))?;
        let bytes = self.drom().get(at as usize..).ok_or(AppImageError::Extension("its address"))?;
        Extension::parse(bytes, table).map(Some)
    }

    /// Cuts off what was appended. The note of where it lay stays, as Toit's tool leaves it.
    ///
    /// # Errors
    /// As for [`AppImage::extension`].
    pub fn cut_extension(&mut self) -> Result<(), AppImageError> {
        let Some(len) = self.extension()?.map(|extension| extension.len()) else { return Ok(()) };
        if let Some(segment) = self.segments.list.get_mut(self.drom) {
            segment.data.truncate(segment.data.len().saturating_sub(len));
        }
        Ok(())
    }

    /// Puts it together, with its checksum, and with its hash if the header says that it has one.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.segments.to_bytes()
    }

    fn constants(&self) -> Option<&Segment> {
        self.segments.list.get(self.drom)
    }
}

/// The word at a place, if it is there.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
}

#[cfg(test)]
pub(super) mod tests;
