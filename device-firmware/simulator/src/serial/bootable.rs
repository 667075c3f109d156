//! Whether a chip would start what its flash holds: its bootloader, and by that an app.

use skylift_protocol::Chip;

use crate::bootloader::{self, BootResult};
use crate::config::DeviceConfig;
use crate::demo_image::DemoImage;
use crate::layout::TABLE_OFFSET;
use crate::nor::Nor;

/// Bytes of the header of an image, and of one of its segments.
const HEADER_LEN: usize = 24;
const SEGMENT_HEADER_LEN: usize = 8;
/// The first byte of an image.
const MAGIC: u8 = 0xE9;
/// What each entry of a partition table begins with.
const TABLE_MAGIC: [u8; 2] = [0xAA, 0x50];
/// No bootloader has more segments, or is larger.
const MAX_SEGMENTS: u8 = 16;
const MAX_LEN: usize = 0x1_0000;
/// Bytes of the bootloader that stands in for a real one.
const STAND_IN_LEN: u32 = 16 << 10;

/// What keeps a chip from starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// Its ROM finds no bootloader, but this word.
    NoBootloader(u32),
    /// Its bootloader finds no app.
    NoApp,
}

/// Where the ROM looks for the bootloader.
pub(super) const fn bootloader_offset(chip: Chip) -> u32 {
    match chip {
        Chip::Esp32 | Chip::Esp32S2 => 0x1000,
        _ => 0,
    }
}

/// What keeps the chip from starting, if anything does. The flash is only looked at.
pub(super) fn obstacle(nor: &Nor, config: &DeviceConfig) -> Option<Obstacle> {
    let at = bootloader_offset(config.chip) as usize;
    let bytes = nor.bytes().get(at..).unwrap_or_default();
    if !is_bootloader(bytes.get(..MAX_LEN).unwrap_or(bytes), config.chip) {
        let word = bytes.first_chunk().map_or(u32::MAX, |word| u32::from_le_bytes(*word));
        return Some(Obstacle::NoBootloader(word));
    }
    match bootloader::boot(&mut nor.clone(), config.bootloader, config.silicon()) {
        Ok(BootResult::NothingBootable { .. }) => Some(Obstacle::NoApp),
        // A power cut that is planned strikes when it really boots.
        Ok(BootResult::Booted { .. }) | Err(_) => None,
    }
}

/// What the ROM checks: magic, chip, and the checksum over all segments.
fn is_bootloader(bytes: &[u8], chip: Chip) -> bool {
    let Some((header, mut rest)) = bytes.split_first_chunk::<HEADER_LEN>() else { return false };
    let its_chip = u16::from_le_bytes([header[12], header[13]]);
    if header[0] != MAGIC || Some(its_chip) != chip.image_id() || !(1..=MAX_SEGMENTS).contains(&header[1]) {
        return false;
    }
    let mut sum = 0xEF;
    for _ in 0..header[1] {
        let Some((head, more)) = rest.split_first_chunk::<SEGMENT_HEADER_LEN>() else { return false };
        let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let Some((data, more)) = more.split_at_checked(len) else { return false };
        sum = data.iter().fold(sum, |sum, byte| sum ^ byte);
        rest = more;
    }
    // The checksum ends the 16 bytes in which the last segment does.
    let at = (bytes.len() - rest.len()) / 16 * 16 + 15;
    bytes.get(at) == Some(&sum)
}

/// Puts a bootloader before a partition table that has none, as flashes made for devices without a cable have it. It is
/// no real one: what it would do is the model's.
pub(super) fn stand_in(nor: &mut Nor, chip: Chip) {
    let offset = bootloader_offset(chip);
    let has =
        |at: u32, wanted: &[u8]| nor.bytes().get(at as usize..).is_some_and(|it| it.starts_with(wanted));
    let is_missing = has(offset, &[0xFF; HEADER_LEN]) && has(TABLE_OFFSET, &TABLE_MAGIC);
    let image = DemoImage {
        chip,
        project: "bootloader".to_owned(),
        version: "stand-in".to_owned(),
        size: STAND_IN_LEN,
        ..DemoImage::default()
    };
    if let (true, Ok(image)) = (is_missing, image.foreign()) {
        // It ends before the table.
        let _ = nor.overwrite(offset, &image);
    }
}
