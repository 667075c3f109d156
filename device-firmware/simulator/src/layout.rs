//! Partition tables, Skylift's default one and any other, and flashes as they are after the first flash over USB.
//!
//! Format of a table: ESP-IDF's `gen_esp32part.py`.

use md5::{Digest, Md5};
use skylift_updater::{BLOCK, SECTOR};

use crate::bootloader::Entry;
use crate::nor::{Nor, NorError};

/// Where the partition table lies.
pub const TABLE_OFFSET: u32 = 0x8000;
/// Bytes of a partition table.
pub const TABLE_LEN: usize = 0xC00;
/// Bytes of the flash that [`DEFAULT_TABLE`] is made for.
pub const DEFAULT_CAPACITY: u32 = 4 << 20;
/// Bytes of an entry.
const ENTRY_LEN: usize = 32;
/// Entries at most: one place is for the MD5, one for the end.
const MAX_ENTRIES: usize = TABLE_LEN / ENTRY_LEN - 2;
/// Bytes of a label.
const LABEL_LEN: usize = 16;

/// Type of a partition that holds an app.
pub const APP: u8 = 0;
/// Type of a partition that holds data.
pub const DATA: u8 = 1;
/// Subtype of the factory app.
pub const FACTORY: u8 = 0x00;
/// Subtype of `ota_0`; the other slots follow.
pub const OTA_0: u8 = 0x10;
/// Subtype of the test app.
pub const TEST: u8 = 0x20;
/// Subtype of otadata.
pub const OTADATA: u8 = 0x00;
/// Subtype of PHY calibration data.
pub const PHY: u8 = 0x01;
/// Subtype of NVS.
pub const NVS: u8 = 0x02;
/// Subtype of data that says nothing about itself.
pub const UNDEFINED: u8 = 0x06;

/// An entry of a partition table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Name, at most 16 bytes.
    pub label: &'static str,
    /// Type: [`APP`], [`DATA`] or another.
    pub kind: u8,
    /// Subtype, by type.
    pub subtype: u8,
    /// First byte in flash.
    pub offset: u32,
    /// Number of bytes.
    pub size: u32,
}

impl Partition {
    /// An entry.
    #[must_use]
    pub const fn new(label: &'static str, kind: u8, subtype: u8, offset: u32, size: u32) -> Self {
        Self { label, kind, subtype, offset, size }
    }

    fn to_bytes(self) -> Result<[u8; ENTRY_LEN], LayoutError> {
        let label = self.label.as_bytes();
        if label.len() > LABEL_LEN {
            return Err(LayoutError::Label(self.label));
        }
        let mut bytes = [0; ENTRY_LEN];
        bytes[..4].copy_from_slice(&[0xAA, 0x50, self.kind, self.subtype]);
        bytes[4..8].copy_from_slice(&self.offset.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.size.to_le_bytes());
        bytes[12..12 + label.len()].copy_from_slice(label);
        Ok(bytes)
    }
}

/// Skylift's table for a flash of 4 MB.
pub const DEFAULT_TABLE: [Partition; 7] = [
    Partition::new("nvs", DATA, NVS, 0x9000, 0x4000),
    Partition::new("otadata", DATA, OTADATA, 0xD000, 0x2000),
    Partition::new("phy_init", DATA, PHY, 0xF000, 0x1000),
    Partition::new("ota_0", APP, OTA_0, 0x1_0000, 0x1E_0000),
    Partition::new("ota_1", APP, OTA_0 + 1, 0x1F_0000, 0x1E_0000),
    Partition::new("skylift", DATA, NVS, 0x3D_0000, 0x1_0000),
    Partition::new("skylift_journal", DATA, UNDEFINED, 0x3E_0000, 0x1000),
];

/// Why a table or a flash cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LayoutError {
    /// A label does not fit.
    #[error("the partition label `{0}` is too long: 16 bytes are the most")]
    Label(&'static str),
    /// There are more entries than a table holds.
    #[error("{0} partitions are too many: a table holds {MAX_ENTRIES}")]
    Entries(usize),
    /// The table lacks a partition that is needed.
    #[error("the partition table has no partition `{0}`")]
    Missing(&'static str),
    /// The image does not fit.
    #[error("the image has {image} bytes, the slot {slot}")]
    Image {
        /// Bytes of the image.
        image: usize,
        /// Bytes of `ota_0`.
        slot: u32,
    },
    /// A partition lies beyond the end of the flash.
    #[error("a partition reaches beyond the end of the flash")]
    BeyondFlash,
    /// The flash cannot be made.
    #[error(transparent)]
    Flash(#[from] NorError),
}

/// A table of the default shape with other slots: `slots` of them (at most 16), each of `slot_size` bytes, from
/// 0x10000 on. Small ones make exhaustive tests fast.
#[must_use]
pub fn table_with(slots: u8, slot_size: u32) -> Vec<Partition> {
    const LABELS: [&str; 16] = [
        "ota_0", "ota_1", "ota_2", "ota_3", "ota_4", "ota_5", "ota_6", "ota_7", "ota_8", "ota_9", "ota_10",
        "ota_11", "ota_12", "ota_13", "ota_14", "ota_15",
    ];
    let [nvs, otadata, phy, _, _, skylift, journal] = DEFAULT_TABLE;
    let mut table = vec![nvs, otadata, phy];
    let mut offset = 0x1_0000;
    for (label, number) in LABELS.into_iter().zip(0..slots) {
        table.push(Partition::new(label, APP, OTA_0 + number, offset, slot_size));
        offset = (offset + slot_size).next_multiple_of(BLOCK);
    }
    table.push(Partition { offset, ..skylift });
    table.push(Partition { offset: offset + skylift.size, ..journal });
    table
}

/// Bytes of the smallest flash with whole 64 KiB blocks that `table` fits on.
#[must_use]
pub fn capacity_for(table: &[Partition]) -> u32 {
    let end =
        table.iter().map(|partition| partition.offset.saturating_add(partition.size)).max().unwrap_or(0);
    end.max(TABLE_OFFSET + SECTOR).checked_next_multiple_of(BLOCK).unwrap_or(u32::MAX)
}

/// The bytes of a partition table: entries, MD5, ones. Nothing else is checked, so that broken tables can be made.
///
/// # Errors
/// A label is too long, or there are too many entries.
pub fn partition_table(table: &[Partition]) -> Result<[u8; TABLE_LEN], LayoutError> {
    if table.len() > MAX_ENTRIES {
        return Err(LayoutError::Entries(table.len()));
    }
    let mut bytes = Vec::with_capacity(TABLE_LEN);
    for partition in table {
        bytes.extend(partition.to_bytes()?);
    }
    let sum = Md5::digest(&bytes);
    bytes.extend([0xEB, 0xEB]);
    bytes.extend([0xFF; 14]);
    bytes.extend_from_slice(&sum);
    let mut whole = [0xFF; TABLE_LEN];
    whole[..bytes.len()].copy_from_slice(&bytes);
    Ok(whole)
}

/// A device after its first flash over USB: table, otadata (entry 0: sequence 1, VALID), `image` in `ota_0`, and
/// all ones elsewhere, where the bootloader would lie too.
///
/// # Errors
/// The table lacks `otadata` or `ota_0`, or something does not fit.
pub fn factory_flash(capacity: u32, table: &[Partition], image: &[u8]) -> Result<Nor, LayoutError> {
    let find = |kind, subtype, label| {
        let found = table.iter().find(|partition| (partition.kind, partition.subtype) == (kind, subtype));
        found.ok_or(LayoutError::Missing(label))
    };
    let otadata = find(DATA, OTADATA, "otadata")?;
    let slot = find(APP, OTA_0, "ota_0")?;
    if image.len() > slot.size as usize {
        return Err(LayoutError::Image { image: image.len(), slot: slot.size });
    }
    let entry = Entry::first(1).to_bytes();
    let parts: [(u32, &[u8]); 3] =
        [(TABLE_OFFSET, &partition_table(table)?), (otadata.offset, &entry), (slot.offset, image)];
    let mut nor = Nor::blank(capacity)?;
    for (offset, bytes) in parts {
        nor.overwrite(offset, bytes).map_err(|_| LayoutError::BeyondFlash)?;
    }
    Ok(nor)
}
