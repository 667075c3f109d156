//! The streaming writer: bytes of an image as they come, into the slot that does not run.
//!
//! The head is judged before anything is erased. Blocks are erased one by one as the stream reaches them, whole
//! pages are programmed and read back, and a checkpoint is kept every 64 KiB. At the end the whole slot is read
//! once more. Nothing here touches otadata but [`settle`](crate::switch::settle).

use heapless::Vec;
use sha2::{Digest as _, Sha256};

use crate::flash::{BLOCK, Erase, Flash, FlashError, Region, SECTOR, StoreError, WORD, store};
use crate::image::{ImageError, ImageHead, ImageScan};
use crate::journal::{self, Attempt, EndCode, Journal, Mark, Subject};
use crate::partition::Layout;
use crate::signature::{self, KeyDigest, MAX_SIGNERS, SignatureError, Trust};
use crate::switch::{self, SwitchError};

const PAGE_BUFFER: usize = SECTOR as usize;

/// Why a write ended. otadata is as it was, the old image boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// There is no such slot, or it is the running one.
    Slot,
    /// The file is larger than the slot.
    TooLarge {
        /// Bytes of the file.
        size: u32,
        /// Bytes of the slot.
        slot: u32,
    },
    /// The flash did not take it.
    Store(StoreError),
    /// otadata could not be settled before the slot is erased.
    Settle(SwitchError),
    /// The bytes are not an image that would boot.
    Image(ImageError),
    /// More bytes came than ordered, or fewer.
    Length,
    /// All bytes came, but they are not the ones ordered.
    FileDigest,
    /// The file holds another image than ordered.
    ImageDigest,
    /// The slot reads back something else than what was written.
    SlotDigest,
    /// Nobody whom the device trusts signed what is in the slot.
    Signature(SignatureError),
}

impl<E: Into<StoreError>> From<E> for WriteError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

impl core::fmt::Display for WriteError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Slot => f.write_str("there is no other slot to write to"),
            Self::TooLarge { size, slot } => {
                write!(f, "the file has {size} bytes, the slot holds {slot}")
            }
            Self::Store(error) => core::fmt::Display::fmt(error, f),
            Self::Settle(error) => core::fmt::Display::fmt(error, f),
            Self::Image(error) => core::fmt::Display::fmt(error, f),
            Self::Length => f.write_str("the file has another length than ordered"),
            Self::FileDigest => f.write_str("the bytes that arrived are not the ones ordered"),
            Self::ImageDigest => f.write_str("the file holds another image than ordered"),
            Self::SlotDigest => f.write_str("the slot reads back something else than what was written"),
            Self::Signature(error) => core::fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for WriteError {}

/// An update on its way into a slot.
pub struct Writer {
    subject: Subject,
    slot: Region,
    journal: Option<Region>,
    /// Bytes taken, the page buffer's included.
    taken: u32,
    /// Bytes in flash, read back.
    written: u32,
    /// Everything before this is erased since the update began, or verified from before.
    erased: u32,
    /// Bytes from an earlier attempt that [`recheck`](Self::recheck) has still to read.
    resumed: u32,
    page: [u8; PAGE_BUFFER],
    scan: ImageScan,
    file: Sha256,
    begun: bool,
}

impl Writer {
    /// Prepares a write. If the journal knows verified bytes of this very file, the write goes on behind them, once
    /// [`recheck`](Self::recheck) has read them.
    ///
    /// # Errors
    /// The slot is missing, running or too small, or the flash cannot be read.
    pub fn new<F: Flash>(
        flash: &mut F,
        layout: &Layout,
        running: Option<u8>,
        subject: Subject,
    ) -> Result<Self, WriteError> {
        let slot = layout.slot(subject.slot).filter(|_| running != Some(subject.slot));
        let slot = slot.ok_or(WriteError::Slot)?;
        if subject.size > slot.size {
            return Err(WriteError::TooLarge { size: subject.size, slot: slot.size });
        }
        let resumed = resumable(flash, layout, &subject)?;
        Ok(Self {
            subject,
            slot,
            journal: layout.journal,
            taken: 0,
            written: 0,
            erased: resumed,
            resumed,
            page: [0xFF; PAGE_BUFFER],
            scan: ImageScan::new(),
            file: Sha256::new(),
            begun: false,
        })
    }

    /// Bytes of an earlier attempt that will not be fetched again.
    #[must_use]
    pub const fn resumed(&self) -> u32 {
        self.resumed
    }

    /// The next byte wanted, counted from the start of the file.
    #[must_use]
    pub const fn position(&self) -> u32 {
        self.taken
    }

    /// Bytes in flash, read back.
    #[must_use]
    pub const fn written(&self) -> u32 {
        self.written
    }

    /// Whether the head was accepted.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.begun
    }

    /// The head of the image, once its bytes have come. It is to be judged before [`begin`](Self::begin).
    #[must_use]
    pub const fn head(&self) -> Option<&ImageHead> {
        self.scan.head()
    }

    /// Reads 4 KiB of the bytes from an earlier attempt; `true` when there are no more.
    ///
    /// # Errors
    /// The flash cannot be read, or holds no image; the journal is cleared then.
    pub fn recheck<F: Flash>(&mut self, flash: &mut F) -> Result<bool, WriteError> {
        let len = (self.resumed - self.taken).min(PAGE_BUFFER as u32);
        if len == 0 {
            self.page.fill(0xFF);
            return Ok(true);
        }
        let page = &mut self.page[..len as usize];
        flash.read(self.slot.offset + self.taken, page)?;
        self.file.update(&page);
        if let Err(error) = self.scan.push(page) {
            self.forget(flash);
            return Err(WriteError::Image(error));
        }
        self.taken += len;
        self.written = self.taken;
        Ok(false)
    }

    /// The head is accepted: notes the attempt, and from now on the slot may be erased.
    ///
    /// # Errors
    /// The flash did not take it.
    pub fn begin<F: Flash>(
        &mut self,
        flash: &mut F,
        layout: &Layout,
        running: Option<u8>,
        attempt: &Attempt,
    ) -> Result<(), WriteError> {
        switch::settle(flash, layout, running, self.subject.slot).map_err(WriteError::Settle)?;
        if let Some(region) = self.journal {
            if self.resumed == 0 {
                Journal::begin(flash, region, self.subject)?;
            }
            if let Some(journal) = Journal::read(flash, region)? {
                journal.add_attempt(flash, region, attempt)?;
            }
        }
        self.begun = true;
        Ok(())
    }

    /// Takes the next bytes, up to what one page still holds; the number taken. Until [`begin`](Self::begin), only
    /// a page is taken (then 0) and nothing is erased.
    ///
    /// # Errors
    /// The bytes are no image, too many, or the flash did not take them.
    pub fn push<F: Flash>(&mut self, flash: &mut F, bytes: &[u8]) -> Result<usize, WriteError> {
        if bytes.is_empty() {
            return Ok(0);
        }
        if self.taken >= self.subject.size {
            return Err(WriteError::Length);
        }
        if self.begun && self.taken - self.written == PAGE_BUFFER as u32 {
            self.flush(flash)?;
        }
        let filled = (self.taken - self.written) as usize;
        let ordered = (self.subject.size - self.taken) as usize;
        let len = bytes.len().min(PAGE_BUFFER - filled).min(ordered);
        let now = &bytes[..len];
        self.page[filled..filled + len].copy_from_slice(now);
        self.file.update(now);
        if let Err(error) = self.scan.push(now) {
            if self.begun {
                self.forget(flash);
            }
            return Err(WriteError::Image(error));
        }
        self.taken += len as u32;
        if self.begun && filled + len == PAGE_BUFFER {
            self.flush(flash)?;
        }
        Ok(len)
    }

    /// Ends the stream: the file is whole and is the one ordered. [`SlotCheck`] comes next, and asks who signed it.
    ///
    /// # Errors
    /// It is not, or has no place for a signature where one is needed, or the flash did not take its last bytes.
    pub fn finish<F: Flash>(mut self, flash: &mut F, trust: &Trust) -> Result<SlotCheck, WriteError> {
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
        Ok(SlotCheck {
            subject: self.subject,
            slot: self.slot,
            journal: self.journal,
            read: 0,
            file: Sha256::new(),
            signed: Signed::wanted(trust, info.len, self.subject.size).map_err(WriteError::Signature)?,
        })
    }

    /// Programs what the page buffer holds.
    fn flush<F: Flash>(&mut self, flash: &mut F) -> Result<(), WriteError> {
        let filled = (self.taken - self.written) as usize;
        if filled == 0 {
            return Ok(());
        }
        self.erase_up_to(flash, self.taken)?;
        let padded = filled.next_multiple_of(WORD as usize);
        store(flash, self.slot.offset + self.written, &self.page[..padded])?;
        self.page.fill(0xFF);
        self.written = self.taken;
        if let Some(region) = self.journal
            && self.written.is_multiple_of(BLOCK)
        {
            journal::mark_block(flash, region, self.written / BLOCK - 1)?;
        }
        Ok(())
    }

    /// Erases in blocks where they are aligned and inside the slot. Never skips what reads blank: an erase that was
    /// interrupted leaves bits that read as ones and do not stay so.
    fn erase_up_to<F: Flash>(&mut self, flash: &mut F, end: u32) -> Result<(), FlashError> {
        while self.erased < end {
            let offset = self.slot.offset + self.erased;
            let whole = offset.is_multiple_of(BLOCK) && self.slot.size - self.erased >= BLOCK;
            let unit = if whole { Erase::Block } else { Erase::Sector };
            flash.erase(offset, unit)?;
            self.erased += unit.bytes();
        }
        Ok(())
    }

    /// What is in the slot is of no use: the next attempt begins anew.
    fn forget<F: Flash>(&self, flash: &mut F) {
        if let Some(region) = self.journal {
            // If this fails, the next attempt ends the same way; nothing worse.
            let _: Result<(), StoreError> = Journal::clear(flash, region);
        }
    }
}

/// Bytes that need not come again.
fn resumable<F: Flash>(flash: &mut F, layout: &Layout, subject: &Subject) -> Result<u32, FlashError> {
    let Some(region) = layout.journal else { return Ok(0) };
    let journal = Journal::read(flash, region)?.filter(|journal| {
        // After a commit the slot has been booted, and may hold what that boot was refused for.
        journal.subject == *subject && !journal.marks.has(Mark::Committed)
    });
    Ok(journal.as_ref().map_or(0, journal::verified_bytes))
}

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
        for _ in 0..PAGE_BUFFER / buf.len() {
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

/// Notes how the attempt ended, for the status after a restart.
pub fn note_end<F: Flash>(flash: &mut F, layout: &Layout, end: EndCode) {
    switch::note_end(flash, layout, end);
}
