//! A module's flash, behind a driver that knows blocks or sectors only.

use skylift_simulator::nor::Nor;
use skylift_updater::{Erase, Flash, FlashError, SECTOR};

/// Which erases a flash driver knows.
#[derive(Clone, Copy)]
pub enum Erases {
    Blocks,
    /// The baseline, as Arduino's did before it learned of blocks.
    Sectors,
}

/// A module's flash behind a driver.
#[derive(Clone)]
pub struct Module {
    pub nor: Nor,
    pub erases: Erases,
    /// Reads so far: each has a cost of its own on a chip, which the model does not know.
    pub reads: u32,
}

impl Flash for Module {
    fn capacity(&self) -> u32 {
        self.nor.capacity()
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        self.reads += 1;
        self.nor.read(offset, buf)
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        self.nor.program(offset, data)
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        match self.erases {
            Erases::Blocks => self.nor.erase(offset, unit),
            Erases::Sectors => (offset..offset + unit.bytes())
                .step_by(SECTOR as usize)
                .try_for_each(|at| self.nor.erase(at, Erase::Sector)),
        }
    }
}
