//! The file on its way into the slot: hashed and scanned as it comes, erased for, stored and checkpointed page by page.

use sha2::{Digest as _, Sha256};

use super::check::SlotCheck;
use super::error::WriteError;
use crate::flash::{BLOCK, Flash, Region, SECTOR, StoreError, WORD, erase_next, store};
use crate::image::ImageScan;
use crate::journal::{self, Attempt, Journal, Mark, Subject};
use crate::partition::Layout;
use crate::signature::Trust;
use crate::switch;

/// Bytes of the page buffer.
pub(super) const PAGE: usize = SECTOR as usize;

/// The file as it will be in the slot, however it was sent.
pub(super) struct Draft<'w> {
    pub(super) subject: Subject,
    pub(super) slot: Region,
    journal: Option<Region>,
    /// Bytes from an earlier attempt that the journal calls verified.
    pub(super) verified: u32,
    /// Those of them that do not come again. [`recheck`](Self::recheck) reads them.
    pub(super) resumed: u32,
    /// Bytes hashed and scanned, the page buffer's included.
    pub(super) taken: u32,
    /// Bytes in flash, read back.
    pub(super) written: u32,
    /// Everything before this is erased since the device started, or verified from before.
    erased: u32,
    pub(super) page: &'w mut [u8; PAGE],
    pub(super) scan: ImageScan,
    file: Sha256,
    pub(super) begun: bool,
}

/// The slot for a file.
///
/// # Errors
/// It is missing, running or too small.
fn slot_for(layout: &Layout, running: Option<u8>, subject: &Subject) -> Result<Region, WriteError> {
    let slot = layout.slot(subject.slot).filter(|_| running != Some(subject.slot));
    let slot = slot.ok_or(WriteError::Slot)?;
    if subject.size > slot.size {
        return Err(WriteError::TooLarge { size: subject.size, slot: slot.size });
    }
    Ok(slot)
}

/// Bytes of this very file that are in its slot, verified, and need not come again if it is sent raw.
///
/// # Errors
/// The slot is missing, running or too small, or the flash cannot be read.
pub fn resumable<F: Flash>(
    flash: &mut F,
    layout: &Layout,
    running: Option<u8>,
    subject: &Subject,
) -> Result<u32, WriteError> {
    slot_for(layout, running, subject)?;
    let Some(region) = layout.journal else { return Ok(0) };
    let journal = Journal::read(flash, region)?.filter(|journal| {
        // After a commit the slot has been booted, and may hold what that boot was refused for.
        journal.subject == *subject && !journal.marks.has(Mark::Committed)
    });
    Ok(journal.as_ref().map_or(0, journal::verified_bytes))
}

impl<'w> Draft<'w> {
    pub(super) fn new<F: Flash>(
        flash: &mut F,
        page: &'w mut [u8; PAGE],
        layout: &Layout,
        running: Option<u8>,
        subject: Subject,
        erased_ahead: u32,
    ) -> Result<Self, WriteError> {
        let slot = slot_for(layout, running, &subject)?;
        // What was erased ahead is gone, whatever a journal says of it.
        let verified = if erased_ahead > 0 { 0 } else { resumable(flash, layout, running, &subject)? };
        Ok(Self {
            subject,
            slot,
            journal: layout.journal,
            verified,
            resumed: 0,
            taken: 0,
            written: 0,
            erased: erased_ahead.min(slot.size) / SECTOR * SECTOR,
            page,
            scan: ImageScan::new(),
            file: Sha256::new(),
            begun: false,
        })
    }

    /// Goes on behind so many bytes, of those that are verified.
    pub(super) fn resume(&mut self, bytes: u32) {
        self.resumed = bytes;
        self.erased = self.erased.max(bytes);
    }

    /// Reads 4 KiB of the bytes from an earlier attempt; `true` when there are no more.
    pub(super) fn recheck<F: Flash>(&mut self, flash: &mut F) -> Result<bool, WriteError> {
        let len = (self.resumed - self.taken).min(PAGE as u32);
        if len == 0 {
            return Ok(true);
        }
        flash.read(self.slot.offset + self.taken, &mut self.page[..len as usize])?;
        self.note(flash, 0, len as usize, Existing::Forgotten)?;
        self.written = self.taken;
        Ok(false)
    }

    pub(super) fn begin<F: Flash>(
        &mut self,
        flash: &mut F,
        layout: &Layout,
        running: Option<u8>,
        attempt: &Attempt,
    ) -> Result<(), WriteError> {
        switch::settle(flash, layout, running, self.subject.slot).map_err(WriteError::Settle)?;
        if let Some(region) = self.journal {
            // Blocks that are erased again must not be called verified any more.
            if self.resumed == 0 || self.resumed < self.verified {
                Journal::begin(flash, region, self.subject)?;
                journal::mark_blocks(flash, region, self.resumed / BLOCK)?;
            }
            if let Some(journal) = Journal::read(flash, region)? {
                journal.add_attempt(flash, region, attempt)?;
            }
        }
        self.begun = true;
        Ok(())
    }

    /// Bytes of the page buffer that are not in flash.
    pub(super) const fn waiting(&self) -> usize {
        (self.taken - self.written) as usize
    }

    /// Takes the next bytes of the file as it is, up to what the page buffer still holds; the number taken.
    pub(super) fn push<F: Flash>(&mut self, flash: &mut F, bytes: &[u8]) -> Result<usize, WriteError> {
        if self.taken >= self.subject.size {
            return Err(WriteError::Length);
        }
        if self.begun && self.waiting() == PAGE {
            self.flush(flash)?;
        }
        let filled = self.waiting();
        let ordered = (self.subject.size - self.taken) as usize;
        let len = bytes.len().min(PAGE - filled).min(ordered);
        self.page[filled..filled + len].copy_from_slice(&bytes[..len]);
        self.note(flash, filled, len, self.existing())?;
        if self.begun && filled + len == PAGE {
            self.flush(flash)?;
        }
        Ok(len)
    }

    /// A whole page, or the last one, is in the page buffer.
    pub(super) fn take_page<F: Flash>(&mut self, flash: &mut F, len: u32) -> Result<(), WriteError> {
        self.note(flash, 0, len as usize, self.existing())?;
        if self.begun { self.flush(flash) } else { Ok(()) }
    }

    /// Hashes and scans bytes in the page buffer.
    fn note<F: Flash>(
        &mut self,
        flash: &mut F,
        at: usize,
        len: usize,
        existing: Existing,
    ) -> Result<(), WriteError> {
        let now = &self.page[at..at + len];
        self.file.update(now);
        if let Err(error) = self.scan.push(now) {
            match existing {
                Existing::Forgotten => self.forget(flash),
                Existing::Kept => {}
            }
            return Err(WriteError::Image(error));
        }
        self.taken += len as u32;
        Ok(())
    }

    /// What becomes of the journal if the bytes are no image: before the head is accepted, nothing was erased for them.
    const fn existing(&self) -> Existing {
        if self.begun { Existing::Forgotten } else { Existing::Kept }
    }

    /// Stores what the page buffer holds.
    pub(super) fn flush<F: Flash>(&mut self, flash: &mut F) -> Result<(), WriteError> {
        let filled = self.waiting();
        if filled == 0 {
            return Ok(());
        }
        while self.erased < self.taken {
            self.erased = erase_next(flash, self.slot, self.erased)?;
        }
        let padded = filled.next_multiple_of(WORD as usize);
        self.page[filled..padded].fill(0xFF);
        store(flash, self.slot.offset + self.written, &self.page[..padded])?;
        self.written = self.taken;
        if let Some(region) = self.journal
            && self.written.is_multiple_of(BLOCK)
        {
            journal::mark_block(flash, region, self.written / BLOCK - 1)?;
        }
        Ok(())
    }

    /// What is in the slot is of no use: the next attempt begins anew.
    pub(super) fn forget<F: Flash>(&self, flash: &mut F) {
        if let Some(region) = self.journal {
            // If this fails, the next attempt ends the same way; nothing worse.
            let _: Result<(), StoreError> = Journal::clear(flash, region);
        }
    }

    /// The file is whole and is the one ordered.
    pub(super) fn finish<F: Flash>(&mut self, flash: &mut F, trust: &Trust) -> Result<SlotCheck, WriteError> {
        if self.taken != self.subject.size || !self.begun {
            return Err(WriteError::Length);
        }
        self.flush(flash)?;
        let file: [u8; 32] = core::mem::take(&mut self.file).finalize().into();
        if file != self.subject.file_sha256 {
            self.forget(flash);
            return Err(WriteError::FileDigest);
        }
        let info = core::mem::take(&mut self.scan).finish().map_err(WriteError::Image)?;
        if info.image_sha256 != self.subject.image_sha256 {
            return Err(WriteError::ImageDigest);
        }
        SlotCheck::new(self.subject, self.slot, self.journal, info.len, trust)
    }
}

/// What becomes of the journal about bytes that are in the slot.
#[derive(Clone, Copy)]
enum Existing {
    Kept,
    Forgotten,
}
