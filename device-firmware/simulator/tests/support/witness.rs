//! A flash that sees to it that nothing is programmed into a slot where nothing was erased since power came: what reads
//! blank need not be, and a half-written page is no place for another.

use std::collections::BTreeSet;

use skylift_simulator::certify::flash::BenchFlash;
use skylift_simulator::nor::Nor;
use skylift_updater::partition::Layout;
use skylift_updater::{Erase, Flash, FlashError, Region, SECTOR};

#[derive(Clone)]
pub struct Witness {
    nor: Nor,
    slots: Vec<Region>,
    /// Sectors of slots, by their offset.
    erased: BTreeSet<u32>,
    complaint: Option<String>,
}

impl Witness {
    pub fn new(mut nor: Nor) -> Self {
        // A cut may have come before this: power is on only later.
        let lost = nor.lost_power();
        nor.power_on();
        let slots = Layout::read(&mut nor).unwrap().slots.to_vec();
        if lost {
            nor.power_off();
        }
        Self { nor, slots, erased: BTreeSet::new(), complaint: None }
    }
}

impl Flash for Witness {
    fn capacity(&self) -> u32 {
        self.nor.capacity()
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        self.nor.read(offset, buf)
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        let in_slot = self.slots.iter().any(|slot| (slot.offset..slot.end()).contains(&offset));
        if in_slot && !self.erased.contains(&(offset / SECTOR * SECTOR)) {
            self.complaint = Some(format!("{offset:#x} was programmed, but not erased before"));
        }
        self.nor.program(offset, data)
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        self.nor.erase(offset, unit)?;
        self.erased.extend((offset..offset + unit.bytes()).step_by(SECTOR as usize));
        Ok(())
    }
}

impl BenchFlash for Witness {
    fn nor(&self) -> &Nor {
        &self.nor
    }

    fn nor_mut(&mut self) -> &mut Nor {
        &mut self.nor
    }

    fn forget(&mut self) {
        self.erased.clear();
    }

    fn complaint(&self) -> Option<String> {
        self.complaint.clone()
    }
}
