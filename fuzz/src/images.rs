//! Images to put into slots.

use std::sync::OnceLock;

use skylift_simulator::demo_image::{DemoImage, MIN_SIZE};

/// The smallest demo image, which every bootloader of an ESP32-C3 boots.
///
/// # Panics
/// It cannot be made.
#[must_use]
pub fn good() -> &'static [u8] {
    static GOOD: OnceLock<Vec<u8>> = OnceLock::new();
    GOOD.get_or_init(|| DemoImage { size: MIN_SIZE, ..DemoImage::default() }.build().expect("a demo image"))
}
