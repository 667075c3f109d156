//! What espflash and esptool say of a board, or a cable, with which something is wrong.

use espflash::Error;
use skylift_protocol::Chip;
use skylift_simulator::faults::FlashFault;
use skylift_simulator::serial::{GoodFor, Noise, SerialFaults};
use tempfile::TempDir;

use crate::boards::{blank, blank_with, rubbish};
use crate::espflash::{Via, connect, try_connect, write};
use crate::esptool::{Esptool, file};

#[test]
fn cells_that_fail_are_found_by_the_digest() {
    let folder = TempDir::new().unwrap();
    let faults =
        SerialFaults { flash: FlashFault::Silent { operation: 5, seed: 1 }, ..SerialFaults::default() };
    let board = blank();
    let mut flasher = connect(&board, Via::Stub);
    board.set_faults(faults);
    let said = write(&mut flasher, 0, &rubbish(20_000)).unwrap_err();
    assert!(matches!(said, Error::VerifyFailed), "{said}");
    drop(flasher);
    board.hold_boot_and_reset();
    let Some(esptool) = Esptool::at(&board) else { return };
    let source = file(&folder, "source.bin", &[0x55; 20_000]);
    board.set_faults(faults);
    let said = esptool.fail(&["write-flash", "0", &source]);
    assert!(said.contains("MD5 of file does not match data in flash"), "{said}");
}

#[test]
fn another_chip_is_found() {
    let board = blank_with(Chip::Esp32C6);
    let Some(esptool) = Esptool::at(&board) else { return };
    let said = esptool.fail(&["--chip", "esp32c3", "read-mac"]);
    assert!(said.contains("This chip is ESP32-C6, not ESP32-C3"), "{said}");
}

#[test]
fn with_noise_no_wrong_flash_is_called_right() {
    let bytes = rubbish(20_000);
    let mut went_well = 0;
    for (seed, inside) in [(1, None), (2, None), (3, None), (4, Some(4000)), (5, Some(4000))] {
        let board = blank();
        board.set_faults(SerialFaults { noise: Some(Noise { seed, inside }), ..SerialFaults::default() });
        let done =
            try_connect(&board, Via::Stub, None).and_then(|mut flasher| write(&mut flasher, 0, &bytes));
        println!("seed {seed}: {done:?}");
        went_well += u32::from(done.is_ok());
        assert!(done.is_err() || board.flash()[..bytes.len()] == bytes, "seed {seed}");
    }
    // Else nothing was put to the test.
    assert!(went_well > 0);
}

#[test]
fn damage_inside_of_frames_is_told() {
    let board = blank();
    let mut flasher = connect(&board, Via::Stub);
    board.set_faults(SerialFaults {
        noise: Some(Noise { seed: 1, inside: Some(500) }),
        ..SerialFaults::default()
    });
    let said = write(&mut flasher, 0, &rubbish(50_000)).unwrap_err();
    assert!(matches!(said, Error::RomError(_) | Error::Connection(_) | Error::Flashing(_)), "{said:?}");
}

#[test]
fn a_lost_answer_is_told() {
    let board = blank();
    let mut flasher = connect(&board, Via::Stub);
    board.set_faults(SerialFaults { lose_answer: Some(2), ..SerialFaults::default() });
    let said = flasher.device_info().unwrap_err();
    assert!(format!("{said:?}").contains("Timeout"), "{said:?}");
}

#[test]
fn a_stall_is_told_and_ended_by_a_reset() {
    let board = blank();
    let mut flasher = connect(&board, Via::Stub);
    board.set_faults(SerialFaults { stall_at: Some(0), ..SerialFaults::default() });
    let said = flasher.device_info().unwrap_err();
    assert!(format!("{said:?}").contains("Timeout"), "{said:?}");
    drop(flasher);
    board.set_faults(SerialFaults::default());
    board.hold_boot_and_reset();
    connect(&board, Via::Stub);
}

#[test]
fn a_cable_that_comes_out_is_told() {
    let board = blank();
    let mut flasher = connect(&board, Via::Stub);
    board.set_faults(SerialFaults { vanish_at: Some(10_000), ..SerialFaults::default() });
    let said = write(&mut flasher, 0, &rubbish(50_000)).unwrap_err();
    assert!(!matches!(said, Error::VerifyFailed), "{said:?}");
    assert!(!board.is_plugged_in());
    assert!(serialport::new(board.path().to_string_lossy(), 115_200).open_native().is_err());
}

#[test]
fn a_rate_that_the_cable_is_not_good_for_is_found() {
    let board = blank();
    board.set_faults(SerialFaults {
        good_for: Some(GoodFor { baud: 230_400, every: 1000 }),
        ..SerialFaults::default()
    });
    let bytes = rubbish(50_000);
    let mut flasher = try_connect(&board, Via::Stub, Some(230_400)).unwrap();
    write(&mut flasher, 0, &bytes).unwrap();
    // Small commands get through most of the time, so the rate can be lowered again.
    flasher.change_baud(460_800).unwrap();
    assert!(write(&mut flasher, 0x1_0000, &bytes).is_err());
    flasher.change_baud(230_400).unwrap();
    write(&mut flasher, 0x1_0000, &bytes).unwrap();
    assert!(board.flash()[0x1_0000..0x1_0000 + 50_000] == bytes);
}
