//! The partition table as the bootloader reads it: the apps and otadata, or nothing if the table is broken.

use md5::{Digest, Md5};
use skylift_updater::{Flash, FlashError};

/// Where the table lies.
const TABLE: u32 = 0x8000;
/// Bytes of it that are looked at.
const TABLE_LEN: usize = 0xC00;
/// Bytes of an entry.
const ENTRY_LEN: usize = 32;
/// OTA slots at most.
const MAX_SLOTS: usize = 16;

/// A range of flash; size 0 stands for a missing partition.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    pub(super) offset: u32,
    pub(super) size: u32,
}

/// `bootloader_state_t`: what the bootloader takes from the table.
#[derive(Debug, Default)]
pub(super) struct Apps {
    pub(super) otadata: Part,
    pub(super) factory: Part,
    test: Part,
    slots: [Part; MAX_SLOTS],
    /// How many OTA partitions there are; their numbers may have gaps all the same.
    pub(super) count: u32,
}

impl Apps {
    /// The partition of an index; a missing one for those out of range.
    pub(super) fn part(&self, index: i64) -> Part {
        match index {
            super::FACTORY => self.factory,
            super::TEST => self.test,
            slot if slot < i64::from(self.count) => {
                usize::try_from(slot).ok().and_then(|slot| self.slots.get(slot)).copied().unwrap_or_default()
            }
            _ => Part::default(),
        }
    }

    fn add(&mut self, entry: &[u8]) {
        let part = Part { offset: word(entry, 4), size: word(entry, 8) };
        match (entry[2], entry[3]) {
            (0, 0x00) => self.factory = part,
            (0, 0x20) => self.test = part,
            (0, subtype @ 0x10..=0x1F) => {
                self.slots[usize::from(subtype & 0x0F)] = part;
                self.count += 1;
            }
            (1, 0x00) => self.otadata = part,
            _ => {}
        }
    }
}

/// Reads and verifies the table; `None` if the bootloader refuses it.
pub(super) fn read<F: Flash>(flash: &mut F) -> Result<Option<Apps>, FlashError> {
    if flash.capacity() < TABLE + TABLE_LEN as u32 {
        return Ok(None);
    }
    let mut table = [0; TABLE_LEN];
    flash.read(TABLE, &mut table)?;
    Ok(verify(&table, flash.capacity()))
}

fn verify(table: &[u8; TABLE_LEN], capacity: u32) -> Option<Apps> {
    let mut sums = 0;
    let mut entries = 0;
    for (number, entry) in table.chunks_exact(ENTRY_LEN).enumerate() {
        match [entry[0], entry[1]] {
            [0xAA, 0x50] if word(entry, 4).checked_add(word(entry, 8))? <= capacity => {}
            [0xEB, 0xEB] if sums == 0 && md5(&table[..number * ENTRY_LEN]) == entry[16..] => sums = 1,
            // Without an end there is no table, and none if the first record is the end.
            [0xFF, 0xFF] if entry[2] == 0xFF && entry[3] == 0xFF => {
                entries = number - sums;
                break;
            }
            _ => return None,
        }
    }
    let mut apps = Apps::default();
    table.chunks_exact(ENTRY_LEN).take(entries).for_each(|entry| apps.add(entry));
    (entries > 0).then_some(apps)
}

fn md5(bytes: &[u8]) -> [u8; 16] {
    Md5::digest(bytes).into()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
