//! How a chip gets into download mode and out of it, and what it prints on the way.

use espflash::command::Command;
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::serial::BoardConfig;
use skylift_simulator::{FactoryFlash, FlashSource};
use skylift_tests::devices::{demo, fresh};
use skylift_tests::raw::status;

use crate::boards::{blank, flashed, forget, open, plug_in, read_until, until_gone, whole_flash};
use crate::espflash::{Via, connect, write};
use crate::esptool::Esptool;

#[test]
fn a_blank_board_waits_for_a_download() {
    let board = blank();
    let said = read_until(&mut open(&board, 115_200), "waiting for download");
    assert!(said.contains("ESP-ROM:esp32c3") && said.contains("invalid header: 0xffffffff"), "{said}");
    board.press_reset();
    connect(&board, Via::Rom);
}

#[test]
fn a_board_without_its_bootloader_does_not_start() {
    let board = blank();
    let mut flash = whole_flash("1.0.0", Behaviour::Healthy);
    flash[0x100] ^= 1;
    write(&mut connect(&board, Via::Stub), 0, &flash).unwrap();
    board.press_reset();
    let mut port = open(&board, 115_200);
    read_until(&mut port, "invalid header");
    // With it, but without a partition table, the bootloader complains.
    flash[0x100] ^= 1;
    flash[0x8000..0x9000].fill(0xFF);
    drop(port);
    write(&mut connect(&board, Via::Stub), 0, &flash).unwrap();
    board.press_reset();
    read_until(&mut open(&board, 115_200), "No bootable app partitions");
}

#[test]
fn the_buttons_lead_into_download_mode_and_back() {
    let board = flashed();
    assert_eq!(status(board.device_address())["running"]["version"], "1.0.0");
    let mut port = open(&board, 115_200);
    board.hold_boot_and_reset();
    let said = read_until(&mut port, "waiting for download");
    assert!(said.contains("boot:0x4 (DOWNLOAD"), "{said}");
    assert!(std::net::TcpStream::connect(board.device_address()).is_err(), "its program does not run");
    drop(port);
    connect(&board, Via::Stub);
    board.press_reset();
    assert_eq!(status(board.device_address())["id"], board.id());
}

#[test]
fn every_way_out_of_the_loader_starts_the_program() {
    let board = flashed();
    let again = |how: &str| {
        let mut port = open(&board, 115_200);
        read_until(&mut port, "running skylift-demo 1.0.0");
        println!("{how}: it runs");
        forget(&port);
        board.hold_boot_and_reset();
        read_until(&mut port, "waiting for download");
    };
    again("plugged in");
    connect(&board, Via::Stub).connection().write_command(Command::RunUserCode).unwrap();
    again("RUN_USER_CODE");
    let end = Command::FlashEnd { reboot: false };
    connect(&board, Via::Rom).connection().command(end).unwrap();
    again("FLASH_END in ROM");
    if let Some(esptool) = Esptool::at(&board) {
        esptool.run_and_leave("watchdog-reset", &["read-mac"]);
        again("the watchdog");
    }
    connect(&board, Via::Rom)
        .connection()
        .command(Command::MemEnd { no_entry: false, entry: 0x4038_0000 })
        .unwrap();
    again("MEM_END without a stub");
}

#[test]
fn a_stub_that_ends_leads_back_into_rom() {
    let board = flashed();
    board.hold_boot_and_reset();
    let mut flasher = connect(&board, Via::Stub);
    let begin =
        Command::FlashBegin { size: 0, blocks: 0, block_size: 0x400, offset: 0, supports_encryption: false };
    flasher.connection().command(begin).unwrap();
    flasher.connection().command(Command::FlashEnd { reboot: true }).unwrap();
    drop(flasher);
    read_until(&mut open(&board, 115_200), "waiting for download");
    connect(&board, Via::Stub);
}

#[test]
fn a_panic_is_printed_as_the_chip_prints_it() {
    let FlashSource::Factory(factory) = fresh().flash else { panic!("a fresh device has its first flash") };
    let crash = skylift_simulator::demo_image::DemoImage {
        elf_sha256: Some([7; 32]),
        ..demo("1.0.0", Behaviour::Crash)
    };
    let flash = FlashSource::Factory(FactoryFlash { image: crash.build().unwrap(), ..factory });
    let board = plug_in(BoardConfig::new(flash));
    let said = read_until(&mut open(&board, 115_200), "restarting");
    let panic = said.split("sensor bus does not answer").nth(1).unwrap();
    assert!(panic.contains("program.rs:") && panic.matches("\n0x4038").count() == 3, "{said}");
}

#[test]
fn a_cable_comes_out_and_in() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("port");
    let board = plug_in(BoardConfig { link: Some(link.clone()), ..BoardConfig::new(fresh().flash) });
    assert_eq!(board.path(), link);
    read_until(&mut open(&board, 115_200), "running");
    board.unplug();
    until_gone(&board);
    assert!(std::net::TcpStream::connect(board.device_address()).is_err(), "it has no power");
    assert!(serialport::new(link.to_string_lossy(), 115_200).open_native().is_err());
    board.plug().unwrap();
    read_until(&mut open(&board, 115_200), "running");
    assert_eq!(status(board.device_address())["reset_reason"], "power_on");
    drop(board);
    assert!(!link.is_symlink());
}
