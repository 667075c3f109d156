//! A life lived once without any fault, kept so that power can be cut at any of its flash operations afterwards.
//!
//! What a power cut leaves is the flash alone. So the chip at any cut is made by doing the recorded operations
//! again, without the updater: a cut costs what comes after it.

use std::ops::Range;

use skylift_updater::{PAGE, SECTOR};

use super::chip::{Chip, Halt, Log, Sent};
use super::flash::BenchFlash;
use super::life::Memory;
use crate::faults::FlashFault;
use crate::nor::{Nor, Operation};

/// A life without any fault.
pub struct Recording {
    /// As it began.
    start: Chip<Nor>,
    operations: Vec<Operation>,
    log: Log,
}

impl Recording {
    /// Records what `live` does with a chip.
    ///
    /// # Errors
    /// Those of `live`.
    pub fn of<F: BenchFlash>(
        chip: &mut Chip<F>,
        live: impl FnOnce(&mut Chip<F>) -> Result<(), Halt>,
    ) -> Result<Self, Halt> {
        let start = chip.with_flash(chip.flash.nor().clone());
        chip.log = Log::default();
        chip.flash.nor_mut().start_recording();
        let lived = live(chip);
        let operations = chip.flash.nor_mut().take_recording();
        let log = std::mem::take(&mut chip.log);
        lived.map(|()| Self { start, operations, log })
    }

    /// The numbers of its operations.
    #[must_use]
    pub fn numbers(&self) -> Range<u64> {
        let first = self.start.flash.operations();
        first..first + self.operations.len() as u64
    }

    /// Whether an operation writes an image into a slot. There are thousands, all alike.
    #[must_use]
    pub fn is_bulk(&self, operation: u64) -> bool {
        self.log.bulk.iter().any(|range| range.contains(&operation))
    }

    /// The operation behind the last that writes an image.
    #[must_use]
    pub fn bulk_end(&self) -> u64 {
        self.log.bulk.last().map_or(0, |range| range.end)
    }

    /// Whether an operation is another than a program in the middle of a page of 4 KiB.
    #[must_use]
    pub fn is_no_part_of_a_page(&self, operation: u64) -> bool {
        let bulk = self.is_bulk(operation);
        !bulk
            || match self.operation(operation) {
                // Notes in the journal are words.
                Some(Operation::Program { offset, data }) => {
                    offset.is_multiple_of(SECTOR) || data.len() < PAGE as usize
                }
                Some(Operation::Erase { .. }) | None => true,
            }
    }

    /// Whether the bootloader does an operation.
    #[must_use]
    pub fn is_bootloaders(&self, operation: u64) -> bool {
        self.log.bootloader.iter().any(|range| range.contains(&operation))
    }

    /// A way through the recording.
    #[must_use]
    pub fn replay(&self) -> Replay<'_> {
        Replay { recording: self, nor: self.start.flash.clone() }
    }

    fn operation(&self, number: u64) -> Option<&Operation> {
        let index = number.checked_sub(self.start.flash.operations())?;
        self.operations.get(usize::try_from(index).ok()?)
    }

    /// What an observer remembered when an operation began.
    fn memory_at(&self, number: u64) -> Option<Memory> {
        let before = self.log.memories.iter().take_while(|(from, _)| *from <= number);
        before.last().map(|(_, memory)| memory.clone())
    }

    /// How far an update was when an operation began.
    fn sent_at(&self, number: u64) -> Option<Sent> {
        let before = self.log.sent.iter().take_while(|(from, _)| *from <= number);
        before.last().and_then(|(_, sent)| *sent)
    }
}

/// A way through a recording, forwards; a point that lies behind costs a new beginning.
pub struct Replay<'a> {
    recording: &'a Recording,
    nor: Nor,
}

impl Replay<'_> {
    /// The chip as a power cut leaves it, power still being off; `None` if the fault is no cut of this life.
    pub fn cut(&mut self, fault: FlashFault) -> Option<(Chip<Nor>, Memory)> {
        let (FlashFault::PowerCut { .. }, Some(number)) = (fault, fault.operation()) else { return None };
        let memory = self.recording.memory_at(number)?;
        let operation = self.recording.operation(number)?;
        self.go_to(number)?;
        let mut nor = self.nor.clone();
        nor.set_fault(fault);
        // It fails: power is cut.
        let _ = nor.repeat(operation);
        nor.set_fault(FlashFault::None);
        // Whether a commit had been answered is not known after a cut.
        let memory = Memory { committed: None, ..memory };
        let sent = self.recording.sent_at(number);
        Some((Chip { sent, ..self.recording.start.with_flash(nor) }, memory))
    }

    /// Does everything before an operation.
    fn go_to(&mut self, number: u64) -> Option<()> {
        if self.nor.operations() > number {
            self.nor = self.recording.start.flash.clone();
        }
        while self.nor.operations() < number {
            let operation = self.recording.operation(self.nor.operations())?;
            self.nor.repeat(operation).ok()?;
        }
        Some(())
    }
}
