//! Ends of lives that are known already: two devices in the same state go on in the same way.
//!
//! After a cut and the update that makes up for it, nearly all devices are alike again. The state is compared as it
//! is, byte by byte, and not by a digest.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use skylift_updater::SECTOR;
use skylift_updater::guard::Reset;
use skylift_updater::rtc::RTC_LEN;

use super::chip::{Chip, Halt};
use super::flash::BenchFlash;
use super::life::Memory;

/// Devices that differ in more sectors from the reference are not remembered.
const MAX_DIFFERENT: usize = 8;

/// A device between two boots.
#[derive(PartialEq, Eq, Hash)]
struct State {
    /// Which life goes on from here.
    life: usize,
    /// Sectors in which its flash differs from the reference, by number.
    different: Vec<(usize, Vec<u8>)>,
    rtc: [u8; RTC_LEN],
    memory: Memory,
}

/// What is known.
pub(super) struct Memo {
    reference: Vec<u8>,
    known: Mutex<HashMap<State, Result<(), Halt>>>,
}

impl Memo {
    /// Nothing is known; devices are compared with a flash that they are expected to come close to.
    pub fn new(reference: &[u8]) -> Self {
        Self { reference: reference.to_vec(), known: Mutex::new(HashMap::new()) }
    }

    /// How `life` ends from here; `live` is asked where that is not known.
    pub fn end<F: BenchFlash>(
        &self,
        life: usize,
        chip: &Chip<F>,
        memory: &Memory,
        live: impl FnOnce() -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let Some(state) = self.state(life, chip, memory) else { return live() };
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&state).cloned();
        known.unwrap_or_else(|| {
            let end = live();
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(state, end.clone());
            end
        })
    }

    /// `None` where the state is more than can be compared: weak sectors, for which chance decides, or the RAM of
    /// something around the flash.
    fn state<F: BenchFlash>(&self, life: usize, chip: &Chip<F>, memory: &Memory) -> Option<State> {
        let nor = chip.flash.nor();
        if !F::BARE || nor.has_weak_sectors() || chip.reset != Reset::Software {
            return None;
        }
        let sectors = nor.bytes().chunks(SECTOR as usize).zip(self.reference.chunks(SECTOR as usize));
        let differing = sectors.enumerate().filter(|(_, (held, expected))| held != expected);
        let different: Vec<_> =
            differing.map(|(number, (held, _))| (number, held.to_vec())).take(MAX_DIFFERENT + 1).collect();
        let close = different.len() <= MAX_DIFFERENT;
        close.then(|| State { life, different, rtc: chip.rtc, memory: memory.clone() })
    }
}
