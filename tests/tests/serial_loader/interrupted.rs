//! What a flash holds after a download that was cut off: what NOR flash can hold.

use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::serial::SerialFaults;

use crate::boards::{blank, rubbish, until_gone};
use crate::bytes::{Hand, OK_ROM, OK_STUB, words};
use crate::espflash::{Via, connect, write};

const FLASH_BEGIN: u8 = 0x02;
const FLASH_DATA: u8 = 0x03;
const FLASH_END: u8 = 0x04;

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0xFF)
}

#[test]
fn the_rom_has_erased_all_of_it_and_written_what_came() {
    let board = blank();
    write(&mut connect(&board, Via::Stub), 0, &[0; 0x2_0000]).unwrap();
    board.hold_boot_and_reset();
    let mut hand = Hand::at(&board);
    assert_eq!(hand.command(FLASH_BEGIN, &words(&[0x1_8000, 96, 0x400, 0, 0])), OK_ROM);
    let piece = rubbish(0x400);
    assert_eq!(hand.block(FLASH_DATA, 0, &piece), OK_ROM);
    board.unplug();
    let flash = board.flash();
    assert!(flash[..0x400] == piece);
    assert!(is_blank(&flash[0x400..0x1_8000]), "it erases first");
    assert!(flash[0x1_8000..0x2_0000].iter().all(|&byte| byte == 0), "and no more than that");
}

#[test]
fn the_stub_erases_as_it_goes() {
    let board = blank();
    write(&mut connect(&board, Via::Stub), 0, &[0; 0x4_0000]).unwrap();
    board.hold_boot_and_reset();
    let mut hand = Hand::with_stub(&board);
    assert_eq!(hand.command(FLASH_BEGIN, &words(&[0x3_0000, 48, 0x1000, 0])), OK_STUB);
    for number in 0..17 {
        assert_eq!(hand.block(FLASH_DATA, number, &rubbish(0x1000)), OK_STUB);
    }
    board.unplug();
    let flash = board.flash();
    assert!(flash[..0x1000] == rubbish(0x1000) && flash[0x1_0000..0x1_1000] == rubbish(0x1000));
    assert!(is_blank(&flash[0x1_1000..0x2_0000]), "blocks of 64 KiB are erased at once");
    assert!(flash[0x2_0000..0x4_0000].iter().all(|&byte| byte == 0), "and only when they are needed");
}

#[test]
fn programs_only_clear_bits() {
    let board = blank();
    let mut hand = Hand::with_stub(&board);
    // Written twice; the erase between fails in some cells.
    assert_eq!(hand.command(FLASH_BEGIN, &words(&[0x1000, 1, 0x1000, 0x1000])), OK_STUB);
    assert_eq!(hand.block(FLASH_DATA, 0, &[0b1010_1010; 0x1000]), OK_STUB);
    assert_eq!(hand.command(FLASH_END, &words(&[1])), OK_STUB, "it has been programmed");
    let before = board.flash();
    board.set_faults(SerialFaults {
        flash: FlashFault::Silent { operation: 0, seed: 3 },
        ..SerialFaults::default()
    });
    assert_eq!(hand.command(FLASH_BEGIN, &words(&[0x1000, 1, 0x1000, 0x1000])), OK_STUB);
    assert_eq!(hand.block(FLASH_DATA, 0, &[0b0101_1111; 0x1000]), OK_STUB);
    assert_eq!(hand.command(FLASH_END, &words(&[1])), OK_STUB);
    let after = board.flash();
    let was_not_erased: Vec<_> = (0x1000..0x2000).filter(|&at| after[at] != 0b0101_1111).collect();
    assert!(!was_not_erased.is_empty(), "the erase was to fail");
    assert!(was_not_erased.iter().all(|&at| after[at] & !0b0101_1111 == 0), "a program sets no bit");
    let missing = |at: usize| 0b0101_1111 & !after[at];
    assert!(
        was_not_erased.iter().all(|&at| missing(at) & before[at] == 0),
        "and clears only what it is told to"
    );
}

#[test]
fn a_power_cut_leaves_a_torn_write_and_a_board_that_starts_anew() {
    let board = blank();
    let mut flasher = connect(&board, Via::Stub);
    let moment = Moment::Inside;
    board.set_faults(SerialFaults {
        flash: FlashFault::PowerCut { operation: 100, moment, seed: 1 },
        ..SerialFaults::default()
    });
    let bytes = rubbish(0x1_0000);
    assert!(write(&mut flasher, 0, &bytes).is_err());
    let flash = board.flash();
    let right = flash.iter().zip(&bytes).take_while(|(cell, byte)| cell == byte).count();
    // One operation is the erase; the others are pages.
    assert!((98 * 256..100 * 256).contains(&right), "{right}");
    assert!(is_blank(&flash[100 * 256..]));
    drop(flasher);
    write(&mut connect(&board, Via::Stub), 0, &bytes).unwrap();
    assert!(board.flash()[..0x1_0000] == bytes);
}

#[test]
fn a_cable_that_comes_out_leaves_what_was_written() {
    let board = blank();
    let mut flasher = connect(&board, Via::Stub);
    board.set_faults(SerialFaults { vanish_at: Some(100_000), ..SerialFaults::default() });
    let bytes = rubbish(200_000);
    assert!(write(&mut flasher, 0, &bytes).is_err());
    until_gone(&board);
    let flash = board.flash();
    let right = flash.iter().zip(&bytes).take_while(|(cell, byte)| cell == byte).count();
    assert!((0x1_4000..100_000).contains(&right), "{right}");
    drop(flasher);
    board.plug().unwrap();
    write(&mut connect(&board, Via::Stub), 0, &bytes).unwrap();
    assert!(board.flash()[..200_000] == bytes);
}
