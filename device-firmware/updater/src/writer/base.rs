//! The old image of a delta: found in flash, and hashed before anything is erased.

use sha2::{Digest as _, Sha256};

use super::draft::PAGE;
use super::error::WriteError;
use crate::flash::{Flash, FlashError, Region};
use crate::partition::Layout;
use crate::stream::Header;

/// Where the image lies that runs: what a delta may build on.
pub(super) fn running_region(layout: &Layout, running: Option<u8>) -> Option<Region> {
    running.map_or(layout.factory, |slot| layout.slot(slot))
}

/// The first bytes of the running image, on their way through a hash.
pub(super) struct BaseCheck {
    region: Region,
    wanted: [u8; 32],
    read: u32,
    hash: Sha256,
}

impl BaseCheck {
    /// `None` if the stream builds on nothing.
    ///
    /// # Errors
    /// What runs is shorter than what the stream builds on.
    pub(super) fn new(header: &Header, running: Option<Region>) -> Result<Option<Self>, WriteError> {
        if header.old_size == 0 {
            return Ok(None);
        }
        let running = running.filter(|region| region.size >= header.old_size).ok_or(WriteError::WrongBase)?;
        Ok(Some(Self {
            region: Region { size: header.old_size, ..running },
            wanted: header.old_sha256,
            read: 0,
            hash: Sha256::new(),
        }))
    }

    /// Reads 4 KiB; `true` when all have been read, and are what the stream builds on.
    ///
    /// # Errors
    /// They are not.
    pub(super) fn step<F: Flash>(&mut self, flash: &mut F, buf: &mut [u8; PAGE]) -> Result<bool, WriteError> {
        self.read += hash_page(flash, self.region, self.read, &mut self.hash, buf)?;
        if self.read < self.region.size {
            return Ok(false);
        }
        let found: [u8; 32] = self.hash.clone().finalize().into();
        if found == self.wanted { Ok(true) } else { Err(WriteError::WrongBase) }
    }
}

/// Hashes up to 4 KiB of a region, from `at` on; how many.
pub(super) fn hash_page<F: Flash>(
    flash: &mut F,
    region: Region,
    at: u32,
    hash: &mut Sha256,
    buf: &mut [u8; PAGE],
) -> Result<u32, FlashError> {
    let len = (region.size - at).min(PAGE as u32);
    let page = &mut buf[..len as usize];
    flash.read(region.offset + at, page)?;
    hash.update(page);
    Ok(len)
}
