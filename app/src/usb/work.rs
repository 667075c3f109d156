//! Long work by cable: what it tells while it goes, and how it is called off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::UsbError;

/// Calls work off; clones call off the same.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Work ends at its next border: a piece of 64 KiB at the most.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was called off.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// # Errors
    /// [`UsbError::Cancelled`] if it was.
    pub fn check(&self) -> Result<(), UsbError> {
        if self.is_cancelled() { Err(UsbError::Cancelled) } else { Ok(()) }
    }
}

/// A part of the work, in the order in which they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The chip is reset into its loader, and the stub is loaded.
    Connect,
    /// What the flash holds is read.
    Read,
    /// The flash is read into a backup.
    BackUp,
    /// The app, or whatever else is no part of its own, is written.
    App,
    /// Flash is erased.
    Erase,
    /// Name, networks and keys are written.
    Provisioning,
    /// The bootloader is written.
    Bootloader,
    /// The partition table is written.
    PartitionTable,
    /// otadata is written: what boots. The last of what is written.
    BootSelection,
    /// A backup is written back.
    Restore,
    /// The board is restarted.
    Restart,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The step.
    pub step: Step,
    /// Bytes of it that are through, unchanged ones included.
    pub done: u64,
    /// Bytes of it in all.
    pub total: u64,
    /// Bytes of `done` that were in the flash already.
    pub unchanged: u64,
}

/// What work tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// How far it is; the first one of a step begins it.
    Progress(Progress),
    /// Bytes go over the wire at this baud rate from now on.
    Baud(u32),
    /// Something a person may want to know, in one sentence.
    Note(String),
}

/// Work that is being done: its listener, and its end if somebody wants it.
pub struct Work<'a> {
    cancel: Cancel,
    tell: Box<dyn FnMut(Told) + Send + 'a>,
}

impl<'a> Work<'a> {
    /// Work that tells `tell`, and ends when `cancel` says so.
    pub fn new(cancel: Cancel, tell: impl FnMut(Told) + Send + 'a) -> Self {
        Self { cancel, tell: Box::new(tell) }
    }

    /// Work that nobody watches.
    #[must_use]
    pub fn unwatched() -> Self {
        Self::new(Cancel::default(), |_| {})
    }

    /// # Errors
    /// [`UsbError::Cancelled`] if it was called off.
    pub fn check(&self) -> Result<(), UsbError> {
        self.cancel.check()
    }

    /// What calls it off.
    #[must_use]
    pub fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }

    /// Tells how far it is.
    pub fn progress(&mut self, progress: Progress) {
        (self.tell)(Told::Progress(progress));
    }

    /// Tells at which rate bytes go.
    pub fn baud(&mut self, baud: u32) {
        (self.tell)(Told::Baud(baud));
    }

    /// Tells something else.
    pub fn note(&mut self, note: impl Into<String>) {
        (self.tell)(Told::Note(note.into()));
    }
}
