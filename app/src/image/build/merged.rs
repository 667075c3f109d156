//! A merged image, or a dump of a flash: the app in it, cut out by the partition table.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use skylift_updater::SECTOR;
use skylift_updater::image::{ImageError, ImageScan};
use skylift_updater::partition::{Entry, for_each_entry};

use super::super::{Dump, Flaw, InspectError};
use super::{BuildError, EmptySlot, Material};

/// The largest flash of the family.
const MAX_FLASH: u64 = 32 * 1024 * 1024;
/// `type` of an app partition, and the `subtype`s that hold one: factory first, then the OTA slots by number.
const APP: u8 = 0;
const SLOTS: [u8; 17] =
    [0, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F];
/// First bytes of a signature block of Secure Boot v2: magic and version.
const SIGNATURE_MAGIC: &[u8] = &[0xE7, 0x02];

/// The app in the factory partition, or in the first OTA slot that holds a complete one.
pub(super) fn material(path: &Path) -> Result<Material, BuildError> {
    let flash = read(path)?;
    let mut slots = app_partitions(path, &flash)?;
    slots.sort_by_key(|entry| entry.subtype);
    let mut empty = Vec::new();
    for slot in slots {
        let label = String::from_utf8_lossy(slot.label()).into_owned();
        let start = slot.region.offset as usize;
        let end = slot.region.offset.saturating_add(slot.region.size) as usize;
        let bytes = flash.get(start..end.min(flash.len())).unwrap_or_default();
        if bytes.iter().all(|&byte| byte == 0xFF) {
            empty.push(EmptySlot { label, flaw: None });
            continue;
        }
        match image_len(bytes) {
            Ok(len) => {
                let bytes = bytes.get(..len).unwrap_or(bytes).to_vec();
                let from = format!("the partition {label:?} of {}", path.display());
                return Ok(Material { path: path.to_owned(), bytes, elf: None, from });
            }
            Err(flaw) => empty.push(EmptySlot { label, flaw: Some(flaw) }),
        }
    }
    Err(BuildError::NoApp { path: path.to_owned(), slots: empty })
}

fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_FLASH + 1).read_to_end(&mut bytes));
    read.map_err(|error| BuildError::Unreadable { path: path.to_owned(), error })?;
    if bytes.len() as u64 > MAX_FLASH {
        return Err(InspectError { path: path.to_owned(), flaw: Flaw::TooLarge }.into());
    }
    Ok(bytes)
}

fn app_partitions(path: &Path, flash: &[u8]) -> Result<Vec<Entry>, BuildError> {
    let mut slots = Vec::new();
    let walked = for_each_entry(&mut Dump(flash), |entry| {
        if entry.kind == APP && SLOTS.contains(&entry.subtype) {
            slots.push(*entry);
        }
    });
    walked.map_err(|error| BuildError::Table { path: path.to_owned(), error })?;
    Ok(slots)
}

/// Bytes of the image that a slot begins with, its signature included: what follows is erased flash, or older data.
fn image_len(slot: &[u8]) -> Result<usize, ImageError> {
    let mut scan = ImageScan::new();
    scan.push(slot)?;
    let end = scan.finish()?.len as usize;
    let sector = end.next_multiple_of(SECTOR as usize);
    let signed = slot.get(sector..).is_some_and(|behind| behind.starts_with(SIGNATURE_MAGIC));
    Ok(if signed { (sector + SECTOR as usize).min(slot.len()) } else { end })
}
