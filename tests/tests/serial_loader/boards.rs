//! Boards, and what is written onto them.

use std::io::Read as _;
use std::time::{Duration, Instant};

use serialport::{SerialPort, TTYPort};
use skylift_protocol::Chip;
use skylift_simulator::FlashSource;
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::serial::{Board, BoardConfig};
use skylift_tests::devices::{fresh, image, short_times};
use skylift_tests::wait::{PATIENCE, until};

/// A board that was never flashed.
pub fn blank() -> Board {
    plug_in(BoardConfig::blank())
}

/// The same with another chip.
pub fn blank_with(chip: Chip) -> Board {
    let mut config = BoardConfig::blank();
    config.device.chip = chip;
    plug_in(config)
}

/// A board that has been flashed, and runs version 1.0.0.
pub fn flashed() -> Board {
    plug_in(BoardConfig::new(fresh().flash))
}

pub fn plug_in(mut config: BoardConfig) -> Board {
    config.device.node = short_times();
    Board::plug_in(config).unwrap()
}

/// All that a board has in its flash that runs this image, bootloader included.
pub fn whole_flash(version: &str, behaviour: Behaviour) -> Vec<u8> {
    let FlashSource::Factory(mut factory) = fresh().flash else {
        panic!("a fresh device has its first flash")
    };
    factory.image = image(version, behaviour);
    let config = BoardConfig::new(FlashSource::Factory(factory));
    // Read before the image could change anything in its flash.
    let board = Board::plug_in(config).unwrap();
    board.hold_boot_and_reset();
    let mut flash = board.flash();
    let blank_from = flash.iter().rposition(|&byte| byte != 0xFF).unwrap();
    flash.truncate((blank_from + 1).next_multiple_of(4096));
    flash
}

/// Bytes that cannot be compressed, the same each time.
pub fn rubbish(len: usize) -> Vec<u8> {
    let mut rng = fastrand::Rng::with_seed(7);
    std::iter::repeat_with(|| rng.u8(..)).take(len).collect()
}

/// Bytes that compress well.
pub fn text(len: usize) -> Vec<u8> {
    (0_u32..).flat_map(|number| format!("line {number} of a long text\n").into_bytes()).take(len).collect()
}

/// The board's port, open at this rate.
pub fn open(board: &Board, baud: u32) -> TTYPort {
    let port = serialport::new(board.path().to_string_lossy(), baud);
    port.timeout(Duration::from_millis(20)).open_native().unwrap()
}

/// Reads until the board has printed this; all that it has printed.
pub fn read_until(port: &mut TTYPort, wanted: &str) -> String {
    read(port, wanted, |said| said.contains(wanted))
}

/// Reads so many bytes at least.
pub fn read_some(port: &mut TTYPort, len: usize) -> String {
    read(port, "enough", |said| said.len() >= len)
}

fn read(port: &mut TTYPort, wanted: &str, is_enough: impl Fn(&str) -> bool) -> String {
    let mut said = Vec::new();
    let end = Instant::now() + PATIENCE;
    loop {
        let mut piece = [0; 512];
        let len = port.read(&mut piece).unwrap_or(0);
        said.extend_from_slice(&piece[..len]);
        let text = String::from_utf8_lossy(&said);
        if is_enough(&text) {
            return text.into_owned();
        }
        assert!(Instant::now() < end, "the board never says {wanted:?}, but: {text}");
    }
}

/// Waits until the cable is out.
pub fn until_gone(board: &Board) {
    until("the cable comes out", || (!board.is_plugged_in()).then_some(()));
}

/// Forgets what the board has said by now.
pub fn forget(port: &TTYPort) {
    port.clear(serialport::ClearBuffer::All).unwrap();
}
