//! Whose partition table a proof is made on: Skylift's own, that of a device as far as it tells, or one in a file.

use std::path::PathBuf;

use skylift_protocol::{Id, Protection, Slot, Status};
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::layout::{DEFAULT_TABLE, Partition, partition_table, table_with};

use crate::engine::{Device, Snapshot, printable};
use crate::image::library::Entry;

/// No module has a larger flash, in bytes.
const LARGEST_FLASH: u32 = 32 << 20;

/// Whose partition table is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Partitions {
    /// Skylift's own, for a flash of 4 MB.
    #[default]
    Default,
    /// That of a device, as far as it tells.
    Device(Id),
    /// One in a file.
    File(PathBuf),
}

/// The same for the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Table {
    /// Skylift's own.
    Default,
    /// These bytes.
    Bytes(Vec<u8>),
    /// Those in a file.
    File(PathBuf),
}

/// A table as a device tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The table; `None` if it is Skylift's own.
    pub bytes: Option<Vec<u8>>,
    /// What is assumed, in sentences.
    pub assumed: &'static str,
}

impl Partitions {
    /// The table itself, or why there is none.
    ///
    /// # Errors
    /// The device is gone, or its slots make no table; a sentence for people.
    pub fn table(&self, engine: &Snapshot) -> Result<Table, &'static str> {
        match self {
            Self::Default => Ok(Table::Default),
            Self::File(path) => Ok(Table::File(path.clone())),
            Self::Device(id) => {
                let status = engine.device(id).and_then(|device| device.status.as_ref());
                let told = told(status.ok_or("The device has not answered yet.")?)?;
                Ok(told.bytes.map_or(Table::Default, Table::Bytes))
            }
        }
    }
}

/// The devices whose table can be meant for an image: they have its chip, and have told of their slots.
pub fn devices<'s>(engine: &'s Snapshot, entry: &Entry) -> impl Iterator<Item = &'s Device> {
    let (chip, devices) = (entry.chip, engine.devices.iter().map(AsRef::as_ref));
    devices.filter(move |device: &&Device| {
        device.status.as_ref().is_some_and(|status| status.chip == chip && status.slots.len() > 1)
    })
}

/// What boots a device, as it says.
#[must_use]
pub const fn bootloader(status: &Status) -> Bootloader {
    match status.protection {
        Protection::Bootloader => Bootloader::Rollback,
        _ => Bootloader::Stock,
    }
}

/// The table of a device, from what its status tells: where its slots are, and how large.
///
/// # Errors
/// There is no room for what a table needs beside these slots; a sentence for people.
pub fn told(status: &Status) -> Result<Told, &'static str> {
    let mut slots: Vec<&Slot> = status.slots.iter().collect();
    slots.sort_by_key(|slot| slot.slot);
    let [first, ..] = slots.as_slice() else { return Err("The device tells of no slots.") };
    let own = DEFAULT_TABLE.iter().filter(|partition| partition.label.starts_with("ota_"));
    if own.map(|slot| (Some(slot.offset), slot.size)).eq(slots.iter().map(|slot| (slot.offset, slot.size))) {
        let assumed = "Its slots are those of Skylift's own table; the rest of that table is assumed.";
        return Ok(Told { bytes: None, assumed });
    }
    if slots.iter().any(|slot| slot.size > LARGEST_FLASH) {
        return Err("The device tells of slots beyond every flash.");
    }
    let count = u8::try_from(slots.len()).map_err(|_| "The device tells of too many slots.")?;
    if slots.iter().any(|slot| slot.offset.is_none()) {
        let all_same = slots.iter().all(|slot| slot.size == first.size);
        if !all_same {
            return Err("The device does not tell where its slots begin, and they differ in size. \
                        Choose its partition table as a file.");
        }
        let assumed = "It tells how large its slots are, not where they begin: they are assumed from 0x10000 on, and \
                       the other partitions around them.";
        return Ok(Told { bytes: Some(bytes(&table_with(count, first.size))?), assumed });
    }
    let mut table = table_with(count, first.size);
    let end = put_slots(&mut table, &slots)?;
    put_behind(&mut table, end)?;
    let assumed = "Its slots are where and as large as it tells. Of the other partitions it tells nothing: otadata and \
                   nvs are assumed before the slots, and Skylift's own behind them.";
    Ok(Told { bytes: Some(bytes(&table)?), assumed })
}

/// Puts the slots where they are; gives where the last one ends.
fn put_slots(table: &mut [Partition], slots: &[&Slot]) -> Result<u32, &'static str> {
    const NO_ROOM: &str = "The device tells of slots where its other partitions must lie. Choose its partition table as \
                           a file.";
    let before = table.iter().filter(|partition| partition.label == "phy_init");
    let least = before.map(|phy| phy.offset + phy.size).max().unwrap_or(0);
    let places = table.iter_mut().filter(|partition| partition.label.starts_with("ota_"));
    let mut end = least;
    for (place, slot) in places.zip(slots) {
        let offset = slot.offset.filter(|offset| *offset >= least).ok_or(NO_ROOM)?;
        (place.offset, place.size) = (offset, slot.size);
        end = end.max(offset.checked_add(slot.size).ok_or(NO_ROOM)?);
    }
    Ok(end)
}

/// Puts what lies behind the slots there.
fn put_behind(table: &mut [Partition], mut end: u32) -> Result<(), &'static str> {
    for place in table.iter_mut().filter(|partition| partition.label.starts_with("skylift")) {
        place.offset = end;
        end = end.checked_add(place.size).ok_or("The device tells of slots beyond every flash.")?;
    }
    Ok(())
}

fn bytes(table: &[Partition]) -> Result<Vec<u8>, &'static str> {
    let bytes =
        partition_table(table).map_err(|_| "The slots that the device tells make no partition table.")?;
    Ok(bytes.to_vec())
}

/// What a table is called.
#[must_use]
pub fn name(partitions: &Partitions, engine: &Snapshot) -> String {
    match partitions {
        Partitions::Default => "Skylift's own, 4 MB".to_owned(),
        Partitions::Device(id) => {
            let label = engine.device(id).map_or(id.as_str(), |device| device.label());
            format!("As on {}", printable(label))
        }
        Partitions::File(path) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            format!("From {}", printable(&name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(slots: &[(Option<u32>, u32)]) -> Status {
        let slot = |(number, (offset, size)): (usize, &(Option<u32>, u32))| {
            let mut slot = serde_json::json!({ "slot": number, "size": size });
            if let Some(offset) = offset {
                slot["offset"] = (*offset).into();
            }
            slot
        };
        let slots: Vec<_> = slots.iter().enumerate().map(slot).collect();
        let text = serde_json::json!({
            "protocol": 1, "id": "lamp", "name": "", "chip": "esp32c3", "access": "open",
            "running": {
                "slot": 0, "project": "demo", "version": "1.0.0", "image_sha256": "ab".repeat(32),
                "elf_sha256": "cd".repeat(32), "kind": "real",
            },
            "slots": slots, "boots_next": 0, "protection": "bootloader", "validation": { "state": "valid" },
            "phase": "idle", "boot_count": 3, "reset_reason": "power_on", "uptime_s": 60,
        });
        serde_json::from_value(text).unwrap()
    }

    /// Entries of a table, as label and place.
    fn entries(bytes: &[u8]) -> Vec<(String, u32, u32)> {
        let word = |entry: &[u8], at: usize| u32::from_le_bytes(entry[at..at + 4].try_into().unwrap());
        let entries = bytes.chunks(32).take_while(|entry| entry.starts_with(&[0xAA, 0x50]));
        let label = |entry: &[u8]| String::from_utf8_lossy(&entry[12..28]).trim_end_matches('\0').to_owned();
        entries.map(|entry| (label(entry), word(entry, 4), word(entry, 8))).collect()
    }

    #[test]
    fn skylifts_own_slots_mean_skylifts_own_table() {
        let own = status(&[(Some(0x1_0000), 0x1E_0000), (Some(0x1F_0000), 0x1E_0000)]);
        assert_eq!(told(&own).unwrap().bytes, None);
        assert_eq!(bootloader(&own), Bootloader::Rollback);
    }

    #[test]
    fn other_slots_are_where_the_device_tells_and_the_rest_around_them() {
        let told = told(&status(&[(Some(0x2_0000), 0x10_0000), (Some(0x14_0000), 0xC_0000)])).unwrap();
        let entries = entries(&told.bytes.unwrap());
        assert_eq!(entries[3], ("ota_0".to_owned(), 0x2_0000, 0x10_0000));
        assert_eq!(entries[4], ("ota_1".to_owned(), 0x14_0000, 0xC_0000));
        assert_eq!((entries[5].0.as_str(), entries[5].1), ("skylift", 0x20_0000));
        assert_eq!(entries[6].1, entries[5].1 + entries[5].2);
        assert!(told.assumed.contains("otadata"));
    }

    #[test]
    fn what_cannot_be_known_is_said() {
        let sizes = told(&status(&[(None, 0x10_0000), (None, 0x10_0000)])).unwrap();
        assert!(sizes.assumed.contains("0x10000"));
        assert!(told(&status(&[(None, 0x10_0000), (None, 0x20_0000)])).is_err());
        assert!(told(&status(&[(Some(0x8000), 0x10_0000), (Some(0x20_0000), 0x10_0000)])).is_err());
        assert!(told(&status(&[(Some(0xFFFF_0000), 0xFFFF_0000), (Some(0x1_0000), 1)])).is_err());
        assert!(told(&status(&[])).is_err());
    }
}
