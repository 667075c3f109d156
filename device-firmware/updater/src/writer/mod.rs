//! The streaming writer: a file as its bytes come, into the slot that does not run.
//!
//! The head is judged before anything is erased. Blocks are erased one by one as the stream reaches them, whole
//! pages are programmed and read back, and a checkpoint is kept every 64 KiB. At the end the whole slot is read
//! once more. Nothing here touches otadata but [`settle`](crate::switch::settle).
//!
//! The file may come as it is or [encoded](crate::stream); what is hashed, checked, kept and resumed is the file itself.

mod base;
mod check;
mod draft;
mod encoded;
mod error;
mod walk;

pub use check::SlotCheck;
pub use draft::resumable;
pub use error::WriteError;

use crate::flash::Flash;
use crate::image::ImageHead;
use crate::journal::{Attempt, EndCode, Subject};
use crate::partition::Layout;
use crate::signature::Trust;
use crate::stream::Decoder;
use crate::switch;
use draft::{Draft, PAGE};
use encoded::Encoded;
use walk::OldBytes;

/// How the file is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// As it is.
    Raw,
    /// As a stream that needs nothing else.
    Compressed {
        /// Bytes of the stream.
        size: u32,
    },
    /// As a stream that builds on the running image.
    Delta {
        /// Bytes of the stream.
        size: u32,
    },
}

/// What a writer works in, one after another: 8 KiB that are large for a device's stack, and so are placed by its owner.
pub struct Workspace {
    page: [u8; PAGE],
    decoder: Decoder,
}

impl Workspace {
    /// All zeros: as a static it takes nothing of an image.
    #[must_use]
    pub const fn new() -> Self {
        Self { page: [0; PAGE], decoder: Decoder::new() }
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self::new()
    }
}

/// An update on its way into a slot.
pub struct Writer<'w> {
    draft: Draft<'w>,
    encoded: Option<Encoded<'w>>,
}

impl<'w> Writer<'w> {
    /// Prepares a write. If the journal knows verified bytes of this very file, the write goes on behind them: of a raw
    /// file once [`recheck`](Self::recheck) has read them, of an encoded one once its table has come.
    ///
    /// So many bytes of the slot, from its start on, were erased ahead since the device started; then nothing is resumed.
    ///
    /// # Errors
    /// The slot is missing, running or too small, or the flash cannot be read.
    pub fn new<F: Flash>(
        flash: &mut F,
        workspace: &'w mut Workspace,
        layout: &Layout,
        running: Option<u8>,
        subject: Subject,
        encoding: Encoding,
        erased_ahead: u32,
    ) -> Result<Self, WriteError> {
        let Workspace { page, decoder } = workspace;
        let mut draft = Draft::new(flash, page, layout, running, subject, erased_ahead)?;
        let base = base::running_region(layout, running);
        let encoded = match encoding {
            Encoding::Raw => None,
            Encoding::Compressed { size } => Some(Encoded::new(decoder, size, OldBytes::None, base)),
            Encoding::Delta { size } => Some(Encoded::new(decoder, size, OldBytes::Running, base)),
        };
        if encoded.is_none() {
            draft.resume(draft.verified);
        }
        Ok(Self { draft, encoded })
    }

    /// Bytes of the file from an earlier attempt that are not made again; of an encoded one 0 until its table has come.
    #[must_use]
    pub const fn resumed(&self) -> u32 {
        self.draft.resumed
    }

    /// The next byte wanted, counted from the start of what is sent. It goes up by what [`push`](Self::push) takes;
    /// behind the table of an encoded file it jumps to what is not there yet.
    #[must_use]
    pub const fn position(&self) -> u32 {
        match &self.encoded {
            Some(encoded) => encoded.position(),
            None => self.draft.taken,
        }
    }

    /// Bytes of the file that are in flash, read back.
    #[must_use]
    pub const fn written(&self) -> u32 {
        self.draft.written
    }

    /// Whether the head was accepted.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.draft.begun
    }

    /// The head of the image, once its bytes are there. It is to be judged before [`begin`](Self::begin).
    #[must_use]
    pub fn head(&self) -> Option<&ImageHead> {
        self.draft.scan.head().filter(|_| self.encoded.as_ref().is_none_or(Encoded::is_settled))
    }

    /// Reads 4 KiB of a raw file's bytes from an earlier attempt; `true` when there are no more.
    ///
    /// # Errors
    /// The flash cannot be read, or holds no image; the journal is cleared then.
    pub fn recheck<F: Flash>(&mut self, flash: &mut F) -> Result<bool, WriteError> {
        if self.encoded.is_some() { Ok(true) } else { self.draft.recheck(flash) }
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
        self.draft.begin(flash, layout, running, attempt)
    }

    /// Takes the next bytes, up to what makes a page of work; the number taken. Until [`begin`](Self::begin), only
    /// a page is taken (then 0) and nothing is erased.
    ///
    /// Of encoded files it often takes none: then it has worked on what came before, and wants the same bytes again. When
    /// the last byte of header and table has been taken, base and [`position`](Self::position) are settled; when the last
    /// byte of all has, everything is in flash.
    ///
    /// # Errors
    /// The bytes are no image, too many or not those ordered, the running image is not their base, or the flash did not
    /// take them.
    pub fn push<F: Flash>(&mut self, flash: &mut F, bytes: &[u8]) -> Result<usize, WriteError> {
        if bytes.is_empty() {
            return Ok(0);
        }
        match &mut self.encoded {
            Some(encoded) => encoded.push(flash, bytes, &mut self.draft),
            None => self.draft.push(flash, bytes),
        }
    }

    /// Ends the stream: the file is whole and is the one ordered. [`SlotCheck`] comes next, and asks who signed it.
    ///
    /// # Errors
    /// It is not, or has no place for a signature where one is needed, or the flash did not take its last bytes.
    pub fn finish<F: Flash>(&mut self, flash: &mut F, trust: &Trust) -> Result<SlotCheck, WriteError> {
        if self.encoded.as_ref().is_some_and(|encoded| !encoded.is_done()) {
            return Err(WriteError::Length);
        }
        self.draft.finish(flash, trust)
    }
}

/// Notes how the attempt ended, for the status after a restart.
pub fn note_end<F: Flash>(flash: &mut F, layout: &Layout, end: EndCode) {
    switch::note_end(flash, layout, end);
}
