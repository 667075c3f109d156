//! Erasing ahead of an update: the slot it will go to, block by block, before the update comes.
//!
//! What was erased so is known in RAM only: after a restart nothing is taken for erased.

use crate::flash::{Flash, FlashError, Region, StoreError, erase_next};
use crate::journal::{Journal, Mark, set_mark};
use crate::partition::Layout;
use crate::switch;
use crate::writer::WriteError;

/// A slot that is being erased, or has been. No image can be returned to in it.
#[derive(Clone, Copy, Debug)]
pub struct Preparation {
    number: u8,
    slot: Region,
    wanted: u32,
    erased: u32,
}

impl Preparation {
    /// Prepares `slot` for a file of `size` bytes: from here on otadata and journal say nothing of what lies in it.
    ///
    /// # Errors
    /// The slot is missing, running or too small, or the flash did not take it. Nothing is erased then.
    pub fn begin<F: Flash>(
        flash: &mut F,
        layout: &Layout,
        running: Option<u8>,
        slot: u8,
        size: u32,
    ) -> Result<Self, WriteError> {
        let region = layout.slot(slot).filter(|_| running != Some(slot)).ok_or(WriteError::Slot)?;
        let mut preparation = Self { number: slot, slot: region, wanted: 0, erased: 0 };
        preparation.extend(size)?;
        switch::settle(flash, layout, running, slot).map_err(WriteError::Settle)?;
        disown(flash, layout, slot)?;
        Ok(preparation)
    }

    /// Prepares it for so many bytes, if that is more than before.
    ///
    /// # Errors
    /// [`WriteError::TooLarge`]: the slot does not hold them.
    pub fn extend(&mut self, size: u32) -> Result<(), WriteError> {
        if size > self.slot.size {
            return Err(WriteError::TooLarge { size, slot: self.slot.size });
        }
        self.wanted = self.wanted.max(size);
        Ok(())
    }

    /// Erases the next block, if more is to be erased.
    ///
    /// # Errors
    /// The flash refused; what was erased before stays so.
    pub fn step<F: Flash>(&mut self, flash: &mut F) -> Result<(), FlashError> {
        if !self.is_done() {
            self.erased = erase_next(flash, self.slot, self.erased)?;
        }
        Ok(())
    }

    /// Whether all of it is erased.
    #[must_use]
    pub const fn is_done(&self) -> bool {
        self.erased >= self.wanted
    }

    /// The slot's number.
    #[must_use]
    pub const fn slot(&self) -> u8 {
        self.number
    }

    /// Bytes from its start that are erased.
    #[must_use]
    pub const fn erased(&self) -> u32 {
        self.erased
    }
}

/// Makes the journal say nothing of what lies in `slot`, and name it no more as what was updated from.
fn disown<F: Flash>(flash: &mut F, layout: &Layout, slot: u8) -> Result<(), StoreError> {
    let Some(region) = layout.journal else { return Ok(()) };
    match Journal::read(flash, region)?.map(|journal| journal.subject.slot) {
        Some(subject) if subject == slot => Journal::clear(flash, region),
        Some(subject) if switch::slot_before(layout, subject) == slot => {
            set_mark(flash, region, Mark::Prepared)
        }
        _ => Ok(()),
    }
}
