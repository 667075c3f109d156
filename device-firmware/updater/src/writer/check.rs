//! The last look at a written slot, before otadata may name it.

use heapless::Vec;
use sha2::{Digest as _, Sha256};

use super::error::WriteError;
use crate::flash::{Flash, Region, SECTOR};
use crate::journal::{self, Journal, Mark, Subject};
use crate::signature::{self, KeyDigest, MAX_SIGNERS, SignatureError, Trust};

/// The last look at a written slot: every byte is read back before otadata may name it.
pub struct SlotCheck {
    subject: Subject,
    slot: Region,
    journal: Option<Region>,
    read: u32,
    file: Sha256,
    signed: Option<Signed>,
}

/// What has to be signed, and by whom.
struct Signed {
    /// Bytes that are signed; the signature sector begins there.
    len: u32,
    hash: Sha256,
    signers: Vec<KeyDigest, MAX_SIGNERS>,
}

impl Signed {
    fn wanted(trust: &Trust, image_len: u32, size: u32) -> Result<Option<Self>, SignatureError> {
        let Trust::Signers(signers) = trust else { return Ok(None) };
        let len = signature::sector_at(image_len, size)?;
        Ok(Some(Self { len, hash: Sha256::new(), signers: signers.clone() }))
    }

    /// By what the flash holds, from the start of the slot on.
    fn verify<F: Flash>(&self, flash: &mut F, slot: Region) -> Result<(), SignatureError> {
        let signed = self.hash.clone().finalize().into();
        let sector = slot.offset + self.len;
        signature::verify(|at, buf| flash.read(sector + at, buf), &signed, &self.signers)
    }
}

impl SlotCheck {
    /// Of a slot with an image of `image_len` bytes in the file.
    pub(super) fn new(
        subject: Subject,
        slot: Region,
        journal: Option<Region>,
        image_len: u32,
        trust: &Trust,
    ) -> Result<Self, WriteError> {
        let signed = Signed::wanted(trust, image_len, subject.size).map_err(WriteError::Signature)?;
        Ok(Self { subject, slot, journal, read: 0, file: Sha256::new(), signed })
    }

    /// Bytes read so far.
    #[must_use]
    pub const fn read(&self) -> u32 {
        self.read
    }

    /// Reads 4 KiB; `true` when all have been read, are right, and somebody trusted signed them where that is needed.
    ///
    /// # Errors
    /// The slot holds something else.
    pub fn step<F: Flash>(&mut self, flash: &mut F) -> Result<bool, WriteError> {
        let mut buf = [0; 1024];
        for _ in 0..SECTOR as usize / buf.len() {
            let len = (self.subject.size - self.read).min(buf.len() as u32);
            if len == 0 {
                return self.conclude(flash).map(|()| true);
            }
            let piece = &mut buf[..len as usize];
            flash.read(self.slot.offset + self.read, piece)?;
            self.file.update(&piece);
            // Sectors are whole pieces, so none is signed in part.
            if let Some(signed) = self.signed.as_mut().filter(|signed| self.read < signed.len) {
                signed.hash.update(&piece);
            }
            self.read += len;
        }
        Ok(false)
    }

    fn conclude<F: Flash>(&self, flash: &mut F) -> Result<(), WriteError> {
        let found: [u8; 32] = self.file.clone().finalize().into();
        if found != self.subject.file_sha256 {
            if let Some(region) = self.journal {
                Journal::clear(flash, region)?;
            }
            return Err(WriteError::SlotDigest);
        }
        if let Some(signed) = &self.signed {
            signed.verify(flash, self.slot).map_err(WriteError::Signature)?;
        }
        if let Some(region) = self.journal {
            journal::set_mark(flash, region, Mark::Written)?;
        }
        Ok(())
    }
}
