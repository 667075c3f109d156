//! Mutants: a flash that makes the updater above it behave as if a rule had been left out of its code.
//!
//! The rules are about what is written and read in which order, so each can be broken at the flash, without a
//! switch in the code that ships.

use skylift_simulator::certify::flash::BenchFlash;
use skylift_simulator::nor::Nor;
use skylift_updater::{Erase, Flash, FlashError, SECTOR};

/// The rule that is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// What was written is never compared: reads give what should be there.
    NoReadBack,
    /// An otadata entry's CRC is programmed before the rest of it.
    CrcFirst,
    /// An otadata entry is erased and written over the other one than it should be.
    WrongCopy,
}

#[derive(Clone)]
pub struct Mutant {
    nor: Nor,
    mutation: Mutation,
    otadata: u32,
    /// What the flash should hold, for [`Mutation::NoReadBack`]; of RAM, so gone after a cut.
    ideal: Vec<u8>,
    /// Body of an entry that waits for its CRC, for [`Mutation::CrcFirst`].
    held: Option<(u32, Vec<u8>)>,
    /// An entry is being written, from its erase to the reading back of its CRC, for [`Mutation::WrongCopy`].
    rewriting: bool,
}

const ENTRY: u32 = 32;
const CRC_AT: u32 = 28;

impl Mutant {
    pub fn new(nor: Nor, mutation: Mutation) -> Self {
        let ideal = nor.bytes().to_vec();
        // As in the default table.
        Self { nor, mutation, otadata: 0xD000, ideal, held: None, rewriting: false }
    }

    /// The offset in an otadata sector, if it is one.
    fn in_entry(&self, offset: u32) -> Option<u32> {
        let inside = (self.otadata..self.otadata + 2 * SECTOR).contains(&offset);
        inside.then(|| (offset - self.otadata) % SECTOR).filter(|&at| at < ENTRY)
    }

    /// The same place in the other sector.
    fn swapped(&self, offset: u32) -> u32 {
        if offset < self.otadata + SECTOR { offset + SECTOR } else { offset - SECTOR }
    }

    /// Where an operation really goes.
    fn place(&self, offset: u32) -> u32 {
        if self.rewriting && self.in_entry(offset).is_some() { self.swapped(offset) } else { offset }
    }

    fn program_words(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        for (word, at) in data.chunks(4).zip((offset..).step_by(4)) {
            self.nor.program(at, word)?;
        }
        Ok(())
    }
}

impl Flash for Mutant {
    fn capacity(&self) -> u32 {
        self.nor.capacity()
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        self.nor.read(self.place(offset), buf)?;
        // The updater sees what it wrote; with that it is done.
        self.rewriting &= self.in_entry(offset) != Some(CRC_AT);
        if self.mutation == Mutation::NoReadBack {
            let at = offset as usize;
            buf.copy_from_slice(&self.ideal[at..at + buf.len()]);
        }
        if let Some((at, body)) = &self.held {
            // The updater believes that it has written the body: it must see it.
            for (byte, place) in (offset..).zip(buf) {
                if let Some(held) = byte.checked_sub(*at).and_then(|index| body.get(index as usize)) {
                    *place = *held;
                }
            }
        }
        Ok(())
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        if self.mutation == Mutation::CrcFirst {
            match self.in_entry(offset) {
                Some(0) => {
                    self.held = Some((offset, data.to_vec()));
                    return Ok(());
                }
                Some(CRC_AT) if self.held.is_some() => {
                    self.nor.program(offset, data)?;
                    let (at, body) = self.held.take().unwrap();
                    return self.program_words(at, &body);
                }
                _ => {}
            }
        }
        self.nor.program(self.place(offset), data)?;
        for (ideal, byte) in self.ideal[offset as usize..].iter_mut().zip(data) {
            *ideal &= byte;
        }
        Ok(())
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        self.rewriting |= self.mutation == Mutation::WrongCopy && self.in_entry(offset).is_some();
        let offset = self.place(offset);
        self.nor.erase(offset, unit)?;
        self.ideal[offset as usize..(offset + unit.bytes()) as usize].fill(0xFF);
        Ok(())
    }
}

impl BenchFlash for Mutant {
    fn nor(&self) -> &Nor {
        &self.nor
    }

    fn nor_mut(&mut self) -> &mut Nor {
        &mut self.nor
    }

    fn forget(&mut self) {
        self.ideal = self.nor.bytes().to_vec();
        self.held = None;
        self.rewriting = false;
    }
}
