//! The updater's parsers against real formats, damaged ones, and noise: they agree with the bootloader, and never panic.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use skylift_protocol::Chip;
use skylift_simulator::Silicon;
use skylift_simulator::bootloader::{AppPlace, Bootloader, boot};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::layout::{
    APP, DATA, DEFAULT_TABLE, FACTORY, OTA_0, OTADATA, Partition, TABLE_OFFSET, capacity_for, factory_flash,
    partition_table, table_with,
};
use skylift_simulator::nor::Nor;
use skylift_updater::image::{HEAD_LEN, ImageError, ImageInfo, ImageScan, verify_slot};
use skylift_updater::journal::Journal;
use skylift_updater::otadata::OtaData;
use skylift_updater::partition::{Layout, TableError};
use skylift_updater::rtc::{RTC_LEN, Rtc};
use skylift_updater::{Flash, Region};

/// Subtype of a partition with the keys of NVS that is encrypted.
const NVS_KEYS: u8 = 0x04;

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

/// Where a table has no partition of Skylift's, the settings are kept in everybody's, unless that is encrypted.
#[test]
fn settings_may_share_a_partition() {
    let settings = |table: &[Partition]| Layout::read(&mut flash_with(table)).unwrap().settings;
    let [nvs, otadata, phy, ota_0, ota_1, ..] = DEFAULT_TABLE;
    let table = [nvs, otadata, phy, ota_0, ota_1];
    assert_eq!(settings(&table), Some(Region { offset: 0x9000, size: 0x4000 }));
    let keys = Partition::new("nvs_key", DATA, NVS_KEYS, 0x3D_0000, 0x1000);
    assert_eq!(settings(&[nvs, otadata, phy, ota_0, ota_1, keys]), None);
    let own = Partition { label: "my_nvs", ..nvs };
    assert_eq!(settings(&[own, otadata, phy, ota_0, ota_1]), None, "another one is somebody's own");
    assert_eq!(settings(&[otadata, phy, ota_0, ota_1]), None);
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
    // The bootloader refuses the table for a partition that no update needs, and counts a slot that is there twice.
    assert_eq!(
        with(|table| table.push(Partition::new("logs", DATA, 0x40, 0x3F_0000, 0x2_0000))),
        Err(TableError::Layout)
    );
    assert_eq!(
        with(|table| table.push(Partition::new("again", APP, OTA_0, 0x10_0000, 0x1_0000))),
        Err(TableError::Slots)
    );
    assert_eq!(Layout::read(&mut Nor::blank(4 << 20).unwrap()), Err(TableError::Missing));
    // Behind the MD5 nothing may follow, and there has to be an end.
    let mut longer = flash_with(&DEFAULT_TABLE);
    longer.overwrite(TABLE_OFFSET + 32 * 8, &[0xAA, 0x50]).unwrap();
    assert_eq!(Layout::read(&mut longer), Err(TableError::Corrupt));
    let mut endless = Nor::blank(4 << 20).unwrap();
    for (offset, entry) in (TABLE_OFFSET..TABLE_OFFSET + 0xC00).step_by(32).zip(0_u32..) {
        let kind = if entry < 7 { DEFAULT_TABLE.get(entry as usize).copied() } else { None };
        let partition = kind.unwrap_or(Partition::new("data", DATA, 0x40, 0x3F_0000, 0x1000));
        endless.overwrite(offset, &partition_table(&[partition]).unwrap()[..32]).unwrap();
    }
    assert_eq!(Layout::read(&mut endless), Err(TableError::Corrupt));
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

/// An image for this chip, changed, with checksum and digest made right again.
fn resealed(chip: Chip, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut image = DemoImage { chip, size: 8 << 10, ..DemoImage::default() }.build().unwrap();
    let end = image.len() - 32;
    let (first, second) = (32, 40 + word(&image, 28) as usize);
    let data = |image: &[u8]| {
        let of =
            |at: usize| image[at..at + word(image, at - 4) as usize].iter().fold(0, |sum, byte| sum ^ byte);
        of(first) ^ of(second)
    };
    let before = data(&image);
    change(&mut image);
    image[end - 1] ^= before ^ data(&image);
    let digest = Sha256::digest(&image[..end]);
    image[end..].copy_from_slice(&digest);
    image
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Addresses around every border that a chip's memory map has, in their pages or not.
fn address() -> impl Strategy<Value = u32> {
    let borders = [
        0x3C00_0000,
        0x3C40_0000,
        0x3C80_0000,
        0x3E00_0000,
        0x3F00_0000,
        0x3F40_0000,
        0x3F80_0000,
        0x3FF8_0000,
        0x4000_0000,
        0x4008_0000,
        0x400D_0000,
        0x4040_0000,
        0x4080_0000,
        0x4200_0000,
        0x4240_0000,
        0x4280_0000,
        0x4300_0000,
        0x4400_0000_u32,
    ];
    let pages = prop::sample::select(vec![0, 0x2000, 0x4000, 0x8000, 0x1_0000, 0xFFFF_E000, 0xFFFF_0000]);
    let within = prop::sample::select(vec![0_u32, 4, 0x20, 0x24]);
    (prop::sample::select(borders.to_vec()), pages, within)
        .prop_map(|(border, page, within)| border.wrapping_add(page).wrapping_add(within))
}

#[test]
fn a_misplaced_segment_is_named() {
    let later = resealed(Chip::Esp32C3, |image| {
        let at = 32 + word(image, 28) as usize;
        image[at..at + 4].copy_from_slice(&0x4200_0000_u32.to_le_bytes());
    });
    assert_eq!(scan(&later, 4096).unwrap_err(), ImageError::Misplaced { segment: 1 });
    let first = resealed(Chip::Esp32C3, |image| image[24] += 4);
    let mut head = ImageScan::new();
    assert_eq!(head.push(&first[..HEAD_LEN]).unwrap_err(), ImageError::Misplaced { segment: 0 });
}

proptest! {
    /// Where the segments lie, how large a page is, for which revisions: on every chip the updater takes what the
    /// bootloader would start, and nothing else.
    #[test]
    fn updater_and_bootloader_agree_on_places_and_revisions(
        chip in prop::sample::select(Chip::ALL.to_vec()),
        addresses in (prop::option::of(address()), address()),
        page in prop_oneof![Just(0_u8), 12..=17_u8],
        revisions in prop::sample::select(vec![(0, 0), (0, u16::MAX), (3, u16::MAX), (100, 199), (5, 0), (0, 3)]),
        revision in prop::sample::select(vec![0_u16, 3, 4, 100, 199, 200, 301]),
    ) {
        let image = resealed(chip, |image| {
            if let Some(address) = addresses.0 {
                image[24..28].copy_from_slice(&address.to_le_bytes());
            }
            let second = 32 + word(image, 28) as usize;
            let offset = second as u32 + 8;
            let address = (addresses.1 & !0x3F) | (offset & 0x1FFF);
            image[second..second + 4].copy_from_slice(&address.to_le_bytes());
            image[15..17].copy_from_slice(&u16::to_le_bytes(revisions.0));
            image[17..19].copy_from_slice(&u16::to_le_bytes(revisions.1));
            image[212] = page;
        });
        let table = table_with(2, 0x1_0000);
        let mut nor = factory_flash(capacity_for(&table), &table, &image).unwrap();
        let slot = Region { offset: 0x1_0000, size: 0x1_0000 };
        let accepted = verify_slot(&mut nor, slot).is_ok_and(|info| info.head.revisions.admit(revision));
        let booted = boot(&mut nor, Bootloader::Stock, Silicon { chip, revision }).unwrap();
        prop_assert_eq!(accepted, booted.place() == Some(AppPlace::Slot(0)));
    }

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
