//! A board is read: what it is, what its flash holds, and nothing of its secrets.

use skylift::usb::Work;
use skylift::usb::board::{Board as Facts, Contents, Depth, RollsBack};
use skylift::usb::flash::{Plan, Refusal, Target, Wish, set_boot, write};
use skylift_protocol::Chip;
use skylift_simulator::FlashSource;
use skylift_simulator::serial::{Board, BoardConfig, Security};

use crate::boards::{Heard, blank, bundled, demo, expect, facts, link, plan};

/// A board with the demo of a version in `ota_0`, left in its loader.
pub fn flashed(version: &str) -> (Board, skylift::usb::wire::Link) {
    let board = blank();
    let mut link = link(&board);
    let plan = plan(&demo(version, 70_000), &facts(&mut link));
    write(&plan, &mut link, &mut Work::unwatched()).unwrap();
    (board, link)
}

#[test]
fn a_blank_board_is_blank() {
    let board = blank();
    let facts = facts(&mut link(&board));
    let holds = facts.holds.as_ref().unwrap();
    assert!(facts.is_blank() && holds.table.is_err() && holds.slots.is_empty() && facts.boots().is_none());
    assert_eq!((facts.chip(), facts.identity.flash_size), (Chip::Esp32C3, 4 << 20));
    assert!(facts.identity.is_simulated());
    let mac = facts.identity.mac.unwrap().replace(':', "");
    assert_eq!(board.id(), format!("esp-{mac}"));
    assert_eq!(facts.flash_chip.unwrap().to_string(), "GigaDevice");
    assert_eq!(facts.security, skylift::usb::wire::Security::default());
}

#[test]
fn one_byte_that_is_not_erased_is_not_blank() {
    let board = blank();
    let mut link = link(&board);
    link.write(skylift::usb::Step::App, 0x2F_0000, b"here", &mut Work::unwatched()).unwrap();
    let facts = facts(&mut link);
    assert!(!facts.is_blank() && facts.table().is_none());
}

#[test]
fn what_was_flashed_is_read() {
    let (_board, mut link) = flashed("1.2.3");
    let facts = Facts::read(&mut link, Depth::Whole, &mut Work::unwatched()).unwrap();
    let holds = facts.holds.as_ref().unwrap();
    let bootloader = holds.bootloader.as_ref().unwrap();
    assert_eq!(bootloader.rolls_back, RollsBack::No);
    assert!(bootloader.version.as_ref().unwrap().starts_with("v6.1"));
    assert_eq!(facts.table().unwrap().partitions.len(), 7);
    let slot = facts.boots().unwrap();
    let image = slot.image().unwrap();
    assert_eq!((slot.partition.label.as_str(), image.version.as_str()), ("ota_0", "1.2.3"));
    assert_eq!(image.image_sha256, Some(demo("1.2.3", 70_000).app.image_sha256));
    assert_eq!(holds.slots[1].contents, Contents::Empty);
}

#[test]
fn only_what_is_asked_for_is_read() {
    let (board, mut link) = flashed("1.2.3");
    let (before, heard) = (board.wire(), Heard::default());
    Facts::read(&mut link, Depth::Heads, &mut heard.work()).unwrap();
    let read = board.wire().bytes_out - before.bytes_out;
    assert!(read < 100_000, "{read} bytes were read to look at a board");
    assert!(!heard.all().is_empty());
}

#[test]
fn a_damaged_app_boots_nowhere() {
    let (board, mut link) = flashed("1.2.3");
    let mut sector = board.flash()[0x1_8000..0x1_9000].to_vec();
    sector[9] ^= 1;
    link.write(skylift::usb::Step::App, 0x1_8000, &sector, &mut Work::unwatched()).unwrap();
    let facts = Facts::read(&mut link, Depth::Whole, &mut Work::unwatched()).unwrap();
    assert!(matches!(facts.holds.as_ref().unwrap().slots[0].contents, Contents::NoImage(_)));
    assert_eq!(facts.boots(), None);
}

#[test]
fn fuses_are_told() {
    for chip in [Chip::Esp32C3, Chip::Esp32] {
        let mut config = BoardConfig::blank();
        config.device.chip = chip;
        config.security = Security { secure_boot: true, flash_encryption: true, ..Security::default() };
        let board = Board::plug_in(config).unwrap();
        let facts = facts(&mut link(&board));
        assert!(facts.security.secure_boot && facts.security.flash_encryption, "{chip}");
    }
}

#[test]
fn a_board_that_shows_nothing_is_told_so_and_not_flashed() {
    let mut config = BoardConfig::blank();
    config.security = Security { secure_download: true, ..Security::default() };
    let board = Board::plug_in(config).unwrap();
    let facts = facts(&mut link(&board));
    assert!(facts.security.secure_download && facts.holds.is_none() && !facts.is_blank());
    let refusal = Plan::make(&bundled(), &Wish::default(), &Target::from(&facts)).unwrap_err();
    assert_eq!(refusal, Refusal::SecureDownload);
}

#[test]
fn every_board_that_can_be_simulated_is_read() {
    for chip in [Chip::Esp32, Chip::Esp32S3, Chip::Esp32C6] {
        let mut config = BoardConfig::new(FlashSource::Blank(8 << 20));
        config.device.chip = chip;
        let board = Board::plug_in(config).unwrap();
        let facts = facts(&mut link(&board));
        assert_eq!((facts.chip(), facts.identity.flash_size), (chip, 8 << 20));
        assert!(facts.is_blank() && facts.identity.mac.is_some());
    }
}

#[test]
fn another_slot_is_made_to_boot() {
    let (board, mut link) = flashed("1.0.0");
    let second = demo("2.0.0", 70_000);
    let next = plan(&second, &facts(&mut link));
    assert_eq!(next.app.label, "ota_1");
    write(&next, &mut link, &mut Work::unwatched()).unwrap();
    assert_eq!(facts(&mut link).boots().unwrap().partition.label, "ota_1");
    set_boot(&mut link, "ota_0", &mut Work::unwatched()).unwrap();
    assert_eq!(facts(&mut link).boots().unwrap().partition.label, "ota_0");
    // The entry before is left alone: power may fail.
    let otadata = &board.flash()[0xD000..0xF000];
    assert_eq!((otadata[0], otadata[0x1000]), (2, 3));
    set_boot(&mut link, "ota_1", &mut Work::unwatched()).unwrap();
    assert_eq!(facts(&mut link).boots().unwrap().partition.label, "ota_1");
}

#[test]
fn no_slot_boots_that_holds_no_whole_app() {
    let (board, mut link) = flashed("1.0.0");
    let before = board.flash();
    for slot in ["ota_1", "nvs", "ota_7"] {
        let error = expect(set_boot(&mut link, slot, &mut Work::unwatched()), |error| {
            matches!(error, skylift::usb::UsbError::NotFlashed(_))
        });
        assert!(error.to_string().contains(slot), "{error}");
    }
    assert!(board.flash() == before);
}
