//! A board on a cable: the chip's own loader, behind a pseudo-terminal without reset lines.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use skylift::image::bundled::BundledFirmware;
use skylift::usb::wire::{After, Approach, Before, Link, Loader};
use skylift::usb::{Cancel, Step, Told, Work};
use skylift_protocol::Chip;
use skylift_tests::wait::until;
use tempfile::TempDir;

use crate::board::Board;
use crate::firmware::as_version;
use crate::laptop::{Laptop, Way};
use crate::process::Process;
use crate::qemu::Qemu;

/// No board is left in its loader for longer.
const LONGEST: Duration = Duration::from_mins(10);
/// Bytes of its flash.
const FLASH: usize = 4 << 20;

/// A board that waits in its loader.
struct Waiting {
    folder: TempDir,
    port: String,
    power: Process,
}

impl Waiting {
    fn with_flash(qemu: &Qemu, flash: &[u8]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let told = folder.path().join("told");
        std::fs::write(Self::flash_in(&folder), flash).unwrap();
        let mut command = qemu.in_download_mode(&Self::flash_in(&folder), File::create(&told).unwrap());
        let power = Process::start(&mut command, LONGEST);
        let port = until("the name of its serial line", || port_in(&told));
        Self { folder, port, power }
    }

    fn flash_in(folder: &TempDir) -> PathBuf {
        folder.path().join("flash.bin")
    }

    /// Lets go of BOOT, and switches it off.
    fn switch_off(self) -> Vec<u8> {
        let Self { folder, power, .. } = self;
        drop(power);
        std::fs::read(Self::flash_in(&folder)).unwrap()
    }
}

/// `char device redirected to /dev/pts/3 (label serial0)`
fn port_in(told: &Path) -> Option<String> {
    let told = std::fs::read_to_string(told).ok()?;
    let (_, after) = told.split_once("redirected to ")?;
    Some(after.split_once(' ')?.0.to_owned())
}

fn approach(port: &str, loader: Loader) -> Approach {
    let by_hand = Approach { before: Before::NoReset, after: After::NoReset, ..Approach::new(port) };
    Approach { loader, ..by_hand }
}

fn is_read_written_and_erased(loader: Loader) {
    let Some(qemu) = Qemu::find() else { return };
    let board = Waiting::with_flash(&qemu, &[0xA5; FLASH]);
    let mut work = Work::new(Cancel::default(), |told| {
        if let Told::Note(note) = told {
            println!("{note}");
        }
    });
    let mut link = Link::connect(&approach(&board.port, loader), &mut work).unwrap();
    let identity = link.identity().unwrap();
    assert_eq!((identity.name.as_str(), identity.flash_size), ("ESP32-C3", FLASH as u32), "{identity:?}");
    let bytes: Vec<u8> = (0..0x1_8000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let written = link.write(Step::App, 0x1_0000, &bytes, &mut work).unwrap();
    assert_eq!((written.bytes, written.unchanged), (bytes.len() as u64, 0));
    let again = link.write(Step::App, 0x1_0000, &bytes, &mut work).unwrap();
    assert_eq!(again.unchanged, bytes.len() as u64);
    assert!(link.read(Step::Read, 0x1_0000, bytes.len() as u32, &mut work).unwrap() == bytes);
    link.erase(0x2_0000, 0x1000, &mut work).unwrap();
    assert!(link.read(Step::Read, 0x2_0000, 0x1000, &mut work).unwrap() == [0xFF; 0x1000]);
    assert!(link.read(Step::Read, 0x2_1000, 0x100, &mut work).unwrap() == bytes[0x1_1000..0x1_1100]);
    link.leave(&mut work).unwrap();
}

#[test]
fn the_stub_reads_writes_and_erases() {
    is_read_written_and_erased(Loader::Stub);
}

#[test]
fn the_loader_in_rom_reads_writes_and_erases() {
    is_read_written_and_erased(Loader::Rom);
}

/// As somebody does it who has a new board: one command, and it is on the network, and obeys its owner alone.
#[test]
fn a_blank_board_is_flashed_set_up_and_updated_over_the_air() {
    let Some(qemu) = Qemu::find() else { return };
    let (laptop, blank) = (Laptop::new(), Waiting::with_flash(&qemu, &[0xFF; FLASH]));
    let mut flash = laptop.command("flash");
    flash.args(["--port", &blank.port, "--before", "no-reset", "--after", "no-reset"]);
    flash.args(["--name", "bench", "--wifi", &qemu.ssid, "--open", "--no-wait", "--yes"]);
    flash.stdout(Stdio::inherit()).stderr(Stdio::inherit());
    assert!(Process::start(&mut flash, LONGEST).wait().success());

    let mut board = Board::with_flash(&qemu, &blank.switch_off());
    board.switch_on();
    let status = board.await_status("the board is on the network", |_| true);
    assert_eq!((&status["name"], &status["access"]), (&json!("bench"), &json!("paired")), "{status}");
    let bundled = BundledFirmware::of(Chip::Esp32C3).unwrap().image().unwrap();
    let newer = as_version(&bundled.bytes, "99.0.0");
    laptop.update(&board, &newer, Way::Pull).expect(0, "validated", None);
}
