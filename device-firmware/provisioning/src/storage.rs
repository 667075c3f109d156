//! The flash as esp-nvs wants it, and what of an NVS page is looked at without it.
//!
//! Format of a page: ESP-IDF Programming Guide, "Non-Volatile Storage Library", "Structure of a Page".

use core::ops::Range;

use embedded_storage::nor_flash::{ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash};
use esp_nvs::platform::{Crc, software_crc32};
use esp_nvs::{ENTRIES_PER_PAGE, ENTRY_STATE_BITMAP_SIZE, ITEM_SIZE, PAGE_HEADER_SIZE};
use skylift_updater::{Erase, Flash, FlashError, PAGE, Region, SECTOR, WORD};

/// The two bits of an entry that is written, in the map behind a page's header.
const WRITTEN: u8 = 0b10;

/// Where in an entry the number of its namespace is; 0 is the namespace of namespaces, whose values are those numbers.
const NAMESPACE: usize = 0;
/// Where its key is, filled up with zeros.
const KEY: Range<usize> = 8..24;
/// Where its value begins.
const VALUE: usize = 24;

/// Whether a namespace was there that cannot be found any more: a whole entry still names it, or there are entries of one
/// that no entry names.
pub(crate) fn has_lost<F: Flash>(flash: &mut F, region: Region, namespace: &str) -> Result<bool, FlashError> {
    let (mut named, mut used, mut is_named) = ([false; 256], [false; 256], false);
    for page in (region.offset..region.end()).step_by(SECTOR as usize) {
        for_each_item(flash, page, |item| match (item[NAMESPACE], item[VALUE]) {
            _ if !is_whole(item) => {}
            (0, index) => {
                named[usize::from(index)] = true;
                is_named |= item[KEY].split(|&byte| byte == 0).next() == Some(namespace.as_bytes());
            }
            (index, _) => used[usize::from(index)] = true,
        })?;
    }
    Ok(is_named || used.iter().zip(named).any(|(&used, named)| used && !named))
}

/// What a partition looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Blank, or NVS.
    Fine,
    /// Something else than NVS.
    Foreign,
    /// NVS, of which no entry is whole: it is encrypted. To open it would be to take all of it for damage.
    Encrypted,
}

/// Looks at a partition without opening it.
pub(crate) fn look<F: Flash>(flash: &mut F, region: Region) -> Result<Look, FlashError> {
    let (mut blank, mut pages, mut written, mut whole) = (true, false, false, false);
    for page in (region.offset..region.end()).step_by(SECTOR as usize) {
        let mut header = [0; PAGE_HEADER_SIZE];
        flash.read(page, &mut header)?;
        blank &= header == [0xFF; PAGE_HEADER_SIZE];
        let (covered, crc) = (&header[4..28], &header[28..]);
        if software_crc32(u32::MAX, covered).to_le_bytes() == crc {
            pages = true;
            for_each_item(flash, page, |item| {
                written = true;
                whole |= is_whole(item);
            })?;
        }
    }
    Ok(match (pages, written, whole) {
        (true, true, false) => Look::Encrypted,
        (false, ..) if !blank => Look::Foreign,
        _ => Look::Fine,
    })
}

/// Calls `visit` for every entry of a page that is written, whatever else the page is like.
fn for_each_item<F: Flash>(
    flash: &mut F,
    page: u32,
    mut visit: impl FnMut(&[u8; ITEM_SIZE]),
) -> Result<(), FlashError> {
    let map_at = page + PAGE_HEADER_SIZE as u32;
    let mut map = [0; ENTRY_STATE_BITMAP_SIZE];
    flash.read(map_at, &mut map)?;
    let states = map.iter().flat_map(|byte| [0, 2, 4, 6].map(|bit| byte >> bit & 0b11));
    for (index, _) in states.take(ENTRIES_PER_PAGE).enumerate().filter(|(_, state)| *state == WRITTEN) {
        let mut item = [0; ITEM_SIZE];
        flash.read(map_at + (ENTRY_STATE_BITMAP_SIZE + index * ITEM_SIZE) as u32, &mut item)?;
        visit(&item);
    }
    Ok(())
}

/// The CRC of an entry covers all of it but itself.
fn is_whole(item: &[u8; ITEM_SIZE]) -> bool {
    let (head, crc, rest) = (&item[..4], &item[4..8], &item[8..]);
    software_crc32(software_crc32(u32::MAX, head), rest).to_le_bytes() == crc
}

/// Erases all of it.
pub(crate) fn erase<F: Flash>(flash: &mut F, region: Region) -> Result<(), FlashError> {
    let mut sectors = (0..region.size).step_by(SECTOR as usize);
    sectors.try_for_each(|sector| flash.erase(region.offset + sector, Erase::Sector))
}

/// The flash as embedded-storage wants it.
pub(crate) struct Storage<'a, F>(pub &'a mut F);

#[derive(Debug)]
pub(crate) struct StorageError;

impl From<FlashError> for StorageError {
    fn from(_: FlashError) -> Self {
        Self
    }
}

impl NorFlashError for StorageError {
    fn kind(&self) -> NorFlashErrorKind {
        NorFlashErrorKind::Other
    }
}

impl<F> ErrorType for Storage<'_, F> {
    type Error = StorageError;
}

impl<F: Flash> ReadNorFlash for Storage<'_, F> {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), StorageError> {
        Ok(self.0.read(offset, bytes)?)
    }

    fn capacity(&self) -> usize {
        self.0.capacity() as usize
    }
}

impl<F: Flash> NorFlash for Storage<'_, F> {
    const WRITE_SIZE: usize = WORD as usize;
    const ERASE_SIZE: usize = SECTOR as usize;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), StorageError> {
        for offset in (from..to).step_by(Self::ERASE_SIZE) {
            // An erase that is cut short may leave the header and not the items: esp-nvs 0.6.3 takes such a page for one
            // to be copied again, finds its blobs twice, and deletes them. Without a header nobody reads it.
            self.0.program(offset, &[0; PAGE_HEADER_SIZE])?;
            self.0.erase(offset, Erase::Sector)?;
        }
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), StorageError> {
        let mut at = offset;
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = (PAGE - at % PAGE) as usize;
            let (page, behind) = rest.split_at(room.min(rest.len()));
            self.0.program(at, page)?;
            at += page.len() as u32;
            rest = behind;
        }
        Ok(())
    }
}

impl<F> Crc for Storage<'_, F> {
    fn crc32(init: u32, data: &[u8]) -> u32 {
        software_crc32(init, data)
    }
}
