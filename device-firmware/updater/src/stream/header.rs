//! The first 88 bytes of a stream: what it makes, and of what. Layout: `SPEC.md`, "Encoded images".

use core::ops::RangeInclusive;

use super::StreamError;
use super::table::ENTRY_LEN;

/// Bytes of the header.
pub const HEADER_LEN: usize = 88;
/// A chunk has two to the power of this many decoded bytes. The least one is a page, so that no page spans two chunks.
pub const CHUNK_LOGS: RangeInclusive<u8> = 12..=28;
/// No length in a header is greater, in bytes: sums of two of them fit in 32 bits.
pub const MAX_SIZE: u32 = 1 << 28;

const MAGIC: [u8; 4] = *b"ODF1";
const VERSION: u8 = 0;

/// What a stream says of itself. A parsed one keeps every bound of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Chunks are 2 to the power of this many bytes of the new file; one of [`CHUNK_LOGS`].
    pub chunk_log: u8,
    /// Bytes of the old image that are built on; 0 if none is.
    pub old_size: u32,
    /// Bytes of the new file, at least one.
    pub new_size: u32,
    /// Bytes behind the table of chunks.
    pub payload: u32,
    /// SHA-256 of the old bytes; zeros if there are none.
    pub old_sha256: [u8; 32],
    /// SHA-256 of the new file.
    pub new_sha256: [u8; 32],
}

impl Header {
    /// Reads a header.
    ///
    /// # Errors
    /// It is none, of another version, or breaks a bound.
    pub fn parse(raw: &[u8; HEADER_LEN]) -> Result<Self, StreamError> {
        let (fields, rest) = raw.split_first_chunk::<24>().ok_or(StreamError::Header)?;
        let (old, rest) = rest.split_first_chunk().ok_or(StreamError::Header)?;
        let [m0, m1, m2, m3, version, chunk_log, z0, z1, rest_of @ ..] = *fields;
        let [o0, o1, o2, o3, n0, n1, n2, n3, p0, p1, p2, p3, z2, z3, z4, z5] = rest_of;
        let header = Self {
            chunk_log,
            old_size: u32::from_le_bytes([o0, o1, o2, o3]),
            new_size: u32::from_le_bytes([n0, n1, n2, n3]),
            payload: u32::from_le_bytes([p0, p1, p2, p3]),
            old_sha256: *old,
            new_sha256: *rest.first_chunk().ok_or(StreamError::Header)?,
        };
        let known = [m0, m1, m2, m3] == MAGIC && version == VERSION && [z0, z1, z2, z3, z4, z5] == [0; 6];
        if known && header.is_sound() { Ok(header) } else { Err(StreamError::Header) }
    }

    fn is_sound(&self) -> bool {
        let sizes = [self.old_size, self.new_size, self.payload];
        CHUNK_LOGS.contains(&self.chunk_log)
            && self.new_size > 0
            && sizes.iter().all(|&size| size <= MAX_SIZE)
            && (self.old_size > 0 || self.old_sha256 == [0; 32])
    }

    /// The header as it is sent.
    #[must_use]
    pub fn encode(&self) -> [u8; HEADER_LEN] {
        let mut raw = [0; HEADER_LEN];
        raw[..4].copy_from_slice(&MAGIC);
        raw[4] = VERSION;
        raw[5] = self.chunk_log;
        raw[8..12].copy_from_slice(&self.old_size.to_le_bytes());
        raw[12..16].copy_from_slice(&self.new_size.to_le_bytes());
        raw[16..20].copy_from_slice(&self.payload.to_le_bytes());
        raw[24..56].copy_from_slice(&self.old_sha256);
        raw[56..].copy_from_slice(&self.new_sha256);
        raw
    }

    /// Number of chunks, at least one.
    #[must_use]
    pub const fn chunks(&self) -> u32 {
        (self.new_size.saturating_sub(1) >> self.chunk_log) + 1
    }

    /// The byte of the new file behind the chunk of this number.
    #[must_use]
    pub fn chunk_end(&self, chunk: u32) -> u32 {
        let end = (u64::from(chunk) + 1) << self.chunk_log;
        u32::try_from(end).map_or(self.new_size, |end| end.min(self.new_size))
    }

    /// The byte of the stream where the payload begins, behind header and table.
    #[must_use]
    pub const fn payload_at(&self) -> u32 {
        HEADER_LEN as u32 + self.chunks() * ENTRY_LEN as u32
    }

    /// Bytes of the whole stream.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no stream is empty")]
    pub const fn len(&self) -> u32 {
        self.payload_at() + self.payload
    }
}
