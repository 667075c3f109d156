//! What was done to a flash, so that it can be done to another one again, up to any point.

use skylift_updater::{Erase, Flash, FlashError};

use super::Nor;

/// A program or an erase, as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Bits cleared.
    Program {
        /// First byte.
        offset: u32,
        /// What was asked to be programmed.
        data: Vec<u8>,
    },
    /// Bits set.
    Erase {
        /// First byte.
        offset: u32,
        /// How much.
        unit: Erase,
    },
}

impl Nor {
    /// Notes every operation from now on. A fork of this flash does not.
    pub fn start_recording(&mut self) {
        self.recording = Some(Vec::new());
    }

    /// What was noted, in order; no more is noted.
    pub fn take_recording(&mut self) -> Vec<Operation> {
        self.recording.take().unwrap_or_default()
    }

    /// Does what was done to another flash.
    ///
    /// # Errors
    /// As for the operation itself; a fault that was planned for it strikes.
    pub fn repeat(&mut self, operation: &Operation) -> Result<(), FlashError> {
        match operation {
            Operation::Program { offset, data } => self.program(*offset, data),
            Operation::Erase { offset, unit } => self.erase(*offset, *unit),
        }
    }

    pub(super) fn note(&mut self, operation: impl FnOnce() -> Operation) {
        if let Some(recording) = &mut self.recording {
            recording.push(operation());
        }
    }
}
