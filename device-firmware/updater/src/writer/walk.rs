//! Where an encoded file goes on: its table of chunks, compared with what an earlier attempt left in the slot.

use heapless::Vec;
use sha2::{Digest as _, Sha256};

use super::base::hash_page;
use super::draft::{Draft, PAGE};
use super::error::WriteError;
use crate::flash::{Flash, Region};
use crate::stream::{ENTRY_LEN, Entry, Header, StreamError, TAG_LEN, Table};

/// What a stream builds on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OldBytes {
    None,
    Running,
}

/// The walk along the table as it comes. Chunks are skipped while the journal calls all of them verified, and the slot
/// holds what the table says: bytes behind a cut can read right and be weak, and the journal can be of another try.
#[derive(Clone)]
pub(super) struct Walk {
    pub(super) header: Header,
    table: Table,
    entry: Vec<u8, ENTRY_LEN>,
    /// What the slot must begin with up to the end of the chunk that is compared.
    wanted: Option<[u8; TAG_LEN]>,
    /// Chunks that are there, from the first on.
    there: u32,
    /// Where the payload of the next one begins.
    begins: u32,
    /// Bytes of the slot that are hashed.
    read: u32,
    hash: Sha256,
}

impl Walk {
    /// Behind the header of a stream of `size` bytes that was ordered for the draft.
    ///
    /// # Errors
    /// It is another one's.
    pub(super) fn new(
        header: Header,
        draft: &Draft<'_>,
        size: u32,
        old: OldBytes,
    ) -> Result<Self, StreamError> {
        let subject = &draft.subject;
        let built_on = if header.old_size > 0 { OldBytes::Running } else { OldBytes::None };
        let ordered = header.len() == size
            && header.new_size == subject.size
            && header.new_sha256 == subject.file_sha256
            && built_on == old;
        if !ordered {
            return Err(StreamError::Mismatch);
        }
        Ok(Self {
            header,
            table: Table::new(&header),
            entry: Vec::new(),
            wanted: None,
            there: 0,
            begins: 0,
            read: 0,
            hash: Sha256::new(),
        })
    }

    /// Whether the slot has to be read before more of the table is looked at.
    pub(super) const fn compares(&self) -> bool {
        self.wanted.is_some()
    }

    /// Whether the whole table was seen.
    pub(super) const fn is_complete(&self) -> bool {
        self.table.is_complete()
    }

    /// Chunks that are there, from the first on.
    pub(super) const fn there(&self) -> u32 {
        self.there
    }

    /// Bytes of the file that are there.
    pub(super) fn there_bytes(&self) -> u32 {
        self.there.checked_sub(1).map_or(0, |last| self.header.chunk_end(last))
    }

    /// Where the payload goes on, in bytes of it.
    pub(super) const fn goes_on_at(&self) -> u32 {
        self.begins
    }

    /// Takes bytes of one entry; how many. `verified` bytes of the slot may be believed.
    pub(super) fn take(&mut self, bytes: &[u8], verified: u32) -> Result<usize, StreamError> {
        let len = bytes.len().min(ENTRY_LEN - self.entry.len());
        // It fits: that is how much was taken.
        let _ = self.entry.extend_from_slice(&bytes[..len]);
        if let Ok(raw) = <[u8; ENTRY_LEN]>::try_from(self.entry.as_slice()) {
            let (chunk, entry) = (self.table.taken(), Entry::parse(raw));
            let begins = self.table.take(entry)?;
            self.entry.clear();
            // Every chunk before it is there.
            if chunk == self.there {
                self.begins = begins;
                self.wanted = Some(entry.tag).filter(|_| self.header.chunk_end(chunk) <= verified);
            }
        }
        Ok(len)
    }

    /// Compares 4 KiB of the slot.
    pub(super) fn compare<F: Flash>(
        &mut self,
        flash: &mut F,
        slot: Region,
        buf: &mut [u8; PAGE],
    ) -> Result<(), WriteError> {
        let size = self.header.chunk_end(self.there);
        self.read += hash_page(flash, Region { size, ..slot }, self.read, &mut self.hash, buf)?;
        if self.read == size
            && let Some(wanted) = self.wanted.take()
            && self.hash.clone().finalize().starts_with(&wanted)
        {
            self.there += 1;
            // Should it be the last one, nothing of the payload is needed.
            self.begins = self.table.end();
        }
        Ok(())
    }
}
