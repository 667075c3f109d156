//! The updater's parsers against real formats, damaged ones, and noise: they agree with the bootloader, and never panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use skylift_protocol::Chip;
use skylift_simulator::bootloader::{AppPlace, Bootloader, boot};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::layout::{
    APP, DATA, DEFAULT_TABLE, FACTORY, OTA_0, OTADATA, Partition, TABLE_OFFSET, capacity_for, factory_flash,
    partition_table, table_with,
};
use skylift_simulator::nor::Nor;
use skylift_updater::image::{ImageError, ImageInfo, ImageScan, verify_slot};
use skylift_updater::journal::Journal;
use skylift_updater::otadata::OtaData;
use skylift_updater::partition::{Layout, TableError};
use skylift_updater::rtc::{RTC_LEN, Rtc};
use skylift_updater::{Flash, Region};

fn image() -> Vec<u8> {
    DemoImage { size: 16 << 10, ..DemoImage::default() }.build().unwrap()
}

fn scan(image: &[u8], piece: usize) -> Result<ImageInfo, ImageError> {
    let mut scan = ImageScan::new();
    for piece in image.chunks(piece) {
        scan.push(piece)?;
    }
    scan.finish()
}

fn flash_with(table: &[Partition]) -> Nor {
    let mut nor = Nor::blank(capacity_for(table)).unwrap();
    nor.overwrite(TABLE_OFFSET, &partition_table(table).unwrap()).unwrap();
    nor
}

#[test]
fn the_default_table_is_read() {
    let layout = Layout::read(&mut flash_with(&DEFAULT_TABLE)).unwrap();
    assert_eq!(layout.otadata, Region { offset: 0xD000, size: 0x2000 });
    assert_eq!(layout.slot(0), Some(Region { offset: 0x1_0000, size: 0x1E_0000 }));
    assert_eq!(layout.slot_at(0x1F_0000), Some(1));
    assert_eq!(layout.journal, Some(Region { offset: 0x3E_0000, size: 0x1000 }));
    assert_eq!(layout.settings, Some(Region { offset: 0x3D_0000, size: 0x1_0000 }));
    assert_eq!((layout.factory, layout.slots.len()), (None, 2));
}

#[test]
fn tables_that_cannot_be_updated_say_why() {
    let with = |change: fn(&mut Vec<Partition>)| {
        let mut table = table_with(2, 0x2_0000);
        change(&mut table);
        let mut nor = Nor::blank(4 << 20).unwrap();
        nor.overwrite(TABLE_OFFSET, &partition_table(&table).unwrap()).unwrap();
        Layout::read(&mut nor)
    };
    assert!(with(|_| {}).is_ok());
    assert!(with(|table| table.push(Partition::new("factory", APP, FACTORY, 0x10_0000, 0x1_0000))).is_ok());
    assert_eq!(with(|table| table.retain(|it| it.subtype != OTA_0 + 1)), Err(TableError::Slots));
    assert_eq!(
        with(|table| table.push(Partition::new("ota_3", APP, OTA_0 + 3, 0x10_0000, 0x1_0000))),
        Err(TableError::Slots)
    );
    assert_eq!(
        with(|table| table.push(Partition::new("ota_9", APP, OTA_0 + 9, 0x10_0000, 0x1_0000))),
        Err(TableError::Slots)
    );
    assert_eq!(
        with(|table| table.retain(|it| (it.kind, it.subtype) != (DATA, OTADATA))),
        Err(TableError::NoOtadata)
    );
    // Overlap, beyond the flash, an overflow, not on a page of the MMU, no bytes at all.
    for (offset, size) in [
        (0x1_0000, 0x1_0000),
        (0x3F_0000, 0x2_0000),
        (0xFFFF_0000, 0x2_0000),
        (0x10_1000, 0x1_0000),
        (0x10_0000, 0),
    ] {
        let mut table = table_with(2, 0x2_0000);
        table.push(Partition::new("ota_2", APP, OTA_0 + 2, offset, size));
        let mut nor = Nor::blank(4 << 20).unwrap();
        nor.overwrite(TABLE_OFFSET, &partition_table(&table).unwrap()).unwrap();
        assert_eq!(Layout::read(&mut nor), Err(TableError::Layout), "{offset:#x} {size:#x}");
    }
    assert_eq!(Layout::read(&mut Nor::blank(4 << 20).unwrap()), Err(TableError::Missing));
    let mut torn = flash_with(&DEFAULT_TABLE);
    torn.overwrite(TABLE_OFFSET + 40, &[0x11]).unwrap();
    assert_eq!(Layout::read(&mut torn), Err(TableError::Corrupt));
}

#[test]
fn what_the_scan_finds_is_what_was_built() {
    let built =
        DemoImage { version: "9.8.7".into(), secure_version: 3, size: 16 << 10, ..DemoImage::default() };
    let image = built.build().unwrap();
    let info = scan(&image, 4096).unwrap();
    assert_eq!((info.descriptor().version.as_str(), info.descriptor().secure_version), ("9.8.7", 3));
    assert_eq!(info.descriptor().project.as_str(), built.project);
    assert_eq!((info.len as usize, &info.image_sha256[..]), (image.len(), &image[image.len() - 32..]));
    assert!(info.head.is_simulated());
    assert_eq!(scan(&built.foreign().unwrap(), 4096).unwrap().guard(), None);
    // A signature sector, or anything else, may follow.
    assert_eq!(scan(&[&image[..], &[7; 4096]].concat(), 1000).unwrap(), info);
}

/// Whatever the updater accepts, the bootloader boots, and the other way round: one byte changed, everywhere.
#[test]
fn updater_and_bootloader_agree_on_every_damaged_byte() {
    let table = table_with(2, 0x1_0000);
    let good = image();
    let whole = factory_flash(capacity_for(&table), &table, &good).unwrap();
    let slot = Region { offset: 0x1_0000, size: 0x1_0000 };
    // All of the headers and of the end, and a sample of what lies between.
    let places = (0..400).chain((400..good.len() - 100).step_by(97)).chain(good.len() - 100..good.len());
    for at in places {
        for flip in [0x01, 0x80, 0xFF] {
            let mut nor = whole.clone();
            nor.overwrite(slot.offset + at as u32, &[good[at] ^ flip]).unwrap();
            let accepted = verify_slot(&mut nor, slot).is_ok();
            let booted = boot(&mut nor, Bootloader::Stock, Chip::Esp32C3).unwrap();
            let boots = booted.place() == Some(AppPlace::Slot(0));
            // The updater may be stricter: without its digest, or a descriptor, it wants no image.
            assert!(boots || !accepted, "byte {at} ^ {flip:#04x}: accepted, but not booted");
        }
    }
}

proptest! {
    #[test]
    fn pieces_do_not_matter(piece in 1_usize..5000) {
        let image = image();
        prop_assert_eq!(scan(&image, piece), scan(&image, image.len()));
    }

    #[test]
    fn truncated_images_are_no_images(keep in 0_usize..16_000) {
        let image = image();
        prop_assert!(scan(&image[..keep.min(image.len() - 1)], 4096).is_err());
    }

    #[test]
    fn one_flipped_bit_is_found(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut image = image();
        let at = at.index(image.len());
        image[at] ^= 1 << bit;
        prop_assert!(scan(&image, 4096).is_err(), "bit {} of byte {}", bit, at);
    }

    #[test]
    fn noise_is_no_image(noise in proptest::collection::vec(any::<u8>(), 0..2000), piece in 1_usize..500) {
        prop_assert!(scan(&noise, piece).is_err());
    }

    #[test]
    fn noise_behind_a_good_head_is_no_image(
        noise in proptest::collection::vec(any::<u8>(), 0..2000),
        segments in 1_u8..=16,
        len in any::<u32>(),
    ) {
        let mut image = image();
        image.truncate(304);
        image[1] = segments;
        image[28..32].copy_from_slice(&len.to_le_bytes());
        image.extend(noise);
        prop_assert!(scan(&image, 100).is_err());
    }

    /// A flash of noise, with a sound table or without: everything answers, nothing panics.
    #[test]
    fn noise_on_the_flash(seed in any::<u64>(), sound_table in any::<bool>()) {
        let table = table_with(2, 0x1_0000);
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut bytes = vec![0; capacity_for(&table) as usize];
        rng.fill(&mut bytes);
        let mut nor = Nor::from_bytes(bytes).unwrap();
        prop_assert!(Layout::read(&mut nor).is_err());
        if sound_table {
            nor.overwrite(TABLE_OFFSET, &partition_table(&table).unwrap()).unwrap();
            let layout = Layout::read(&mut nor).unwrap();
            let ota = OtaData::read(&mut nor, &layout).unwrap();
            prop_assert_eq!(ota.active(), None, "a CRC matched by chance");
            prop_assert_eq!(Journal::read(&mut nor, layout.journal.unwrap()).unwrap(), None);
            for slot in &layout.slots {
                prop_assert!(verify_slot(&mut nor, *slot).is_err());
            }
        }
        let mut area = [0; RTC_LEN];
        nor.read(0, &mut area).unwrap();
        prop_assert_eq!(Rtc::new(&mut area).crash(), None);
    }

    /// Partition tables with entries of any content.
    #[test]
    fn any_table(entries in proptest::collection::vec(any::<[u8; 30]>(), 1..12)) {
        let mut nor = Nor::blank(4 << 20).unwrap();
        for (entry, offset) in entries.iter().zip((TABLE_OFFSET..).step_by(32)) {
            let mut raw = vec![0xAA, 0x50];
            raw.extend(entry);
            nor.overwrite(offset, &raw).unwrap();
        }
        if let Ok(layout) = Layout::read(&mut nor) {
            prop_assert!(layout.slots.iter().all(|slot| slot.end() <= nor.capacity()));
        }
    }
}
