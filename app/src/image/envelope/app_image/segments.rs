//! An ESP image as its segments: what an app and a bootloader have in common.
//!
//! Format: ESP-IDF Programming Guide, "App Image Format". Checksum and hash of what is read are not looked at:
//! both are made anew when it is put together.

use sha2::{Digest as _, Sha256};

use super::AppImageError;
use crate::image::MAX_FILE_BYTES;

const MAGIC: u8 = 0xE9;
pub(super) const HEADER: usize = 24;
pub(super) const SEGMENT_HEADER: usize = 8;
const SPI_SIZE: usize = 3;
pub(super) const CHIP: usize = 12;
pub(super) const HASH_APPENDED: usize = 23;
const CHECKSUM_SEED: u8 = 0xEF;

/// Bytes of the SHA-256 that may follow the checksum.
const HASH: usize = 32;

/// An image in parts. Its segments lie one behind the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segments {
    header: [u8; HEADER],
    pub list: Vec<Segment>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub address: u32,
    pub data: Vec<u8>,
}

/// An image, made anew with another size of the flash in its header: `log2` of the size in MiB, as the header has it.
///
/// # Errors
/// It is no image, or ends too early.
pub(in crate::image::envelope) fn with_flash_size(bytes: &[u8], log2: u8) -> Result<Vec<u8>, AppImageError> {
    let mut image = Segments::parse(bytes)?;
    image.header[SPI_SIZE] = (image.header[SPI_SIZE] & 0x0F) | (log2 << 4);
    Ok(image.to_bytes())
}

impl Segments {
    pub fn parse(bytes: &[u8]) -> Result<Self, AppImageError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(AppImageError::TooLarge { len: bytes.len() });
        }
        let (header, mut rest) = bytes.split_first_chunk::<HEADER>().ok_or(AppImageError::Truncated)?;
        if header[0] != MAGIC {
            return Err(AppImageError::NotAnImage);
        }
        let mut list = Vec::new();
        for _ in 0..header[1] {
            let (segment, after) = Segment::read(rest).ok_or(AppImageError::Truncated)?;
            list.push(segment);
            rest = after;
        }
        Ok(Self { header: *header, list })
    }

    /// The first byte of the chip's number, the only one that Toit looks at.
    pub const fn chip(&self) -> u8 {
        self.header[CHIP]
    }

    /// How many bytes the checksum and the hash take at the end of the file.
    pub const fn tail_len(&self) -> usize {
        if self.hash_appended() { 1 + HASH } else { 1 }
    }

    /// Puts it together, with its checksum, and with its hash if the header says that it has one.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.header.to_vec();
        let mut checksum = CHECKSUM_SEED;
        for Segment { address, data } in &self.list {
            bytes.extend_from_slice(&address.to_le_bytes());
            // A length that was read from four bytes, or checked to fit the address space.
            bytes.extend_from_slice(&(data.len() as u32).to_le_bytes());
            bytes.extend_from_slice(data);
            checksum = data.iter().fold(checksum, |sum, byte| sum ^ byte);
        }
        bytes.resize((bytes.len() + 1).next_multiple_of(16) - 1, 0);
        bytes.push(checksum);
        if self.hash_appended() {
            let hash = Sha256::digest(&bytes);
            bytes.extend_from_slice(&hash);
        }
        bytes
    }

    const fn hash_appended(&self) -> bool {
        self.header[HASH_APPENDED] == 1
    }
}

impl Segment {
    /// The first segment, and what follows it.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (address, rest) = bytes.split_first_chunk()?;
        let (len, rest) = rest.split_first_chunk()?;
        let (data, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        Some((Self { address: u32::from_le_bytes(*address), data: data.to_vec() }, rest))
    }
}

impl std::fmt::Debug for Segment {
    /// Leaves out the bytes: WiFi passwords may be among them.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes for {:#010x}", self.data.len(), self.address)
    }
}
