//! What a host downloads into RAM: the stub, or any program.

use std::ops::Range;

use crate::serial::packet::{Block, Refusal};

/// Bytes of RAM, more than any of the chips has; no download is larger.
const MAX_LEN: u32 = 1 << 20;
/// A stub is larger than this; what is smaller is no loader.
const LEAST_STUB: u32 = 1024;

/// Downloads into RAM. What is in them is not kept: nobody can run it here.
#[derive(Debug, Default)]
pub(super) struct Memory {
    filled: Vec<Range<u32>>,
    download: Option<Download>,
}

#[derive(Debug)]
struct Download {
    next: u32,
    block: u32,
    left: u32,
}

impl Memory {
    pub fn begin(&mut self, [size, _, _, address]: [u32; 4]) -> Result<(), Refusal> {
        if size > MAX_LEN || address.checked_add(size).is_none() {
            return Err(Refusal::Failed);
        }
        self.download = Some(Download { next: address, block: 0, left: size });
        Ok(())
    }

    pub fn block(&mut self, block: &Block<'_>) -> Result<(), Refusal> {
        let download = self.download.as_mut().ok_or(Refusal::NotBegun)?;
        if block.number != download.block {
            return Err(Refusal::Failed);
        }
        // The last block may be padded to whole words.
        let len = (block.bytes.len() as u32).min(download.left.next_multiple_of(4));
        self.filled.push(download.next..download.next + len);
        download.next += len;
        download.left = download.left.saturating_sub(len);
        download.block += 1;
        Ok(())
    }

    /// Ends the download.
    pub fn end(&mut self) {
        self.download = None;
    }

    /// Whether a loader may start there: in what was downloaded, which is as large as one.
    pub fn holds_stub(&self, entry: u32) -> bool {
        let bytes: u32 = self.filled.iter().map(|range| range.end - range.start).sum();
        bytes > LEAST_STUB && self.filled.iter().any(|range| range.contains(&entry))
    }
}
