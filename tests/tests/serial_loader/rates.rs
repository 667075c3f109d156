//! Rates: a chip that speaks at another one than the host is not understood.

use serialport::SerialPort as _;
use skylift_simulator::serial::{BoardConfig, Connector};

use crate::boards::{blank, flashed, forget, open, plug_in, read_some, read_until};
use crate::espflash::{Via, connect, try_connect};

#[test]
fn the_rom_measures_the_hosts_rate() {
    let board = blank();
    let mut flasher = try_connect(&board, Via::Rom, Some(921_600)).unwrap();
    assert_eq!(flasher.connection().baud().unwrap(), 921_600);
    drop(flasher);
    // It has been told one since, and keeps to that.
    assert!(try_connect(&board, Via::Rom, None).is_err());
    board.hold_boot_and_reset();
    connect(&board, Via::Rom);
}

#[test]
fn a_host_that_forgets_to_follow_hears_rubbish() {
    let board = blank();
    let mut flasher = connect(&board, Via::Stub);
    flasher.change_baud(460_800).unwrap();
    flasher.connection().set_baud(115_200).unwrap();
    assert!(flasher.connection().read_reg(0x4000_1000).is_err());
    flasher.connection().set_baud(460_800).unwrap();
    assert_eq!(flasher.connection().read_reg(0x4000_1000).unwrap(), 0x1B31_506F);
}

#[test]
fn the_chips_own_usb_has_no_rate() {
    let board = plug_in(BoardConfig { connector: Connector::NativeUsb, ..BoardConfig::blank() });
    let mut flasher = connect(&board, Via::Stub);
    flasher.change_baud(460_800).unwrap();
    flasher.connection().set_baud(115_200).unwrap();
    assert_eq!(flasher.connection().read_reg(0x4000_1000).unwrap(), 0x1B31_506F);
}

#[test]
fn a_program_speaks_at_the_first_rate() {
    let board = flashed();
    let mut port = open(&board, 921_600);
    forget(&port);
    board.press_reset();
    let rubbish = read_some(&mut port, 200);
    assert!(!rubbish.contains("ESP-ROM"), "{rubbish}");
    port.set_baud_rate(115_200).unwrap();
    board.press_reset();
    read_until(&mut port, "running skylift-demo 1.0.0");
}
