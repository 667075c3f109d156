//! A board on a cable: what is said of it, produced with the simulated one on its pseudo-terminal.

pub mod backups;
pub mod boards;
pub mod contact;
pub mod flash;
pub mod log;
pub mod ports;
pub mod settings;

use skylift::usb::backup::BackupError;
use skylift::usb::board::Table;
use skylift::usb::wire::{Approach, Link};
use skylift::usb::{Step, UsbError, Work};
use skylift_simulator::FlashSource;
use skylift_simulator::layout::DEFAULT_CAPACITY;
use skylift_simulator::serial::{Board, BoardConfig, Security};

use crate::table::Line;

/// What every port is called here.
const PORT: &str = "/dev/ttyUSB0";
/// An address that Espressif could have bought: the board is none of the simulator's, as far as can be told.
const MAC: [u8; 6] = [0xA0, 0xB1, 0xC2, 0x00, 0x00, 0x07];

fn port() -> String {
    PORT.to_owned()
}

/// A board in its loader.
fn plugged(config: BoardConfig) -> Board {
    let board = Board::plug_in(config).unwrap();
    board.hold_boot_and_reset();
    board
}

fn blank() -> Board {
    plugged(BoardConfig::with_mac(MAC, FlashSource::Blank(DEFAULT_CAPACITY)))
}

fn with_fuses(security: Security) -> Board {
    plugged(BoardConfig { security, ..BoardConfig::with_mac(MAC, FlashSource::Blank(DEFAULT_CAPACITY)) })
}

/// A board with a partition table, and nothing else.
fn with_table(table: &Table) -> Board {
    let board = blank();
    put(&mut link(&board), 0x8000, &table.bytes);
    board
}

fn put(link: &mut Link, offset: u32, bytes: &[u8]) {
    link.write(Step::PartitionTable, offset, bytes, &mut Work::unwatched()).unwrap();
}

fn approach(board: &Board) -> Approach {
    Approach::new(board.path().to_str().unwrap())
}

/// A link to its ROM's loader, whatever ran before.
fn link(board: &Board) -> Link {
    board.hold_boot_and_reset();
    Link::connect(&approach(board), &mut Work::unwatched()).unwrap()
}

/// An error of a board.
fn at(symptom: &'static str, board: &Board, error: &UsbError) -> Line {
    of(symptom, error).calling(board.path().to_str().unwrap(), PORT)
}

fn of(symptom: &'static str, error: &UsbError) -> Line {
    match error {
        UsbError::Backup(BackupError::Damaged { flaw, .. }) => Line::within(symptom, error, flaw),
        UsbError::Backup(part) => Line::within(symptom, error, part),
        UsbError::Monitor(part) => Line::within(symptom, error, part),
        UsbError::NotFlashed(part) => Line::within(symptom, error, part),
        error => Line::of(symptom, error),
    }
}
