//! What the loaders refuse, and with which codes.

use skylift_simulator::serial::{BoardConfig, Security};

use crate::boards::{blank, plug_in};
use crate::bytes::{Hand, OK_ROM, OK_STUB, words};

const FLASH_BEGIN: u8 = 0x02;
const FLASH_DATA: u8 = 0x03;
const FLASH_END: u8 = 0x04;
const READ_REG: u8 = 0x0A;
const READ_FLASH_SLOW: u8 = 0x0E;
const DEFL_BEGIN: u8 = 0x10;
const DEFL_DATA: u8 = 0x11;
const MD5: u8 = 0x13;
const ERASE_REGION: u8 = 0xD1;
const READ_FLASH: u8 = 0xD2;

/// Behind the last byte of the flash.
const BEYOND: u32 = 4 << 20;

#[test]
fn the_rom_tells_what_is_wrong_with_a_block() {
    let board = blank();
    let mut hand = Hand::at(&board);
    assert_eq!(hand.block(FLASH_DATA, 0, &[1; 64]), [1, 6, 0, 0], "nothing was begun");
    assert_eq!(hand.command(FLASH_BEGIN, &words(&[0x1000, 4, 0x400, 0, 0])), OK_ROM);
    assert_eq!(hand.block_with(FLASH_DATA, 0, &[1; 0x400], 0x11), [1, 7, 0, 0], "a wrong checksum");
    assert_eq!(hand.block(FLASH_DATA, 1, &[1; 0x400]), [1, 6, 0, 0], "the first block is missing");
    assert!(board.flash()[..0x1000].iter().all(|&byte| byte == 0xFF), "nothing of that was written");
    assert_eq!(hand.block(FLASH_DATA, 0, &[1; 0x400]), OK_ROM);
    assert_eq!(hand.block(FLASH_DATA, 0, &[1; 0x400]), [1, 6, 0, 0], "the same block again");
}

#[test]
fn the_stub_tells_what_is_wrong_with_a_block() {
    let board = blank();
    let mut hand = Hand::with_stub(&board);
    assert_eq!(hand.block(FLASH_DATA, 0, &[1; 64]), [0xC6, 0], "nothing was begun");
    assert_eq!(hand.command(FLASH_BEGIN, &words(&[0x1000, 1, 0x8000, 0])), [0xC2, 0], "too large a block");
    assert_eq!(hand.command(FLASH_BEGIN, &words(&[0x1000, 4, 0x400, 0])), OK_STUB);
    assert_eq!(hand.block_with(FLASH_DATA, 0, &[1; 0x400], 0x11), [0xC1, 0], "a wrong checksum");
    assert_eq!(hand.command(FLASH_END, &words(&[1])), [0xC8, 0], "not all has come");
    assert_eq!(hand.command(DEFL_BEGIN, &words(&[0x1000, 1, 0x400, 0])), OK_STUB);
    assert_eq!(hand.block(DEFL_DATA, 0, &[0xFF; 0x400]), OK_STUB, "it is acknowledged first");
    assert_eq!(hand.block(DEFL_DATA, 1, &[0xFF; 0x400]), [0xC7, 0], "the one before was not packed");
    assert_eq!(hand.block(DEFL_DATA, 1, &[0xFF; 0x400]), [0xC7, 0], "and nothing is taken any more");
}

#[test]
fn what_came_of_the_last_block_is_told_at_the_end() {
    let board = blank();
    let mut hand = Hand::with_stub(&board);
    let end = |hand: &mut Hand| hand.command(FLASH_END, &words(&[1]));
    assert_eq!(hand.command(FLASH_BEGIN, &words(&[0x400, 1, 0x400, 0])), OK_STUB);
    assert_eq!(hand.block(FLASH_DATA, 0, &[7; 0x400]), OK_STUB);
    assert_eq!(end(&mut hand), OK_STUB);
    assert_eq!(board.flash()[..0x400], [7; 0x400]);
    assert_eq!(end(&mut hand), [0xC6, 0], "nothing is under way any more");
    // Two bytes that claim to be packed in a way that there is none of; so nothing comes out of them.
    assert_eq!(hand.command(DEFL_BEGIN, &words(&[0, 1, 0x400, 0x1000])), OK_STUB);
    assert_eq!(hand.block(DEFL_DATA, 0, &[0xFF; 2]), OK_STUB);
    assert_eq!(end(&mut hand), [0xC7, 0]);
}

#[test]
fn nothing_is_done_beyond_the_flash() {
    let board = blank();
    let mut hand = Hand::at(&board);
    assert_eq!(hand.command(FLASH_BEGIN, &words(&[0x2000, 8, 0x400, BEYOND - 0x1000, 0])), [1, 6, 0, 0]);
    assert_eq!(hand.command(MD5, &words(&[BEYOND - 1, 2, 0, 0])), [1, 6, 0, 0]);
    assert_eq!(hand.command(READ_FLASH_SLOW, &words(&[BEYOND - 1, 2, 0, 0])), [1, 9, 0, 0]);
    assert_eq!(hand.command(READ_FLASH_SLOW, &words(&[0, 65, 0, 0])), [1, 10, 0, 0], "64 bytes are the most");
    drop(hand);
    let mut hand = Hand::with_stub(&board);
    assert_eq!(hand.command(ERASE_REGION, &words(&[BEYOND, 0x1000])), [0xC4, 0]);
    assert_eq!(hand.command(ERASE_REGION, &words(&[0x800, 0x1000])), [0xC0, 0], "no whole sector");
    assert_eq!(hand.command(READ_FLASH, &words(&[u32::MAX, 0x1000, 0x1000, 1])), [0xC4, 0]);
}

#[test]
fn unknown_and_malformed_commands_are_answered() {
    let board = blank();
    let mut hand = Hand::at(&board);
    assert_eq!(hand.command(0x55, &[]), [1, 5, 0, 0]);
    assert_eq!(hand.command(ERASE_REGION, &words(&[0, 0x1000])), [1, 5, 0, 0], "only the stub knows it");
    assert_eq!(hand.command(READ_REG, &words(&[1, 2])), [1, 5, 0, 0]);
    // It says that there are four bytes.
    hand.send_frame(&[0, READ_REG, 4, 0, 0, 0, 0, 0, 1]);
    assert_eq!(hand.status(READ_REG), [1, 5, 0, 0]);
    // These are no commands: the answer is the next one's.
    hand.send_frame(&[1; 12]);
    hand.send_frame(&[0]);
    assert_eq!(hand.command(READ_REG, &words(&[0])), OK_ROM);
    drop(hand);
    let mut hand = Hand::with_stub(&board);
    assert_eq!(hand.command(0x55, &[]), [0xFF, 0]);
}

#[test]
fn a_chip_with_secured_downloads_shows_no_memory() {
    let security = Security { secure_download: true, ..Security::default() };
    let board = plug_in(BoardConfig { security, ..BoardConfig::blank() });
    let mut hand = Hand::at(&board);
    assert_eq!(hand.command(READ_REG, &words(&[0x4000_1000])), [1, 5, 0, 0]);
    assert_eq!(hand.command(MD5, &words(&[0, 16, 0, 0])), [1, 5, 0, 0]);
    assert_eq!(hand.command(FLASH_BEGIN, &words(&[0x1000, 4, 0x400, 0, 0])), OK_ROM, "it can be written");
}
