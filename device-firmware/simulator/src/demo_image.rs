//! Demo images: real ESP app images, as ESP-IDF's tools and bootloader know them, for simulated devices.
//!
//! Header of 24 bytes, segment 1 (constants, with the app descriptor at its start), segment 2 (code in RAM), zeros,
//! checksum, SHA-256 of all before it. Format: ESP-IDF's `esp_app_format.h` and `esp_app_desc.h`.

mod behaviour;
mod filler;

use sha2::{Digest, Sha256};
use skylift_protocol::Chip;

pub(crate) use behaviour::has_elf;
pub use behaviour::{
    Behaviour, DEMO_MAGIC, DEMO_OFFSET, MARKER_MAGIC, MARKER_OFFSET, MARKER_VERSION, MarkerKind,
    UnknownBehaviour,
};

/// Bytes of the smallest image.
pub const MIN_SIZE: u32 = 1024;
/// Bytes of the largest image: what the smallest chips can map, less a page.
pub const MAX_SIZE: u32 = 0x3F_0000;
/// Bytes that version and project can have: 32 with the closing zero.
const MAX_TEXT: usize = 31;
/// Bytes of the app descriptor.
const DESCRIPTOR_LEN: usize = 256;
/// Bytes around the two segments: image header, two segment headers, at least one byte of checksum, SHA-256.
const OVERHEAD: usize = 24 + 8 + 8 + 1 + 32;
/// Bytes of code in RAM, at most.
const CODE_LEN: usize = 16 << 10;

/// What a demo image is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoImage {
    /// The chip in its header.
    pub chip: Chip,
    /// The least revision of the chip in its header, as ESP-IDF counts. One ELF can be made into images for several.
    pub least_revision: u16,
    /// Project name in its descriptor, at most 31 bytes.
    pub project: String,
    /// Version in its descriptor, at most 31 bytes.
    pub version: String,
    /// What a simulated device does with it.
    pub behaviour: Behaviour,
    /// Bytes wanted; the image has up to 15 less.
    pub size: u32,
    /// Secure version in its descriptor.
    pub secure_version: u32,
    /// Images of different seeds differ in a twentieth of their bytes.
    pub seed: u64,
    /// Kind in its marker. One for chips has no demo block: its behaviour is without effect.
    pub kind: MarkerKind,
    /// Digest of the ELF that it was made from; where it crashes is told in addresses then. Without one its descriptor
    /// has a digest of all parameters, which tells two builds apart as well.
    pub elf_sha256: Option<[u8; 32]>,
}

impl Default for DemoImage {
    /// A healthy image of 256 KiB for the ESP32-C3.
    fn default() -> Self {
        Self {
            chip: Chip::Esp32C3,
            least_revision: 0,
            project: "skylift-demo".to_owned(),
            version: "1.0.0".to_owned(),
            behaviour: Behaviour::Healthy,
            size: 256 << 10,
            secure_version: 0,
            seed: 0,
            kind: MarkerKind::Simulated,
            elf_sha256: None,
        }
    }
}

/// Why an image cannot be made; the sentences are for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DemoImageError {
    /// Version or project do not fit into the app descriptor.
    #[error("the {field} `{text}` is too long: an app descriptor holds 31 bytes, this has {}", text.len())]
    TooLong {
        /// Which of the two.
        field: &'static str,
        /// Its text.
        text: String,
    },
    /// Version or project hold a zero byte, where readers stop.
    #[error("the {field} has a zero byte in it, which ends a text in an app descriptor")]
    ZeroByte {
        /// Which of the two.
        field: &'static str,
    },
    /// Too small for what must be in it.
    #[error("an image of {0} bytes is too small: {MIN_SIZE} bytes are the least")]
    TooSmall(u32),
    /// Too large for the chips.
    #[error("an image of {0} bytes is too large: {MAX_SIZE} bytes are the most")]
    TooLarge(u32),
    /// Not a chip that images are made for.
    #[error("there are no images for an unknown chip")]
    UnknownChip,
}

impl DemoImage {
    /// Makes the image; equal parameters make equal bytes.
    ///
    /// # Errors
    /// A text or the size does not fit, or the chip is unknown.
    pub fn build(&self) -> Result<Vec<u8>, DemoImageError> {
        self.assemble(Some(self.kind))
    }

    /// The same image without marker and demo block, as if Skylift were not in it.
    ///
    /// # Errors
    /// As for [`DemoImage::build`].
    pub fn foreign(&self) -> Result<Vec<u8>, DemoImageError> {
        self.assemble(None)
    }

    fn assemble(&self, kind: Option<MarkerKind>) -> Result<Vec<u8>, DemoImageError> {
        check_text("version", &self.version)?;
        check_text("project", &self.project)?;
        match self.size {
            ..MIN_SIZE => return Err(DemoImageError::TooSmall(self.size)),
            MIN_SIZE..=MAX_SIZE => {}
            _ => return Err(DemoImageError::TooLarge(self.size)),
        }
        let chip_id = self.chip.image_id().ok_or(DemoImageError::UnknownChip)?;
        let map = memory_map(self.chip);
        let (constants, code) = self.segments(kind);
        let mut image = header(&map, chip_id, self.least_revision).to_vec();
        push_segment(&mut image, map.constants, &constants);
        push_segment(&mut image, map.code, &code);
        let checksum = constants.iter().chain(&code).fold(0xEF, |sum, byte| sum ^ byte);
        image.resize(image.len() / 16 * 16 + 15, 0);
        image.push(checksum);
        let digest = Sha256::digest(&image);
        image.extend_from_slice(&digest);
        Ok(image)
    }

    fn segments(&self, kind: Option<MarkerKind>) -> (Vec<u8>, Vec<u8>) {
        let elf_sha256 = self.elf_sha256.unwrap_or_else(|| self.digest(kind));
        let room = (self.size as usize / 16 * 16 - OVERHEAD) / 4 * 4;
        let code_len = (room / 8 / 4 * 4).min(CODE_LEN);
        let mut constants = self.descriptor(&elf_sha256);
        if let Some(kind) = kind {
            constants.extend(MARKER_MAGIC);
            constants.extend([MARKER_VERSION, kind.code(), 0, 0, 0, 0, 0, 0]);
        }
        if kind == Some(MarkerKind::Simulated) {
            constants.extend(DEMO_MAGIC);
            constants.extend([self.behaviour.code(), self.elf_sha256.is_some().into(), 0, 0, 0, 0, 0, 0]);
        }
        let mut seed = [0; 8];
        seed.copy_from_slice(&elf_sha256[..8]);
        let mut fill = filler::filler(room - constants.len(), u64::from_le_bytes(seed));
        let code = fill.split_off(fill.len() - code_len);
        constants.append(&mut fill);
        (constants, code)
    }

    /// `esp_app_desc_t`.
    fn descriptor(&self, elf_sha256: &[u8; 32]) -> Vec<u8> {
        let mut descriptor = Vec::with_capacity(DESCRIPTOR_LEN);
        descriptor.extend(0xABCD_5432_u32.to_le_bytes());
        descriptor.extend(self.secure_version.to_le_bytes());
        descriptor.extend([0; 8]);
        push_text(&mut descriptor, &self.version, 32);
        push_text(&mut descriptor, &self.project, 32);
        push_text(&mut descriptor, "00:00:00", 16);
        push_text(&mut descriptor, "2026-01-01", 16);
        push_text(&mut descriptor, "0.0.0", 32);
        descriptor.extend(elf_sha256);
        // From eFuse block revision 0 to any; MMU pages of 2^16 bytes.
        descriptor.extend([0, 0, 0xFF, 0xFF, 16]);
        descriptor.resize(DESCRIPTOR_LEN, 0);
        descriptor
    }

    /// Of all parameters.
    fn digest(&self, kind: Option<MarkerKind>) -> [u8; 32] {
        let mut hash = Sha256::new();
        for text in
            ["skylift demo image", &self.project, &self.version, self.chip.as_str(), self.behaviour.as_str()]
        {
            hash.update(text);
            hash.update([0]);
        }
        hash.update(self.size.to_le_bytes());
        hash.update(self.secure_version.to_le_bytes());
        hash.update(self.seed.to_le_bytes());
        hash.update([kind.map_or(0, MarkerKind::code)]);
        hash.finalize().into()
    }
}

/// Where a chip has what, and its code for the fastest flash clock.
struct MemoryMap {
    /// Load address of constants in flash, 32 bytes into an MMU page as they are 32 bytes into the image.
    constants: u32,
    /// Load address of code in RAM.
    code: u32,
    /// Low half of byte 3 of the header: 80 MHz, or the chip's most.
    clock: u8,
}

/// From ESP-IDF's `soc.h` and esptool's `FLASH_FREQUENCY`; the RAM behind the cache, clear of the bootloader's own.
fn memory_map(chip: Chip) -> MemoryMap {
    let (constants, code, clock) = match chip {
        Chip::Esp32 => (0x3F40_0020, 0x4008_0000, 0xF),
        Chip::Esp32S2 => (0x3F00_0020, 0x4002_8000, 0xF),
        Chip::Esp32S3 => (0x3C00_0020, 0x4037_8000, 0xF),
        Chip::Esp32C2 | Chip::Esp32C3 | Chip::Unknown => (0x3C00_0020, 0x4038_0000, 0xF),
        Chip::Esp32C6 => (0x4200_0020, 0x4080_0000, 0x0),
        Chip::Esp32C5 | Chip::Esp32C61 | Chip::Esp32H2 => (0x4200_0020, 0x4080_0000, 0xF),
        Chip::Esp32P4 => (0x4000_0020, 0x4FF0_0000, 0xF),
    };
    MemoryMap { constants, code, clock }
}

/// `esp_image_header_t`: two segments, flash of 4 MB in DIO mode, no latest revision of the chip, SHA-256 appended.
fn header(map: &MemoryMap, chip_id: u16, least_revision: u16) -> [u8; 24] {
    let mut header = [0; 24];
    header[..4].copy_from_slice(&[0xE9, 2, 2, 0x20 | map.clock]);
    // The first instructions are a vector table.
    header[4..8].copy_from_slice(&(map.code + 0x40).to_le_bytes());
    header[8] = 0xEE;
    header[12..14].copy_from_slice(&chip_id.to_le_bytes());
    header[15..17].copy_from_slice(&least_revision.to_le_bytes());
    header[17..19].copy_from_slice(&u16::MAX.to_le_bytes());
    header[23] = 1;
    header
}

fn push_segment(image: &mut Vec<u8>, address: u32, data: &[u8]) {
    image.extend(address.to_le_bytes());
    image.extend((data.len() as u32).to_le_bytes());
    image.extend(data);
}

fn push_text(bytes: &mut Vec<u8>, text: &str, field: usize) {
    let end = bytes.len() + field;
    bytes.extend(text.as_bytes());
    bytes.resize(end, 0);
}

fn check_text(field: &'static str, text: &str) -> Result<(), DemoImageError> {
    if text.len() > MAX_TEXT {
        return Err(DemoImageError::TooLong { field, text: text.to_owned() });
    }
    if text.contains('\0') { Err(DemoImageError::ZeroByte { field }) } else { Ok(()) }
}
