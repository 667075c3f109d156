//! Boards at their real pace, and apps to be flashed.

use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::serial::{Board, BoardConfig, Pace};
use skylift_simulator::{FactoryFlash, FlashSource};

/// Bytes of an app, about those of the firmware that comes along.
const SIZE: u32 = 832 << 10;

/// An app; another one for another number. It shrinks as little as code does.
pub fn app(number: u32) -> Vec<u8> {
    DemoImage { version: format!("{number}.0.0"), size: SIZE, ..DemoImage::default() }.build().unwrap()
}

/// A board that runs an app from its first slot, and waits for a download.
pub fn flashed(app: &[u8]) -> Board {
    let mut config =
        BoardConfig::new(FlashSource::Factory(FactoryFlash::new(app.to_vec(), Default::default())));
    config.pace = Pace::Real;
    let board = Board::plug_in(config).unwrap();
    board.hold_boot_and_reset();
    board
}
