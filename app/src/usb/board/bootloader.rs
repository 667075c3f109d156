//! The bootloader of a board: its version, and whether it rolls back.
//!
//! Format: the image format of ESP-IDF, behind whose first segment header lies `esp_bootloader_desc_t` since ESP-IDF 5.2.

use espflash::flasher::{FlashData, FlashMode, FlashSettings, FlashSize};
use espflash::image_format::idf::IdfBootloaderFormat;
use espflash::target::{Chip, XtalFrequency};
use sha2::{Digest as _, Sha256};
use skylift_protocol::Digest;

use super::reader::Reader;
use crate::usb::UsbError;
use crate::usb::wire::{Identity, mhz};

/// Bytes of the header of an image, and of one of its segments.
const HEADER: usize = 24;
const SEGMENT_HEADER: usize = 8;
const MAGIC: u8 = 0xE9;
const MAX_SEGMENTS: u8 = 16;
/// A bootloader ends where the partition table begins.
const MAX_BYTES: usize = 0x8000;
/// The first byte of its description, and where its version is in that.
const DESCRIPTION_MAGIC: u8 = 80;
const VERSION: std::ops::Range<usize> = 8..40;
/// What is set when it is flashed: mode, size and frequency of the flash, in the header.
const SETTINGS: std::ops::Range<usize> = 2..4;
const SHA256: usize = 32;

/// A bootloader, and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bootloader {
    /// Its bytes, digest included.
    pub size: u32,
    /// The version of ESP-IDF it was built with, if it says so.
    pub version: Option<String>,
    /// Whether it returns to the image before if a new one does not validate.
    pub rolls_back: RollsBack,
    /// The digest of all of it but what is set when it is flashed.
    pub sha256: Digest,
}

/// Whether a bootloader rolls back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollsBack {
    /// It is known not to.
    No,
    /// Whoever flashed it has said that it does.
    Recorded,
    /// Nobody knows this one.
    Unknown,
}

impl Bootloader {
    /// Reads the one of a board; `None` if there is none where the chip looks for it.
    pub(super) fn read(reader: &mut Reader<'_, '_>, identity: &Identity) -> Result<Option<Self>, UsbError> {
        let Some(offset) = boot_offset(identity.chip) else { return Ok(None) };
        let room = MAX_BYTES.min(MAX_BYTES - offset as usize + 0x1000);
        let head = reader.bytes(offset, HEADER + SEGMENT_HEADER)?;
        if head.first() != Some(&MAGIC) {
            return Ok(None);
        }
        let bytes = reader.bytes(offset, room)?;
        Ok(Self::of(&bytes, identity))
    }

    /// What is known of a bootloader for a chip; `None` if it is no complete one.
    #[must_use]
    pub fn of(bytes: &[u8], identity: &Identity) -> Option<Self> {
        let whole = bytes.get(..length(bytes)?)?;
        let (hashed, digest) = whole.split_at_checked(whole.len() - SHA256)?;
        if Sha256::digest(hashed)[..] != *digest {
            return None;
        }
        let ours = [None, Some(FlashMode::Qio)];
        let is_ours =
            ours.into_iter().filter_map(|mode| bundled(identity, identity.flash_size, mode)).any(|ours| {
                let (ours, it) = (without_settings(&ours), without_settings(whole));
                ours.is_some() && ours == it
            });
        Some(Self {
            size: u32::try_from(whole.len()).unwrap_or(u32::MAX),
            version: version(whole),
            rolls_back: if is_ours { RollsBack::No } else { RollsBack::Unknown },
            sha256: without_settings(whole)?,
        })
    }
}

impl Bootloader {
    /// Its owner says that it rolls back; of one that is known not to, that is not believed.
    pub(super) fn recorded(self) -> Self {
        match self.rolls_back {
            RollsBack::Unknown => Self { rolls_back: RollsBack::Recorded, ..self },
            RollsBack::No | RollsBack::Recorded => self,
        }
    }
}

/// Where the ROM of a chip looks for it.
pub(crate) fn boot_offset(chip: skylift_protocol::Chip) -> Option<u32> {
    Chip::try_from(chip.image_id()?).ok().map(|chip| chip.boot_address())
}

/// MHz of the crystal that boards with this chip usually have.
pub(in crate::usb) fn usual_crystal(chip: skylift_protocol::Chip) -> u32 {
    let chip = chip.image_id().and_then(|id| Chip::try_from(id).ok());
    mhz(chip.map_or(XtalFrequency::_40Mhz, |chip| chip.default_xtal_frequency()))
}

/// The bootloader that espflash brings along, set for this board; `None` if it has none for its chip.
///
/// It is built of ESP-IDF 6.1, and does not roll back.
pub(in crate::usb) fn bundled(
    identity: &Identity,
    flash_size: u32,
    mode: Option<FlashMode>,
) -> Option<Vec<u8>> {
    let chip = Chip::try_from(identity.chip.image_id()?).ok()?;
    let crystal = match identity.crystal {
        26 => XtalFrequency::_26Mhz,
        32 => XtalFrequency::_32Mhz,
        48 => XtalFrequency::_48Mhz,
        _ => XtalFrequency::_40Mhz,
    };
    let revision =
        identity.revision.map_or(0, |(major, minor)| u16::try_from(major * 100 + minor).unwrap_or(0));
    let settings = FlashSettings::new(mode, espflash_size(flash_size), None);
    let data = FlashData::new(settings, revision, None, chip, crystal);
    let program = empty_program();
    let made = IdfBootloaderFormat::new(&program, &data, None, None, None, None).ok()?;
    made.flash_segments().next().map(|segment| segment.data.into_owned())
}

/// The size as espflash counts; of odd ones, what fits.
fn espflash_size(bytes: u32) -> Option<FlashSize> {
    use FlashSize::{_1Mb, _2Mb, _4Mb, _8Mb, _16Mb, _32Mb, _64Mb, _128Mb};
    let known = [_128Mb, _64Mb, _32Mb, _16Mb, _8Mb, _4Mb, _2Mb, _1Mb];
    known.into_iter().find(|size| size.size() <= bytes)
}

/// espflash makes a bootloader only along with a program: an ELF with nothing in it.
fn empty_program() -> Vec<u8> {
    let mut elf = vec![0; 52];
    let fields: [(usize, &[u8]); 6] = [
        (0, &[0x7F, b'E', b'L', b'F', 1, 1, 1]),
        // An executable for RISC-V; espflash asks neither.
        (16, &[2, 0, 0xF3, 0]),
        (20, &[1, 0, 0, 0]),
        (40, &[52, 0]),
        (42, &[32, 0]),
        (46, &[40, 0]),
    ];
    for (at, bytes) in fields {
        if let Some(field) = elf.get_mut(at..at + bytes.len()) {
            field.copy_from_slice(bytes);
        }
    }
    elf
}

/// Bytes of an image, its digest included; `None` if it is none, or longer than a bootloader may be.
fn length(bytes: &[u8]) -> Option<usize> {
    let segments = *bytes.get(1)?;
    if bytes.first() != Some(&MAGIC) || segments == 0 || segments > MAX_SEGMENTS {
        return None;
    }
    let mut at = HEADER;
    for _ in 0..segments {
        let length = bytes.get(at + 4..at + SEGMENT_HEADER)?.try_into().map(u32::from_le_bytes).ok()?;
        at = at.checked_add(SEGMENT_HEADER)?.checked_add(length as usize)?;
        if at > bytes.len() {
            return None;
        }
    }
    // A byte of checksum ends a row of 16.
    Some((at + 1).next_multiple_of(16) + SHA256).filter(|&end| end <= bytes.len())
}

fn version(whole: &[u8]) -> Option<String> {
    let description = whole.get(HEADER + SEGMENT_HEADER..)?;
    if description.first() != Some(&DESCRIPTION_MAGIC) {
        return None;
    }
    let text = description.get(VERSION)?.split(|&byte| byte == 0).next()?;
    std::str::from_utf8(text).ok().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn without_settings(whole: &[u8]) -> Option<Digest> {
    let mut hashed = whole.get(..whole.len().checked_sub(SHA256)?)?.to_vec();
    hashed.get_mut(SETTINGS)?.fill(0);
    Some(Digest(Sha256::digest(hashed).into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(chip: skylift_protocol::Chip) -> Identity {
        Identity {
            chip,
            name: String::new(),
            revision: Some((0, 4)),
            mac: None,
            crystal: usual_crystal(chip),
            features: Vec::new(),
            flash_size: 4 << 20,
        }
    }

    #[test]
    fn the_bundled_ones_are_known_whatever_flash_they_are_set_for() {
        for chip in skylift_protocol::Chip::ALL {
            let board = identity(*chip);
            for size in [2 << 20, 4 << 20, 16 << 20] {
                let bytes = bundled(&board, size, None).unwrap_or_else(|| panic!("{chip}"));
                let known = Bootloader::of(&bytes, &board).unwrap_or_else(|| panic!("{chip}"));
                assert_eq!(known.rolls_back, RollsBack::No, "{chip}");
                assert!(known.version.unwrap().starts_with("v6.1"), "{chip}");
                assert_eq!(known.size as usize, bytes.len(), "{chip}");
            }
        }
    }

    #[test]
    fn another_one_is_unknown_and_damage_is_none() {
        let board = identity(skylift_protocol::Chip::Esp32C3);
        let mut bytes = bundled(&board, 4 << 20, None).unwrap();
        bytes[0x200] ^= 1;
        assert_eq!(Bootloader::of(&bytes, &board), None);
        let end = bytes.len() - SHA256;
        let digest = Sha256::digest(&bytes[..end]);
        bytes[end..].copy_from_slice(&digest);
        assert_eq!(Bootloader::of(&bytes, &board).unwrap().rolls_back, RollsBack::Unknown);
        for length in [0, 1, 30, 4000] {
            assert_eq!(Bootloader::of(&bytes[..length], &board), None);
        }
    }
}
