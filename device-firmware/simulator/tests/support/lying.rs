//! A flash whose reads lie for a while: as if the updater above it had not looked, or as if what it builds on changed.

use std::cell::Cell;

use skylift_simulator::certify::flash::BenchFlash;
use skylift_simulator::nor::Nor;
use skylift_updater::partition::Layout;
use skylift_updater::{Erase, Flash, FlashError, Region};

/// When it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum While {
    /// Until something is erased in the slot that is written.
    NothingIsErased,
    /// From then on.
    Writing,
}

#[derive(Clone)]
pub struct Lying {
    pub nor: Nor,
    /// What is said to lie at an offset.
    lies: Vec<(u32, Vec<u8>)>,
    when: While,
    /// The slot that is written.
    slot: Region,
    writing: bool,
    told: Cell<bool>,
}

impl Lying {
    pub fn new(nor: Nor, when: While, lies: Vec<(u32, Vec<u8>)>) -> Self {
        let mut look = nor.clone();
        look.power_on();
        let slot = Layout::read(&mut look).unwrap().slot(1).unwrap();
        Self { nor, lies, when, slot, writing: false, told: Cell::new(false) }
    }

    /// Whether anybody was told a lie.
    pub fn has_lied(&self) -> bool {
        self.told.get()
    }
}

impl Flash for Lying {
    fn capacity(&self) -> u32 {
        self.nor.capacity()
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        self.nor.read(offset, buf)?;
        if self.writing != (self.when == While::Writing) {
            return Ok(());
        }
        for (at, lie) in &self.lies {
            for (byte, place) in (offset..).zip(buf.iter_mut()) {
                if let Some(said) = byte.checked_sub(*at).and_then(|index| lie.get(index as usize)) {
                    self.told.set(self.told.get() || said != place);
                    *place = *said;
                }
            }
        }
        Ok(())
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        self.nor.program(offset, data)
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        self.writing |= (self.slot.offset..self.slot.end()).contains(&offset);
        self.nor.erase(offset, unit)
    }
}

impl BenchFlash for Lying {
    fn nor(&self) -> &Nor {
        &self.nor
    }

    fn nor_mut(&mut self) -> &mut Nor {
        &mut self.nor
    }

    fn forget(&mut self) {
        self.writing = false;
    }
}
