//! What the bootloader asks of an image and of the partition table.

use skylift_protocol::Chip;
use skylift_simulator::bootloader::{AppPlace, BootResult, Bootloader, boot};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::layout::{self, APP, DATA, OTA_0, OTADATA, Partition, TABLE_OFFSET};
use skylift_simulator::nor::Nor;
use skylift_updater::SECTOR;

use super::{APPS_OFFSET, OTADATA_OFFSET, SLOT_SIZE, entry, flash, good, name, rehashed};

/// Boots once from a flash with `image` in ota_1, selected, and a good one in ota_0: was it taken?
fn takes(image: &[u8]) -> bool {
    let mut nor = flash("0:good 1:blank");
    nor.overwrite(OTADATA_OFFSET, &entry("2:VALID", 0)).unwrap();
    nor.overwrite(APPS_OFFSET + SLOT_SIZE, image).unwrap();
    boot(&mut nor, Bootloader::Stock, Chip::Esp32C3).unwrap().place() == Some(AppPlace::Slot(1))
}

#[test]
fn every_byte_of_an_image_matters() {
    let image = good();
    assert!(takes(&image));
    for at in (0..image.len()).filter(|&at| at < 400 || at % 37 == 0 || at + 60 > image.len()) {
        let mut flipped = image.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(!takes(&flipped), "byte {at}");
    }
}

#[test]
fn image_rules() {
    let checked = |change: &dyn Fn(&mut [u8])| takes(&rehashed(good(), change));
    assert!(checked(&|_| {}));
    assert!(!checked(&|image| image[0] = 0xE8), "magic");
    assert!(!checked(&|image| image[1] = 17), "segments");
    assert!(!checked(&|image| image[28] += 2), "length of a segment not in words");
    assert!(!checked(&|image| image[31] = 1), "a segment of 16 MiB");
    assert!(!checked(&|image| image[24] += 4), "mapped at another place in its page than it lies in flash");
    assert!(checked(&|image| image[2] = 0), "the flash mode is not looked at");
    assert!(checked(&|image| image[15] = 199), "made for a chip of this revision or later");
    assert!(!checked(&|image| image[15] = 200), "made for a later chip");
    assert!(!checked(&|image| image[17..19].copy_from_slice(&[198, 0])), "made for earlier chips");
    assert!(checked(&|image| image[17..19].copy_from_slice(&[199, 0])), "made for chips up to this one");
}

/// An image of these segments, all zeros and loaded to RAM, with checksum and digest.
fn assembled(lengths: &[u32]) -> Vec<u8> {
    let mut image = good()[..24].to_vec();
    image[1] = lengths.len() as u8;
    for &len in lengths {
        image.extend(0x3FC8_0000_u32.to_le_bytes());
        image.extend(len.to_le_bytes());
        image.resize(image.len() + len as usize, 0);
    }
    image.resize(image.len() / 16 * 16 + 15, 0);
    image.push(0xEF);
    image.extend([0; 32]);
    rehashed(image, |_| {})
}

#[test]
fn segment_rules() {
    assert!(takes(&assembled(&[256])));
    assert!(takes(&assembled(&[256, 0, 4])));
    assert!(!takes(&assembled(&[252, 256])), "the first must have room for the app descriptor");
    assert!(!takes(&assembled(&[256, 6])), "lengths are whole words");
    assert!(takes(&assembled(&[256; 16])));
    assert!(!takes(&assembled(&[256; 17])), "16 segments are the most");
    assert!(takes(&assembled(&[])), "none at all are not looked for");
}

#[test]
fn the_efuse_block_revision_counts_but_on_the_first_chip() {
    for (least, most, expected) in [(199, 0, true), (200, 0, false), (0, 198, false), (0xFFFF, 0xFFFF, true)]
    {
        for (chip, expected) in [(Chip::Esp32C3, expected), (Chip::Esp32, true)] {
            let image = DemoImage { chip, size: 6000, ..DemoImage::default() }.build().unwrap();
            let image = with_checksum(image, |image| {
                image[208..210].copy_from_slice(&u16::to_le_bytes(least));
                image[210..212].copy_from_slice(&u16::to_le_bytes(most));
            });
            let mut nor = flash("0:blank 1:blank");
            nor.overwrite(APPS_OFFSET, &image).unwrap();
            let booted = boot(&mut nor, Bootloader::Stock, chip).unwrap().place().is_some();
            assert_eq!(booted, expected, "{least} to {most} on {chip}");
        }
    }
}

/// Changes data of a segment and makes checksum and digest right again.
fn with_checksum(image: Vec<u8>, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    rehashed(image, |image| {
        let sum = |image: &[u8]| image.iter().fold(0, |sum, byte| sum ^ byte);
        let before = sum(image);
        change(image);
        image[image.len() - 33] ^= before ^ sum(image);
    })
}

/// The digest is optional, and its flag is any value but zero.
#[test]
fn an_image_without_digest_is_checked_by_its_checksum() {
    let mut image = good();
    image[23] = 0;
    image.truncate(image.len() - 32);
    assert!(takes(&image));
    image[5000] ^= 1;
    assert!(!takes(&image));
}

#[test]
fn the_descriptor_counts_where_it_chooses_the_page_size() {
    for (chip, needed) in [(Chip::Esp32C3, false), (Chip::Esp32C6, true), (Chip::Esp32S3, false)] {
        let image = DemoImage { chip, size: 6000, ..DemoImage::default() }.build().unwrap();
        let image = with_checksum(image, |image| image[32] ^= 1);
        let mut nor = flash("0:blank 1:blank");
        nor.overwrite(APPS_OFFSET, &image).unwrap();
        let booted = boot(&mut nor, Bootloader::Stock, chip).unwrap().place().is_some();
        assert_eq!(booted, !needed, "{chip}");
    }
}

#[test]
fn an_image_must_fit_its_partition() {
    let image = DemoImage { size: SLOT_SIZE, ..DemoImage::default() }.build().unwrap();
    assert_eq!(image.len(), SLOT_SIZE as usize);
    assert!(takes(&image));
    let image = DemoImage { size: SLOT_SIZE + 16, ..DemoImage::default() }.build().unwrap();
    let mut nor = flash("0:blank 1:blank");
    nor.overwrite(APPS_OFFSET, &image).unwrap();
    assert_eq!(boot(&mut nor, Bootloader::Stock, Chip::Esp32C3).unwrap().place(), None);
}

#[test]
fn every_chip_boots_its_own_image_only() {
    for &chip in Chip::ALL {
        let image = DemoImage { chip, size: 5000, ..DemoImage::default() }.build().unwrap();
        let mut nor = flash("0:blank 1:blank");
        nor.overwrite(APPS_OFFSET, &image).unwrap();
        for &other in Chip::ALL.iter().chain(&[Chip::Unknown]) {
            let booted = boot(&mut nor.clone(), Bootloader::Stock, other).unwrap().place().is_some();
            assert_eq!(booted, chip == other, "an image for {chip} on {other}");
        }
    }
}

/// A way to break a table.
type Break = fn(&mut [u8; 0xC00]);

#[test]
fn a_broken_table_boots_nothing() {
    let breaks: [(&str, Break); 6] = [
        ("blank", |table| table.fill(0xFF)),
        ("sum", |table| table[12] ^= 1),
        ("magic", |table| table[32] = 0xAB),
        ("no end", |table| table[0x80..].fill(0xEB)),
        ("beyond the flash", |table| {
            table[4..8].copy_from_slice(&0x7_FFFF_u32.to_le_bytes());
            table[0x60..].fill(0xFF);
        }),
        ("wraps", |table| {
            table[4..8].fill(0xFF);
            table[0x60..].fill(0xFF);
        }),
    ];
    for (name, change) in breaks {
        let mut nor = flash("0:good 1:good");
        let offset = TABLE_OFFSET as usize;
        let mut table: [u8; 0xC00] = nor.bytes()[offset..offset + 0xC00].try_into().unwrap();
        change(&mut table);
        nor.overwrite(TABLE_OFFSET, &table).unwrap();
        let result = boot(&mut nor, Bootloader::Stock, Chip::Esp32C3).unwrap();
        assert_eq!(result, BootResult::NothingBootable { wrote: vec![] }, "{name}");
    }
    assert_eq!(
        boot(&mut Nor::blank(0x1000).unwrap(), Bootloader::Stock, Chip::Esp32C3).unwrap().place(),
        None
    );
}

/// Old tables have no MD5; without otadata the factory app comes first, then the slots upwards.
#[test]
fn tables_without_sum_or_otadata_work() {
    let mut nor = flash("f:blank 0:good");
    let mut table: [u8; 0xC00] = nor.bytes()[0x8000..0x8C00].try_into().unwrap();
    table[0x60..].fill(0xFF);
    nor.overwrite(TABLE_OFFSET, &table).unwrap();
    assert_eq!(name(&boot(&mut nor, Bootloader::Stock, Chip::Esp32C3).unwrap()), "ota_0");
    table.copy_within(0x20.., 0);
    nor.overwrite(TABLE_OFFSET, &table).unwrap();
    let result = boot(&mut nor, Bootloader::Stock, Chip::Esp32C3).unwrap();
    assert_eq!((name(&result).as_str(), result.wrote()), ("ota_0", &[][..]));
}

#[test]
fn otadata_of_one_sector_boots_nothing() {
    let mut nor = flash("0:good 1:good");
    let table = [
        Partition::new("otadata", DATA, OTADATA, OTADATA_OFFSET, SECTOR),
        Partition::new("ota_0", APP, OTA_0, APPS_OFFSET, SLOT_SIZE),
    ];
    nor.overwrite(TABLE_OFFSET, &layout::partition_table(&table).unwrap()).unwrap();
    assert_eq!(boot(&mut nor, Bootloader::Stock, Chip::Esp32C3).unwrap().place(), None);
}
