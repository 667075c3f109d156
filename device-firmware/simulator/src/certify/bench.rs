//! The devices that two images are put to the proof on: OLD runs from the first slot, or from the second.

use std::sync::Arc;

use skylift_protocol::{Chip as ChipName, Encoding};
use skylift_updater::partition::{self, Layout, TableError};
use skylift_updater::{BLOCK, FlashError, SECTOR};

use super::chip::Chip;
use super::error::CertifyError;
use super::image::{Encoded, Image};
use super::{Request, Streams};
use crate::bootloader::{self, AppPlace, Bootloader, Entry};
use crate::layout::{DEFAULT_TABLE, TABLE_LEN, TABLE_OFFSET, partition_table};
use crate::nor::Nor;

/// No module has a larger flash.
const MAX_CAPACITY: u32 = 32 << 20;
/// Number of OLD among the images.
pub(super) const OLD: usize = 0;
/// Number of NEW among the images.
pub(super) const NEW: usize = 1;

/// The slots that OLD is tried in. With both entries of otadata gone, only one of them boots by chance.
const RUNNING: [u8; 2] = [0, 1];

/// The devices, and what is known of them.
pub(super) struct Bench {
    pub chips: Vec<Chip<Nor>>,
    pub bootloader: Bootloader,
    pub old: Image,
    pub new: Image,
    pub layout: Layout,
    pub table: [u8; TABLE_LEN],
}

/// NEW in the encodings that it is given in.
fn with_streams(new: &Image, streams: Streams<'_>) -> Image {
    let given = [(None, streams.compressed), (Some(OLD), streams.delta)];
    let made = given.into_iter().filter_map(|(base, bytes)| Some(Encoded { base, bytes: bytes?.to_vec() }));
    Image { streams: made.collect(), ..new.clone() }
}

impl Bench {
    pub fn new(request: &Request<'_>) -> Result<Self, CertifyError> {
        let (old, new) = (read("OLD", request.old)?, read("NEW", request.new)?);
        let new = with_streams(&new, request.streams);
        let name = same_chip(&old, &new)?;
        if old.image_sha256() == new.image_sha256() {
            return Err(CertifyError::Same);
        }
        let table = table(request.table)?;
        let mut nor = Nor::blank(capacity_for(&table)?)?;
        put(&mut nor, TABLE_OFFSET, &table)?;
        let layout = Layout::read(&mut nor).map_err(CertifyError::Table)?;
        for (which, image) in [("NEW", &new), ("OLD", &old)] {
            fits(which, image, &layout)?;
            starts(which, image, nor.clone(), &layout, request.bootloader, name)?;
        }
        let images = Arc::from([old.clone(), new.clone(), old.another("an older image")]);
        let rolls_back = request.bootloader == Bootloader::Rollback;
        let chips = RUNNING.map(|slot| {
            let flash = flash(nor.clone(), &layout, slot, &images, request.seed)?;
            Ok(Chip::new(flash, Arc::clone(&images), request.bootloader, rolls_back))
        });
        let chips = chips.into_iter().collect::<Result<_, CertifyError>>()?;
        Ok(Self { chips, bootloader: request.bootloader, old, new, layout, table })
    }

    /// How NEW is sent: in each of these ways.
    pub fn encodings(&self) -> Vec<Encoding> {
        let all = [Encoding::Raw, Encoding::Compressed, Encoding::Delta];
        all.into_iter().filter(|&encoding| self.new.sent(encoding, OLD).is_some()).collect()
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
pub(super) fn table(given: Option<&[u8]>) -> Result<[u8; TABLE_LEN], CertifyError> {
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

fn fits(which: &'static str, image: &Image, layout: &Layout) -> Result<(), CertifyError> {
    let slot = layout.slots.iter().map(|slot| slot.size).min().unwrap_or(0);
    let image = image.bytes.len();
    if image > slot as usize { Err(CertifyError::TooLarge { which, image, slot }) } else { Ok(()) }
}

/// Whether the bootloader starts an image that is alone in the flash.
fn starts(
    which: &'static str,
    image: &Image,
    mut nor: Nor,
    layout: &Layout,
    bootloader: Bootloader,
    chip: ChipName,
) -> Result<(), CertifyError> {
    let first = layout.slot(0).ok_or(CertifyError::Table(TableError::Slots))?;
    put(&mut nor, first.offset, &image.bytes)?;
    let booted = bootloader::boot(&mut nor, bootloader, chip).map_err(beyond_flash)?;
    let starts = booted.place() == Some(AppPlace::Slot(0));
    if starts { Ok(()) } else { Err(CertifyError::NotBootable { which, chip }) }
}

/// A flash on which OLD runs, confirmed. The other slots hold an older image, and rubbish behind it: complete images
/// that must not boot, and something for erases to do.
fn flash(
    mut nor: Nor,
    layout: &Layout,
    running: u8,
    images: &[Image],
    seed: u64,
) -> Result<Nor, CertifyError> {
    let mut rng = fastrand::Rng::with_seed(seed);
    for (slot, region) in (0..).zip(&layout.slots) {
        let mut rubbish = vec![0; region.size as usize];
        rng.fill(&mut rubbish);
        let image = if slot == running { images.get(OLD) } else { images.last() };
        put(&mut nor, region.offset, &rubbish)?;
        put(&mut nor, region.offset, image.map_or(&[], |image| &image.bytes))?;
    }
    for slot in 0..=running {
        let entry = Entry::first(u32::from(slot) + 1).to_bytes();
        put(&mut nor, layout.otadata.offset + SECTOR * u32::from(slot), &entry)?;
    }
    Ok(nor)
}

fn put(nor: &mut Nor, offset: u32, bytes: &[u8]) -> Result<(), CertifyError> {
    nor.overwrite(offset, bytes).map_err(beyond_flash)
}

fn beyond_flash(_: FlashError) -> CertifyError {
    CertifyError::Table(TableError::Layout)
}
