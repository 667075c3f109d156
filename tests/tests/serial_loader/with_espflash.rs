//! What espflash's library does with a board.

use espflash::command::Command;
use espflash::target::Chip as EspflashChip;
use serde_json::Value;
use skylift::engine::{UpdateOptions, Verdict};
use skylift_protocol::Chip;
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::devices::image;
use skylift_tests::host::Host;
use skylift_tests::raw::status;

use crate::boards::{blank, blank_with, read_until, rubbish, text, whole_flash};
use crate::espflash::{Via, connect, write};

#[test]
fn it_knows_every_chip() {
    let chips = [
        (Chip::Esp32, EspflashChip::Esp32, (3, 1)),
        (Chip::Esp32S3, EspflashChip::Esp32s3, (0, 2)),
        (Chip::Esp32C3, EspflashChip::Esp32c3, (0, 4)),
        (Chip::Esp32C6, EspflashChip::Esp32c6, (0, 1)),
    ];
    for (chip, wanted, revision) in chips {
        for via in [Via::Rom, Via::Stub] {
            let board = blank_with(chip);
            let info = connect(&board, via).device_info().unwrap();
            assert_eq!((info.chip, info.revision), (wanted, Some(revision)), "{chip} {via:?}");
            assert_eq!(info.flash_size.size(), 4 << 20, "{chip} {via:?}");
            let mac = info.mac_address.unwrap().replace(':', "");
            assert_eq!(board.id(), format!("esp-{mac}"), "{chip} {via:?}");
        }
    }
}

#[test]
fn what_it_writes_is_in_the_flash() {
    for via in [Via::Rom, Via::Stub] {
        for bytes in [rubbish(70_000), text(70_000)] {
            let board = blank();
            let mut flasher = connect(&board, via);
            write(&mut flasher, 0x1_0000, &bytes).unwrap();
            let flash = board.flash();
            assert!(flash[0x1_0000..0x1_0000 + 70_000] == bytes, "{via:?}");
            assert!(flash[..0x1_0000].iter().all(|&byte| byte == 0xFF), "{via:?}");
            // The loader of the ROM sends whole kilobytes, and erases whole sectors.
            assert!(flash[0x1_0000 + 72_000..].iter().all(|&byte| byte == 0xFF), "{via:?}");
        }
    }
}

#[test]
fn an_unchanged_flash_is_not_sent_again() {
    let board = blank();
    let bytes = rubbish(200_000);
    let mut flasher = connect(&board, Via::Stub);
    let before = board.wire();
    write(&mut flasher, 0, &bytes).unwrap();
    let first = board.wire();
    assert!(first.bytes_in - before.bytes_in > 200_000, "{first:?}");
    write(&mut flasher, 0, &bytes).unwrap();
    let second = board.wire();
    assert!(second.bytes_in - first.bytes_in < 1000, "{first:?} {second:?}");
}

#[test]
fn what_it_flashes_boots_and_answers() {
    for via in [Via::Rom, Via::Stub] {
        let board = blank();
        let mut flasher = connect(&board, via);
        write(&mut flasher, 0, &whole_flash("3.2.1", Behaviour::Healthy)).unwrap();
        if via == Via::Stub {
            // The ROM's loader has ended with the download.
            flasher.connection().write_command(Command::RunUserCode).unwrap();
        }
        let said = status(board.device_address());
        assert_eq!(said["running"]["version"], Value::from("3.2.1"), "{said}");
        assert_eq!(said["id"], board.id(), "{said}");
    }
}

#[test]
fn what_it_flashes_takes_an_update_over_the_air_and_the_cable_shows_it() {
    let board = blank();
    let mut flasher = connect(&board, Via::Stub);
    write(&mut flasher, 0, &whole_flash("3.2.1", Behaviour::Healthy)).unwrap();
    flasher.connection().write_command(Command::RunUserCode).unwrap();
    let mut port = flasher.into_connection().into_serial();
    read_until(&mut port, "running skylift-demo 3.2.1");
    let host = Host::default();
    let job =
        host.begin_at(board.device_address(), &image("3.3.0", Behaviour::Healthy), UpdateOptions::default());
    assert_eq!(host.verdict(job).verdict, Some(Verdict::Validated));
    let said = read_until(&mut port, "validated: ");
    assert!(said.contains("rst:0x3 (RTC_SW_SYS_RST)"), "{said}");
    assert!(said.contains("running skylift-demo 3.3.0"), "{said}");
    assert_eq!(status(board.device_address())["running"]["slot"], 1);
}

#[test]
fn it_erases_and_reads() {
    let board = blank();
    let bytes = rubbish(0x6000);
    let mut flasher = connect(&board, Via::Stub);
    write(&mut flasher, 0x2000, &bytes).unwrap();
    flasher.erase_region(0x3000, 0x1000).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("read.bin");
    flasher.read_flash(0x2000, 0x6000, 0x1000, 1, file.clone()).unwrap();
    let mut wanted = bytes;
    wanted[0x1000..0x2000].fill(0xFF);
    assert!(std::fs::read(file).unwrap() == wanted);
    flasher.erase_flash().unwrap();
    assert!(board.flash().iter().all(|&byte| byte == 0xFF));
}
