//! The bytes of a flash in memory, for whoever reads a flash.

use skylift_updater::{Erase, Flash, FlashError};

/// The bytes of a flash, to be read only.
pub(crate) struct Dump<'a>(pub(crate) &'a [u8]);

impl Flash for Dump<'_> {
    fn capacity(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        let bytes = self.0.get(offset as usize..).and_then(|rest| rest.get(..buf.len()));
        buf.copy_from_slice(bytes.ok_or(FlashError)?);
        Ok(())
    }

    fn program(&mut self, _: u32, _: &[u8]) -> Result<(), FlashError> {
        Err(FlashError)
    }

    fn erase(&mut self, _: u32, _: Erase) -> Result<(), FlashError> {
        Err(FlashError)
    }
}
