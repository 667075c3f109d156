//! The device that two images are put to the proof on: it runs OLD from its first slot.

use std::sync::Arc;

use skylift_protocol::Chip as ChipName;
use skylift_updater::partition::{self, Layout, TableError};
use skylift_updater::{BLOCK, FlashError, Region};

use super::Request;
use super::chip::Chip;
use super::error::CertifyError;
use super::image::Image;
use crate::bootloader::{self, AppPlace, Bootloader, Entry};
use crate::layout::{DEFAULT_TABLE, TABLE_LEN, TABLE_OFFSET, partition_table};
use crate::nor::Nor;

/// No module has a larger flash.
const MAX_CAPACITY: u32 = 32 << 20;
/// Number of OLD among the images.
pub(super) const OLD: usize = 0;
/// Number of NEW among the images.
pub(super) const NEW: usize = 1;

/// The device, and what is known of it.
pub(super) struct Bench {
    pub chip: Chip<Nor>,
    pub old: Image,
    pub new: Image,
    pub layout: Layout,
    pub table: [u8; TABLE_LEN],
}

impl Bench {
    pub fn new(request: &Request<'_>) -> Result<Self, CertifyError> {
        let (old, new) = (read("OLD", request.old)?, read("NEW", request.new)?);
        let name = same_chip(&old, &new)?;
        if old.image_sha256() == new.image_sha256() {
            return Err(CertifyError::Same);
        }
        let table = table(request.table)?;
        let mut nor = Nor::blank(capacity_for(&table)?)?;
        put(&mut nor, TABLE_OFFSET, &table)?;
        let layout = Layout::read(&mut nor).map_err(CertifyError::Table)?;
        for (which, image, slot) in [("NEW", &new, 1), ("OLD", &old, 0)] {
            let region = layout.slot(slot).ok_or(CertifyError::Table(TableError::Slots))?;
            fits(which, image, region)?;
            let mut nor = nor.clone();
            put(&mut nor, region.offset, &image.bytes)?;
            let booted = bootloader::boot(&mut nor, request.bootloader, name).map_err(beyond_flash)?;
            if booted.place() != Some(AppPlace::Slot(slot)) {
                return Err(CertifyError::NotBootable { which, chip: name });
            }
        }
        let flash = first_flash(nor, &layout, &old, request.seed)?;
        let images = Arc::from([old.clone(), new.clone()]);
        let rolls_back = request.bootloader == Bootloader::Rollback;
        let chip = Chip::new(flash, images, request.bootloader, rolls_back);
        Ok(Self { chip, old, new, layout, table })
    }
}

fn read(which: &'static str, bytes: &[u8]) -> Result<Image, CertifyError> {
    Image::new(which, bytes.to_vec()).map_err(|error| CertifyError::NotAnImage { which, error })
}

fn chip_of(which: &'static str, image: &Image) -> Result<ChipName, CertifyError> {
    let chip_id = image.info.head.chip_id;
    match ChipName::from_image_id(chip_id) {
        ChipName::Unknown => Err(CertifyError::UnknownChip { which, chip_id }),
        chip => Ok(chip),
    }
}

fn same_chip(old: &Image, new: &Image) -> Result<ChipName, CertifyError> {
    let (old, new) = (chip_of("OLD", old)?, chip_of("NEW", new)?);
    if old == new { Ok(old) } else { Err(CertifyError::OtherChip { old, new }) }
}

/// The bytes of the table; the default one if none is given.
fn table(given: Option<&[u8]>) -> Result<[u8; TABLE_LEN], CertifyError> {
    let Some(given) = given else {
        return partition_table(&DEFAULT_TABLE).map_err(|_| CertifyError::NotATable);
    };
    if !given.starts_with(&[0xAA, 0x50]) {
        return Err(CertifyError::NotATable);
    }
    let mut table = [0xFF; TABLE_LEN];
    for (place, byte) in table.iter_mut().zip(given) {
        *place = *byte;
    }
    Ok(table)
}

/// Bytes of the smallest flash that the table fits on.
fn capacity_for(table: &[u8; TABLE_LEN]) -> Result<u32, CertifyError> {
    let mut nor = Nor::blank(BLOCK)?;
    put(&mut nor, TABLE_OFFSET, table)?;
    let mut end = BLOCK;
    partition::for_each_entry(&mut nor, |entry| end = end.max(entry.region.end()))
        .map_err(CertifyError::Table)?;
    if end > MAX_CAPACITY {
        return Err(CertifyError::TableBeyondFlash(end));
    }
    Ok(end.next_multiple_of(BLOCK))
}

fn fits(which: &'static str, image: &Image, slot: Region) -> Result<(), CertifyError> {
    let (image, slot) = (image.bytes.len(), slot.size);
    if image > slot as usize { Err(CertifyError::TooLarge { which, image, slot }) } else { Ok(()) }
}

/// As the first flash over USB leaves it, with something old in the slots that do not run: what an erase has to do.
fn first_flash(mut nor: Nor, layout: &Layout, old: &Image, seed: u64) -> Result<Nor, CertifyError> {
    let mut rng = fastrand::Rng::with_seed(seed);
    for slot in layout.slots.iter().skip(1) {
        let mut rubbish = vec![0; slot.size as usize];
        rng.fill(&mut rubbish);
        // No image begins so.
        if let Some(first) = rubbish.first_mut() {
            *first = 0;
        }
        put(&mut nor, slot.offset, &rubbish)?;
    }
    put(&mut nor, layout.otadata.offset, &Entry::first(1).to_bytes())?;
    let first = layout.slots.first().ok_or(CertifyError::Table(TableError::Slots))?;
    put(&mut nor, first.offset, &old.bytes)?;
    Ok(nor)
}

fn put(nor: &mut Nor, offset: u32, bytes: &[u8]) -> Result<(), CertifyError> {
    nor.overwrite(offset, bytes).map_err(beyond_flash)
}

fn beyond_flash(_: FlashError) -> CertifyError {
    CertifyError::Table(TableError::Layout)
}
