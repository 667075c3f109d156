//! The app image of a chip as an SDK ships it in an envelope, with four segments, an app descriptor and the area that
//! an extraction patches.

use sha2::{Digest as _, Sha256};

use super::encoded::Uuid;

/// Where the data of the segment with constants starts in the file.
pub const DROM_OFFSET: usize = 0x20;

/// A chip that Toit runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chip {
    /// ESP32.
    Esp32,
    /// ESP32-S2.
    Esp32S2,
    /// ESP32-C3.
    Esp32C3,
    /// ESP32-S3.
    Esp32S3,
    /// ESP32-C6, whose constants and code share one range of addresses.
    Esp32C6,
    /// ESP32-P4, likewise.
    Esp32P4,
}

impl Chip {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Esp32, Self::Esp32S2, Self::Esp32C3, Self::Esp32S3, Self::Esp32C6, Self::Esp32P4];

    /// The number in the header of an app image.
    #[must_use]
    pub const fn id(self) -> u8 {
        match self {
            Self::Esp32 => 0,
            Self::Esp32S2 => 2,
            Self::Esp32C3 => 5,
            Self::Esp32S3 => 9,
            Self::Esp32C6 => 13,
            Self::Esp32P4 => 18,
        }
    }

    /// Where the constants, the data and the code of flash and of RAM are loaded.
    const fn addresses(self) -> [u32; 4] {
        match self {
            Self::Esp32 => [0x3f40_0020, 0x3ffb_0000, 0x400d_0020, 0x4008_0000],
            Self::Esp32S2 => [0x3f00_0020, 0x3ffc_0000, 0x4008_0020, 0x4002_4000],
            Self::Esp32C3 => [0x3c07_0020, 0x3fc8_a000, 0x4200_0020, 0x4038_0000],
            Self::Esp32S3 => [0x3c06_0020, 0x3fc9_0000, 0x4200_0020, 0x4037_4000],
            Self::Esp32C6 => [0x4205_0020, 0x4080_a000, 0x4200_0020, 0x4080_0000],
            Self::Esp32P4 => [0x4005_0020, 0x4ff4_0000, 0x4000_0020, 0x4ff0_0000],
        }
    }
}

/// An app image. [`Body::new`] is what an SDK ships.
#[derive(Clone, Debug)]
pub struct Body {
    /// The chip.
    pub chip: Chip,
    /// How many bytes of constants there are, from 512 to 60000 and a multiple of 4.
    pub constants: usize,
    /// Whether a SHA-256 stands at its end.
    pub hashed: bool,
}

impl Body {
    /// With a hash, and 4 KiB of constants.
    #[must_use]
    pub const fn new(chip: Chip) -> Self {
        Self { chip, constants: 4096, hashed: true }
    }

    /// The file as it stands in an envelope.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.patched(0, &[0; 16], &[])
    }

    /// The address behind the constants, where the table of containers comes to stand.
    #[must_use]
    pub const fn table(&self) -> u32 {
        self.chip.addresses()[0] + self.constants as u32
    }

    /// The file with the address of a table and a system UUID in its patch area, and `extension` behind its constants.
    #[must_use]
    pub fn patched(&self, table: u32, system: &Uuid, extension: &[u8]) -> Vec<u8> {
        let mut constants = self.constants(table, system);
        // Code in flash has the same place within 64 KiB in the file and in memory.
        let data = noise(2, 0x1_0000 - 0x10 - constants.len());
        constants.extend_from_slice(extension);
        let segments = [constants, data, noise(3, 2052), noise(4, 1028)];
        let mut file = vec![0xe9, 4, 2, 0x20, 0x10, 0x02, 0x08, 0x40, 0xee, 0, 0, 0, self.chip.id()];
        file.resize(23, 0);
        file.push(u8::from(self.hashed));
        let mut checksum = 0xef;
        for (address, segment) in self.chip.addresses().iter().zip(&segments) {
            file.extend_from_slice(&address.to_le_bytes());
            file.extend_from_slice(&(segment.len() as u32).to_le_bytes());
            file.extend_from_slice(segment);
            checksum = segment.iter().fold(checksum, |sum, byte| sum ^ byte);
        }
        file.resize((file.len() + 1).next_multiple_of(16) - 1, 0);
        file.push(checksum);
        if self.hashed {
            let hash = Sha256::digest(&file);
            file.extend_from_slice(&hash);
        }
        file
    }

    fn constants(&self, table: u32, system: &Uuid) -> Vec<u8> {
        let mut bytes = descriptor();
        bytes.extend_from_slice(&0x7017_da7a_u32.to_le_bytes());
        bytes.extend_from_slice(&table.to_le_bytes());
        bytes.extend_from_slice(system);
        bytes.extend_from_slice(&0x00c0_9f19_u32.to_le_bytes());
        bytes.extend(noise(1, self.constants - bytes.len()));
        bytes
    }
}

/// The app descriptor of ESP-IDF, 256 bytes.
fn descriptor() -> Vec<u8> {
    let mut bytes = 0xabcd_5432_u32.to_le_bytes().to_vec();
    bytes.resize(16, 0);
    for (text, len) in
        [("v2.0.0", 32), ("toit", 32), ("12:00:00", 16), ("Jan  1 2026", 16), ("v5.4.1", 32), ("", 32)]
    {
        let end = bytes.len() + len;
        bytes.extend_from_slice(text.as_bytes());
        bytes.resize(end, 0);
    }
    bytes.resize(256, 0);
    bytes
}

/// Bytes that look like code and are the same in every run.
fn noise(seed: u32, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9);
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(len)
    .collect()
}
