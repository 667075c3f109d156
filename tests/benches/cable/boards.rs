//! Boards at their real pace, and apps to be flashed.

use sha2::{Digest as _, Sha256};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::serial::{Board, BoardConfig, Pace};
use skylift_simulator::{FactoryFlash, FlashSource};

/// Bytes of an app, about those of the firmware that comes along.
const SIZE: u32 = 832 << 10;

/// An app; another one for another number. It shrinks as little as code does.
pub fn app(number: u32) -> Vec<u8> {
    DemoImage { version: format!("{number}.0.0"), size: SIZE, ..DemoImage::default() }.build().unwrap()
}

/// The same app, built again: what its descriptor says of the build is another, and one text of the same length.
pub fn rebuilt(number: u8) -> Vec<u8> {
    let mut elf_sha256 = [0; 32];
    elf_sha256[31] = number;
    let demo = DemoImage { size: SIZE, elf_sha256: Some(elf_sha256), ..DemoImage::default() };
    let mut image = demo.build().unwrap();
    let sealed = image.len() - 32;
    image[SIZE as usize / 2] ^= number;
    // The checksum before the digest is over all of it.
    image[sealed - 1] ^= number;
    let digest = Sha256::digest(&image[..sealed]);
    image[sealed..].copy_from_slice(&digest);
    image
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
