//! ESP-IDF's partition table, reduced to what an update needs.
//!
//! Format: ESP-IDF Programming Guide, "Partition Tables": 32-byte entries at 0x8000, at most 0xC00 bytes,
//! an MD5 entry behind the last, then 0xFF.

use heapless::Vec;
use md5::{Digest as _, Md5};

use crate::flash::{BLOCK, Flash, FlashError, Region, SECTOR};

/// Where the table lies unless a bootloader was built otherwise.
pub const TABLE_OFFSET: u32 = 0x8000;
/// Bytes that a table may have.
pub const TABLE_MAX: u32 = 0xC00;
/// Slots that are supported; ESP-IDF allows 16, nobody has the flash for more than four.
pub const MAX_SLOTS: usize = 4;

const ENTRY: usize = 32;
const MAGIC: [u8; 2] = [0xAA, 0x50];
const MD5_MAGIC: [u8; 2] = [0xEB, 0xEB];

/// `type` of an entry.
const APP: u8 = 0x00;
const DATA: u8 = 0x01;
/// `subtype` of an app entry: factory, and the first of the OTA slots.
const FACTORY: u8 = 0x00;
const OTA_0: u8 = 0x10;
/// `subtype` of a data entry: otadata, NVS, and the keys of NVS that is encrypted.
const OTADATA: u8 = 0x00;
const NVS: u8 = 0x02;
const NVS_KEYS: u8 = 0x04;

/// Label of the partition that keeps the journal of the update under way.
const JOURNAL_LABEL: &[u8] = b"skylift_journal";
/// Label of the partition that holds name, networks and keys, in NVS format.
const SETTINGS_LABEL: &[u8] = b"skylift";
/// Label of ESP-IDF's own NVS partition: where a table has none of ours, they are kept in there beside everybody else's.
const SHARED_LABEL: &[u8] = b"nvs";

/// One entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// 0 is app, 1 is data.
    pub kind: u8,
    /// Meaning depends on `kind`.
    pub subtype: u8,
    /// Where it lies.
    pub region: Region,
    /// Padded with zeros.
    pub label: [u8; 16],
}

impl Entry {
    /// The label without its padding.
    #[must_use]
    pub fn label(&self) -> &[u8] {
        self.label.split(|&byte| byte == 0).next().unwrap_or_default()
    }
}

/// Why a table cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableError {
    /// The flash could not be read.
    Flash,
    /// There is no table at [`TABLE_OFFSET`].
    Missing,
    /// An entry has an unknown magic, the MD5 does not match, or there is no end.
    Corrupt,
    /// An entry lies outside the flash, is misaligned or overlaps another that matters.
    Layout,
    /// There is no otadata partition of two sectors.
    NoOtadata,
    /// Fewer than two OTA slots, a gap in their numbers, one of them twice, or more than [`MAX_SLOTS`].
    Slots,
}

impl From<FlashError> for TableError {
    fn from(_: FlashError) -> Self {
        Self::Flash
    }
}

impl core::fmt::Display for TableError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Flash => "the flash could not be read",
            Self::Missing => "there is no partition table",
            Self::Corrupt => "the partition table is damaged",
            Self::Layout => "a partition lies outside the flash, is misaligned or overlaps another",
            Self::NoOtadata => "the partition table has no otadata partition",
            Self::Slots => "the partition table does not have two to four OTA slots",
        })
    }
}

impl core::error::Error for TableError {}

/// What of a partition table an update needs. Regions are inside the flash and do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The two sectors of otadata.
    pub otadata: Region,
    /// The OTA slots, by number; at least two.
    pub slots: Vec<Region, MAX_SLOTS>,
    /// The factory app.
    pub factory: Option<Region>,
    /// Journal of the update under way; without it there is no resume.
    pub journal: Option<Region>,
    /// Name, networks and keys: the partition `skylift`, or else `nvs`, unless that is encrypted.
    pub settings: Option<Region>,
}

impl Layout {
    /// Reads the table of a flash.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn read<F: Flash>(flash: &mut F) -> Result<Self, TableError> {
        let mut found = Found::default();
        let capacity = flash.capacity();
        for_each_entry(flash, |entry| found.take(entry, capacity))?;
        let layout = found.layout()?;
        layout.check(capacity)?;
        Ok(layout)
    }

    /// The number of the slot that begins at a flash offset.
    #[must_use]
    pub fn slot_at(&self, offset: u32) -> Option<u8> {
        let index = self.slots.iter().position(|slot| slot.offset == offset)?;
        u8::try_from(index).ok()
    }

    /// The region of a slot.
    #[must_use]
    pub fn slot(&self, number: u8) -> Option<Region> {
        self.slots.get(usize::from(number)).copied()
    }

    /// Number of slots, as otadata's arithmetic wants it; never 0.
    #[must_use]
    pub fn slot_count(&self) -> u32 {
        self.slots.len().max(1) as u32
    }

    fn regions(&self) -> impl Iterator<Item = Region> + Clone {
        let singles = [Some(self.otadata), self.factory, self.journal, self.settings];
        singles.into_iter().flatten().chain(self.slots.iter().copied())
    }

    fn check(&self, capacity: u32) -> Result<(), TableError> {
        let mut regions = self.regions();
        while let Some(region) = regions.next() {
            let end = region.offset.checked_add(region.size).ok_or(TableError::Layout)?;
            let aligned = region.offset.is_multiple_of(SECTOR) && region.size.is_multiple_of(SECTOR);
            let behind_table = region.offset >= TABLE_OFFSET + SECTOR;
            if end > capacity || region.size == 0 || !aligned || !behind_table {
                return Err(TableError::Layout);
            }
            if regions.clone().any(|other| other.overlaps(region)) {
                return Err(TableError::Layout);
            }
        }
        // The MMU maps apps in pages of 64 KiB.
        let apps = self.slots.iter().chain(self.factory.iter());
        if apps.clone().any(|app| !app.offset.is_multiple_of(BLOCK)) {
            return Err(TableError::Layout);
        }
        Ok(())
    }
}

/// Calls `visit` for every entry of the table; the MD5 must match if there is one.
///
/// # Errors
/// The flash cannot be read, or there is no sound table.
pub fn for_each_entry<F: Flash>(flash: &mut F, mut visit: impl FnMut(&Entry)) -> Result<(), TableError> {
    let mut digest = Md5::new();
    let mut offset = TABLE_OFFSET;
    while offset < TABLE_OFFSET + TABLE_MAX {
        let mut raw = [0; ENTRY];
        flash.read(offset, &mut raw)?;
        if raw.starts_with(&MAGIC) {
            digest.update(raw);
            visit(&parse_entry(&raw));
        } else if raw.starts_with(&MD5_MAGIC) {
            let sum = digest.finalize();
            return if raw.ends_with(&sum) {
                check_end(flash, offset + ENTRY as u32)
            } else {
                Err(TableError::Corrupt)
            };
        } else if raw == [0xFF; ENTRY] && offset > TABLE_OFFSET {
            // Tables made with --disable-md5sum end here.
            return Ok(());
        } else if offset == TABLE_OFFSET {
            return Err(TableError::Missing);
        } else {
            return Err(TableError::Corrupt);
        }
        offset += ENTRY as u32;
    }
    Err(TableError::Corrupt)
}

/// Bootloaders refuse a table without an end, and go on to read what stands behind the MD5.
fn check_end<F: Flash>(flash: &mut F, offset: u32) -> Result<(), TableError> {
    let mut raw = [0; ENTRY];
    if offset < TABLE_OFFSET + TABLE_MAX {
        flash.read(offset, &mut raw)?;
    }
    if raw == [0xFF; ENTRY] { Ok(()) } else { Err(TableError::Corrupt) }
}

fn parse_entry(raw: &[u8; ENTRY]) -> Entry {
    let [_, _, kind, subtype, o0, o1, o2, o3, s0, s1, s2, s3, label @ .., _, _, _, _] = *raw;
    Entry {
        kind,
        subtype,
        region: Region {
            offset: u32::from_le_bytes([o0, o1, o2, o3]),
            size: u32::from_le_bytes([s0, s1, s2, s3]),
        },
        label,
    }
}

/// What the walk over the entries has met so far.
#[derive(Default)]
struct Found {
    otadata: Option<Region>,
    slots: [Option<Region>; MAX_SLOTS],
    /// A number that is too high, or there twice: bootloaders count both.
    odd_slots: bool,
    /// Bootloaders refuse the whole table then, whatever the partition is for.
    beyond_flash: bool,
    factory: Option<Region>,
    journal: Option<Region>,
    settings: Option<Region>,
    shared: Option<Region>,
    /// What cannot be read, would be taken for damage and mended.
    encrypted: bool,
}

impl Found {
    fn take(&mut self, entry: &Entry, capacity: u32) {
        let Region { offset, size } = entry.region;
        self.beyond_flash |= offset.checked_add(size).is_none_or(|end| end > capacity);
        let region = Some(entry.region);
        match (entry.kind, entry.subtype) {
            (APP, FACTORY) => self.factory = region,
            (APP, ota @ OTA_0..=0x1F) => match self.slots.get_mut(usize::from(ota - OTA_0)) {
                Some(slot @ None) => *slot = region,
                _ => self.odd_slots = true,
            },
            (DATA, OTADATA) => self.otadata = region,
            (DATA, _) if entry.label() == JOURNAL_LABEL => self.journal = region,
            (DATA, _) if entry.label() == SETTINGS_LABEL => self.settings = region,
            (DATA, NVS) if entry.label() == SHARED_LABEL => self.shared = region,
            (DATA, NVS_KEYS) => self.encrypted = true,
            _ => {}
        }
    }

    fn layout(self) -> Result<Layout, TableError> {
        if self.beyond_flash {
            return Err(TableError::Layout);
        }
        let otadata = self.otadata.filter(|region| region.size == 2 * SECTOR);
        let count = self.slots.iter().take_while(|slot| slot.is_some()).count();
        let gap = self.slots.iter().skip(count).any(Option::is_some);
        if count < 2 || gap || self.odd_slots {
            return Err(TableError::Slots);
        }
        Ok(Layout {
            otadata: otadata.ok_or(TableError::NoOtadata)?,
            slots: self.slots.into_iter().flatten().collect(),
            factory: self.factory,
            journal: self.journal,
            settings: self.settings.or(self.shared.filter(|_| !self.encrypted)),
        })
    }
}
