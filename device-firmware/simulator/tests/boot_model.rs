//! The boot model against the documented behaviour of ESP-IDF's bootloader, a line a case.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a failed unwrap is a failed test")]

#[path = "boot_model/checks.rs"]
mod checks;

use skylift_protocol::Chip;
use skylift_simulator::bootloader::{AppPlace, BootResult, Bootloader, boot, sequence_crc, state};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::layout::{self, APP, DATA, FACTORY, OTA_0, OTADATA, Partition, TABLE_OFFSET, TEST};
use skylift_simulator::nor::Nor;
use skylift_updater::{Flash, FlashError, SECTOR};

const OTADATA_OFFSET: u32 = 0xD000;
const APPS_OFFSET: u32 = 0x1_0000;
const SLOT_SIZE: u32 = 0x1_0000;

/// bootloader | entry 0, entry 1 | images | boots | entry 0, entry 1 afterwards
///
/// Entries: `sequence:STATE`, `!` for a wrong CRC, `-` for blank; entry 0 has a label of A0, entry 1 of B1 bytes, `*`
/// stands for a label of all ones. `=`: the sector is untouched. Images: `f` factory, `t` test, digits slots; those
/// not named are not in the table. `any` bootloader: both behave the same.
const ROWS: &[&str] = &[
    // emulator.md, table: ota_1 selected with sequence 2, read off flash afterwards.
    "stock    | 1:VALID   2:UNDEFINED      | 0:good 1:good          | ota_1   | = =",
    "stock    | 1:VALID   2:NEW            | 0:good 1:good          | ota_1   | = =",
    "stock    | 1:VALID   2:PENDING        | 0:good 1:good          | ota_1   | = =",
    "stock    | 1:VALID   2:VALID          | 0:good 1:good          | ota_1   | = =",
    "stock    | 1:VALID   2:INVALID        | 0:good 1:good          | ota_0   | = =",
    "stock    | 1:VALID   2:ABORTED        | 0:good 1:good          | ota_0   | = =",
    // The same table: the selected image is no good. otadata goes on selecting it.
    "any      | 1:VALID   2:VALID          | 0:good 1:blank         | ota_0   | = =",
    "any      | 1:VALID   2:VALID          | 0:good 1:flipped       | ota_0   | = =",
    "any      | 1:VALID   2:VALID          | 0:good 1:truncated     | ota_0   | = =",
    "any      | 1:VALID   2:VALID          | 0:good 1:bad-hash      | ota_0   | = =",
    "any      | 1:VALID   2:VALID          | 0:good 1:bad-checksum  | ota_0   | = =",
    "any      | 1:VALID   2:VALID          | 0:good 1:other-chip    | ota_0   | = =",
    "any      | 1:VALID   2:VALID          | 0:zeros 1:zeros        | nothing | = =",
    "any      | 1:VALID   2:VALID          | 0:blank 1:blank        | nothing | = =",
    // Blank otadata without factory: entry 0 is written for the slot that boots.
    "any      | -         -                | 0:good 1:good          | ota_0   | 1:VALID* =",
    "any      | -         -                | 0:good 1:blank         | ota_0   | 1:VALID* =",
    "any      | -         -                | 0:blank 1:good         | ota_1   | 2:VALID* =",
    "any      | -         -                | 0:blank 1:flipped      | nothing | = =",
    "any      | -         -                | 0:blank 1:blank 2:good | ota_2   | 3:VALID* =",
    // With factory: nothing is written, whatever boots.
    "any      | -         -                | f:good 0:good 1:good   | factory | = =",
    "any      | -         -                | f:flipped 0:good       | ota_0   | = =",
    "any      | -         -                | f:blank 0:blank 1:good | ota_1   | = =",
    // emulator.md: the state words of the second entry.
    "stock    | 1:VALID   2:0x00000000     | 0:good 1:good          | ota_1   | = =",
    "stock    | 1:VALID   2:0x00000001     | 0:good 1:good          | ota_1   | = =",
    "any      | 1:VALID   2:0x00000002     | 0:good 1:good          | ota_1   | = =",
    "any      | 1:VALID   2:0xFFFFFFFF     | 0:good 1:good          | ota_1   | = =",
    "any      | 1:VALID   2:0xFFFFFF02     | 0:good 1:good          | ota_1   | = =",
    "any      | 1:VALID   2:0xFFFFFF04     | 0:good 1:good          | ota_1   | = =",
    "any      | 1:VALID   2:0xFFFFFFFE     | 0:good 1:good          | ota_1   | = =",
    "any      | 1:VALID   2:0x00000003     | 0:good 1:good          | ota_0   | = =",
    "any      | 1:VALID   2:0x00000004     | 0:good 1:good          | ota_0   | = =",
    "any      | 1:VALID   2:0x00000005     | 0:good 1:good          | ota_1   | = =",
    "any      | 1:VALID   2:VALID!         | 0:good 1:good          | ota_0   | = =",
    // emulator.md: nothing left to select, but not blank either: ota_0, nothing rewritten.
    "any      | 1:ABORTED 2:ABORTED        | 0:good 1:good          | ota_0   | = =",
    "any      | -         2:ABORTED        | 0:good 1:good          | ota_0   | = =",
    "any      | 1:INVALID 2:ABORTED        | 0:good 1:good          | ota_0   | = =",
    "any      | 3:ABORTED 2:ABORTED        | 0:blank 1:good         | ota_1   | = =",
    "any      | 1:ABORTED 2:ABORTED        | f:good 0:good 1:good   | factory | = =",
    // Both invalid, neither with a CRC to believe: as if blank.
    "any      | 1:ABORTED! 2:ABORTED!      | 0:good 1:good          | ota_0   | 1:VALID* =",
    "any      | -         2:ABORTED!       | 0:blank 1:good         | ota_1   | 2:VALID* =",
    "any      | ones:VALID ones:NEW        | 0:good 1:good          | ota_0   | 1:VALID* =",
    // Not invalid, but no CRC right: all partitions from factory upwards, nothing written.
    "any      | 1:VALID!  2:VALID!         | 0:good 1:good          | ota_0   | = =",
    "any      | 1:VALID!  2:VALID!         | 0:blank 1:good         | ota_1   | = =",
    "any      | 1:VALID!  2:VALID!         | f:good 0:good 1:good   | factory | = =",
    "any      | -         2:UNDEFINED!     | 0:good 1:good          | ota_0   | = =",
    "any      | 1:ABORTED 2:NEW!           | 0:blank 1:good         | ota_1   | = =",
    // Which of two valid ones.
    "any      | 4:VALID   3:VALID          | 0:good 1:good          | ota_1   | = =",
    "any      | 3:VALID   2:UNDEFINED      | 0:good 1:good          | ota_0   | = =",
    "any      | 3:VALID   3:VALID          | 0:good 1:good          | ota_0   | = =",
    "any      | 5:VALID   -                | 0:good 1:good 2:good   | ota_1   | = =",
    "any      | -         6:VALID          | 0:good 1:good 2:good   | ota_2   | = =",
    "any      | 0:VALID   -                | 0:good 1:good          | ota_1   | = =",
    "any      | 0:VALID   -                | 0:good 1:good 2:good   | ota_0   | = =",
    "any      | 0xFFFFFFFE:VALID 7:VALID   | 0:good 1:good          | ota_1   | = =",
    // Downwards to factory first, then upwards, then the test app.
    "any      | 3:VALID   -                | f:good 0:good 1:good 2:blank        | ota_1   | = =",
    "any      | 3:VALID   -                | f:good 0:good 1:blank 2:blank       | ota_0   | = =",
    "any      | 2:VALID   -                | f:good 0:blank 1:blank 2:good       | factory | = =",
    "any      | 2:VALID   -                | f:blank 0:blank 1:blank 2:good      | ota_2   | = =",
    "any      | 1:VALID   -                | 0:blank 1:blank 2:good 3:good       | ota_2   | = =",
    "any      | 2:VALID   -                | f:blank 0:blank 1:blank 2:blank t:good | test | = =",
    "any      | -         -                | 0:blank 1:blank t:good | test    | = =",
    "any      | 1:VALID   -                | f:good                 | factory | = =",
    "any      | -         -                | f:blank                | nothing | = =",
    "any      | -         -                | t:good                 | test    | = =",
    // Slots 0 and 2 without 1 count as two, and only 0 and 1 can be reached.
    "any      | 2:VALID   -                | 0:good 2:good          | ota_0   | = =",
    "any      | 1:VALID   -                | 0:blank 2:good         | nothing | = =",
    // With rollback: NEW becomes PENDING, PENDING becomes ABORTED, labels carried over.
    "rollback | 1:VALID   2:NEW            | 0:good 1:good          | ota_1   | = 2:PENDING",
    "rollback | 1:VALID   2:PENDING        | 0:good 1:good          | ota_0   | = 2:ABORTED",
    "rollback | 1:VALID   2:VALID          | 0:good 1:good          | ota_1   | = =",
    "rollback | 1:VALID   2:UNDEFINED      | 0:good 1:good          | ota_1   | = =",
    "rollback | 1:VALID   2:INVALID        | 0:good 1:good          | ota_0   | = =",
    "rollback | 1:VALID   2:ABORTED        | 0:good 1:good          | ota_0   | = =",
    "rollback | 3:NEW     2:VALID          | 0:good 1:good          | ota_0   | 3:PENDING =",
    "rollback | 1:NEW     2:NEW            | 0:good 1:good          | ota_1   | = 2:PENDING",
    "rollback | 1:NEW     2:PENDING        | 0:good 1:good          | ota_0   | 1:PENDING 2:ABORTED",
    "rollback | 1:PENDING 2:VALID          | 0:good 1:good          | ota_1   | 1:ABORTED =",
    "rollback | 1:PENDING 2:NEW            | 0:good 1:good          | ota_1   | 1:ABORTED 2:PENDING",
    "rollback | 1:PENDING 2:PENDING        | 0:good 1:good          | ota_0   | 1:ABORTED 2:ABORTED",
    "rollback | 1:VALID   2:PENDING!       | 0:good 1:good          | ota_0   | = 2:ABORTED!",
    "rollback | 1:VALID   2:NEW!           | 0:good 1:good          | ota_0   | = =",
    "rollback | 1:VALID   2:NEW            | 0:good 1:flipped       | ota_0   | = 2:PENDING",
    "rollback | 1:VALID   2:NEW            | 0:blank 1:blank        | nothing | = 2:PENDING",
    "rollback | -         1:PENDING        | 0:good 1:good          | ota_0   | = 1:ABORTED",
    "rollback | -         2:PENDING!       | 0:good 1:good          | ota_0   | 1:VALID* 2:ABORTED!",
    "rollback | ones:PENDING -             | 0:good 1:good          | ota_0   | 1:VALID* =",
    "rollback | 1:NEW     2:PENDING        | f:good                 | factory | = 2:ABORTED",
    "rollback | -         2:PENDING        | f:good 0:good 1:good   | factory | = 2:ABORTED",
    "rollback | 3:NEW     3:NEW            | 0:good 1:good          | ota_0   | 3:PENDING =",
    "rollback | 3:VALID   3:NEW            | 0:good 1:good          | ota_0   | = =",
    // What Skylift leaves behind: aborted by clearing bits, validated by clearing bits.
    "rollback | 1:VALID   2:0xFFFFFF02     | 0:good 1:good          | ota_1   | = =",
    "rollback | 1:VALID   2:0xFFFFFF04     | 0:good 1:good          | ota_1   | = =",
];

#[test]
fn boots_as_documented() {
    for row in ROWS {
        let columns: Vec<&str> = row.split('|').map(str::trim).collect();
        let kinds = match columns[0] {
            "stock" => vec![Bootloader::Stock],
            "rollback" => vec![Bootloader::Rollback],
            _ => vec![Bootloader::Stock, Bootloader::Rollback],
        };
        for kind in kinds {
            check(row, kind, &columns);
        }
    }
}

/// ESP-IDF's own value: `esp_rom_crc32_le(UINT32_MAX, &seq, 4)` of a first update.
#[test]
fn crc_is_the_roms() {
    assert_eq!(sequence_crc(1), 0x4743_989A);
    assert_eq!(sequence_crc(2), 0x55F6_3774);
}

fn check(row: &str, kind: Bootloader, columns: &[&str]) {
    let mut nor = flash(columns[2]);
    for (number, text) in columns[1].split_whitespace().enumerate() {
        nor.overwrite(OTADATA_OFFSET + SECTOR * number as u32, &entry(text, number)).unwrap();
    }
    let before = nor.bytes().to_vec();
    let result = boot(&mut nor, kind, Chip::Esp32C3).unwrap();
    assert_eq!(name(&result), columns[3], "{kind:?}: {row}");
    let mut expected = before;
    let mut writes = 0;
    for (number, text) in columns[4].split_whitespace().enumerate() {
        if text == "=" {
            continue;
        }
        writes += 1;
        let start = (OTADATA_OFFSET + SECTOR * number as u32) as usize;
        expected[start..start + SECTOR as usize].fill(0xFF);
        expected[start..start + 32].copy_from_slice(&entry(text, number));
        let written = result.wrote().iter().rev().find(|write| usize::from(write.entry) == number).unwrap();
        assert_eq!(
            (written.sequence, written.state),
            (word(&entry(text, number), 0), word(&entry(text, number), 24))
        );
    }
    // A row of two steps on one entry would write it twice; `ones:PENDING` does, and is checked by its end.
    assert!(result.wrote().len() >= writes, "{kind:?}: {row}");
    assert!(result.wrote().len() == writes || row.contains("ones:PENDING"), "{kind:?}: {row}");
    assert!(nor.bytes() == expected, "{kind:?}: otadata afterwards differs: {row}");
}

fn name(result: &BootResult) -> String {
    match result.place() {
        Some(AppPlace::Slot(slot)) => format!("ota_{slot}"),
        Some(AppPlace::Factory) => "factory".to_owned(),
        Some(AppPlace::Test) => "test".to_owned(),
        None => "nothing".to_owned(),
    }
}

/// A flash with these images, blank otadata, 64 KiB for each app.
fn flash(images: &str) -> Nor {
    let mut table = vec![Partition::new("otadata", DATA, OTADATA, OTADATA_OFFSET, 2 * SECTOR)];
    let mut nor = Nor::blank(0x8_0000).unwrap();
    for (offset, text) in (APPS_OFFSET..).step_by(SLOT_SIZE as usize).zip(images.split_whitespace()) {
        let (place, image_name) = text.split_once(':').unwrap();
        let subtype = match place {
            "f" => FACTORY,
            "t" => TEST,
            slot => OTA_0 + slot.parse::<u8>().unwrap(),
        };
        table.push(Partition::new("app", APP, subtype, offset, SLOT_SIZE));
        nor.overwrite(offset, &image(image_name)).unwrap();
    }
    nor.overwrite(TABLE_OFFSET, &layout::partition_table(&table).unwrap()).unwrap();
    nor
}

fn good() -> Vec<u8> {
    DemoImage { size: 6000, ..DemoImage::default() }.build().unwrap()
}

fn image(name: &str) -> Vec<u8> {
    let mut image = good();
    let len = image.len();
    match name {
        "good" => {}
        "blank" => image.fill(0xFF),
        "zeros" => image.fill(0),
        "flipped" => image[4000] ^= 0x10,
        "truncated" => image[3000..].fill(0xFF),
        "bad-hash" => image[len - 1] ^= 1,
        "bad-checksum" => image = rehashed(image, |image| image[len - 33] ^= 1),
        "other-chip" => image = rehashed(image, |image| image[12] = 9),
        _ => panic!("no image is called {name}"),
    }
    image
}

/// Changes an image and makes its digest right again, so that nothing but the change is wrong.
fn rehashed(mut image: Vec<u8>, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    change(&mut image);
    let end = image.len() - 32;
    let digest = Sha256::digest(&image[..end]);
    image[end..].copy_from_slice(&digest);
    image
}

fn entry(text: &str, number: usize) -> [u8; 32] {
    if text == "-" {
        return [0xFF; 32];
    }
    let (text, label) = match text.strip_suffix('*') {
        Some(text) => (text, 0xFF),
        None => (text, [0xA0, 0xB1][number]),
    };
    let (text, crc_flaw) = match text.strip_suffix('!') {
        Some(text) => (text, 0x0100_0000),
        None => (text, 0),
    };
    let (sequence, state_word) = text.split_once(':').unwrap();
    let sequence = if sequence == "ones" { u32::MAX } else { number_of(sequence) };
    let state_word = match state_word {
        "NEW" => state::NEW,
        "PENDING" => state::PENDING_VERIFY,
        "VALID" => state::VALID,
        "INVALID" => state::INVALID,
        "ABORTED" => state::ABORTED,
        "UNDEFINED" => state::UNDEFINED,
        other => number_of(other),
    };
    let mut bytes = [label; 32];
    bytes[..4].copy_from_slice(&sequence.to_le_bytes());
    bytes[24..28].copy_from_slice(&state_word.to_le_bytes());
    bytes[28..].copy_from_slice(&(sequence_crc(sequence) ^ crc_flaw).to_le_bytes());
    bytes
}

fn number_of(text: &str) -> u32 {
    text.strip_prefix("0x").map_or_else(|| text.parse(), |hex| u32::from_str_radix(hex, 16)).unwrap()
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

#[test]
fn a_device_boots_as_it_leaves_the_cable() {
    let image = good();
    let capacity = layout::DEFAULT_CAPACITY;
    let nor = layout::factory_flash(capacity, &layout::DEFAULT_TABLE, &image).unwrap();
    for kind in [Bootloader::Stock, Bootloader::Rollback] {
        let mut nor = nor.clone();
        let expected =
            BootResult::Booted { place: AppPlace::Slot(0), offset: 0x1_0000, size: 0x1E_0000, wrote: vec![] };
        assert_eq!(boot(&mut nor, kind, Chip::Esp32C3), Ok(expected));
        assert_eq!(nor.operations(), 0);
    }
}

/// A cut in each of the bootloader's own operations: the boot fails, the next one finds an image again.
#[test]
fn power_cuts_inside_the_bootloader() {
    for (entries, operations) in [(["1:VALID", "2:NEW"], 2), (["1:PENDING", "2:NEW"], 4), (["-", "-"], 2)] {
        let mut nor = flash("0:good 1:good");
        for (number, text) in entries.iter().enumerate() {
            nor.overwrite(OTADATA_OFFSET + SECTOR * number as u32, &entry(text, number)).unwrap();
        }
        let mut whole = nor.clone();
        boot(&mut whole, Bootloader::Rollback, Chip::Esp32C3).unwrap();
        assert_eq!(whole.operations(), operations);
        for operation in 0..operations {
            for (moment, seed) in
                Moment::ALL.into_iter().flat_map(|moment| (0..20).map(move |seed| (moment, seed)))
            {
                let mut nor = nor.clone();
                nor.set_fault(FlashFault::PowerCut { operation, moment, seed });
                let fault = nor.fault();
                assert_eq!(boot(&mut nor, Bootloader::Rollback, Chip::Esp32C3), Err(FlashError), "{fault}");
                nor.power_on();
                let next = boot(&mut nor, Bootloader::Rollback, Chip::Esp32C3).unwrap();
                assert!(next.place().is_some(), "{fault}");
            }
        }
    }
}

#[test]
fn a_flash_without_power_is_an_error() {
    let mut nor = flash("0:good 1:good");
    nor.power_off();
    assert_eq!(boot(&mut nor, Bootloader::Stock, Chip::Esp32C3), Err(FlashError));
    assert_eq!(nor.read(0, &mut [0]), Err(FlashError));
}
