//! The table behind the header: where each chunk's payload ends, and what the file begins with up to there.

use super::{Header, StreamError};

/// Bytes of an entry.
pub const ENTRY_LEN: usize = 8;
/// Bytes of a tag.
pub const TAG_LEN: usize = 4;
/// A chunk begins with the four bytes that the range coder starts from.
const CHUNK_LEAST: u32 = 4;

/// One chunk, as the table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The byte of the payload behind the chunk.
    pub end: u32,
    /// First bytes of the SHA-256 over the new file up to the end of the chunk.
    pub tag: [u8; TAG_LEN],
}

impl Entry {
    /// Reads an entry.
    #[must_use]
    pub const fn parse(raw: [u8; ENTRY_LEN]) -> Self {
        let [e0, e1, e2, e3, t0, t1, t2, t3] = raw;
        Self { end: u32::from_le_bytes([e0, e1, e2, e3]), tag: [t0, t1, t2, t3] }
    }

    /// The entry as it is sent.
    #[must_use]
    pub const fn encode(self) -> [u8; ENTRY_LEN] {
        let [e0, e1, e2, e3] = self.end.to_le_bytes();
        let [t0, t1, t2, t3] = self.tag;
        [e0, e1, e2, e3, t0, t1, t2, t3]
    }
}

/// The walk along a table, entry by entry as they come; none of them is kept.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    chunks: u32,
    payload: u32,
    taken: u32,
    end: u32,
}

impl Table {
    /// The table of a stream, nothing of it seen yet.
    #[must_use]
    pub const fn new(header: &Header) -> Self {
        Self { chunks: header.chunks(), payload: header.payload, taken: 0, end: 0 }
    }

    /// Entries taken, which is the number of the next chunk.
    #[must_use]
    pub const fn taken(&self) -> u32 {
        self.taken
    }

    /// The byte of the payload behind the last chunk taken.
    #[must_use]
    pub const fn end(&self) -> u32 {
        self.end
    }

    /// Whether every entry has been taken.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.taken == self.chunks
    }

    /// Takes the next entry; the byte of the payload where its chunk begins.
    ///
    /// # Errors
    /// The chunk is too short or reaches beyond the payload, the last one ends elsewhere, or there are no more.
    pub fn take(&mut self, entry: Entry) -> Result<u32, StreamError> {
        let begins = self.end;
        let last = self.taken + 1 == self.chunks;
        let fits = entry.end <= self.payload && entry.end.saturating_sub(begins) >= CHUNK_LEAST;
        if self.is_complete() || !fits || (last && entry.end != self.payload) {
            return Err(StreamError::Table);
        }
        self.taken += 1;
        self.end = entry.end;
        Ok(begins)
    }
}
