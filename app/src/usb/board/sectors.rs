//! A flash of which only those sectors are fetched that somebody looks at, and which takes changes in memory.
//!
//! The device's own code reads otadata, images and settings through it: by cable, it means the same.

use std::collections::{BTreeMap, BTreeSet};

use skylift_updater::{Erase, Flash, FlashError, SECTOR};

/// Where sectors come from.
pub(in crate::usb) trait Fetch {
    /// Whole sectors from `offset` on, at least one.
    fn fetch(&mut self, offset: u32) -> Result<Vec<u8>, FlashError>;
}

/// A flash that holds nothing.
#[derive(Clone, Copy, Debug)]
pub(in crate::usb) struct Blank;

impl Fetch for Blank {
    fn fetch(&mut self, _: u32) -> Result<Vec<u8>, FlashError> {
        Ok(vec![0xFF; SECTOR as usize])
    }
}

/// The flash. What is programmed and erased stays here.
pub(in crate::usb) struct Sectors<F> {
    capacity: u32,
    held: BTreeMap<u32, Vec<u8>>,
    changed: BTreeSet<u32>,
    from: F,
}

impl Sectors<Blank> {
    /// A flash that holds `bytes` at `offset`, the beginning of a sector, and nothing else.
    pub fn holding(capacity: u32, offset: u32, bytes: &[u8]) -> Self {
        let mut flash = Self::new(capacity, Blank);
        flash.hold(offset, bytes);
        flash
    }
}

impl<F: Fetch> Sectors<F> {
    pub const fn new(capacity: u32, from: F) -> Self {
        Self { capacity, held: BTreeMap::new(), changed: BTreeSet::new(), from }
    }

    /// The sectors that were changed here, and what they hold now.
    pub fn changes(&self) -> impl Iterator<Item = (u32, &[u8])> {
        self.changed.iter().filter_map(|at| Some((*at, self.held.get(at)?.as_slice())))
    }

    /// Where sectors come from.
    pub const fn source_mut(&mut self) -> &mut F {
        &mut self.from
    }

    fn hold(&mut self, offset: u32, bytes: &[u8]) {
        for (at, sector) in (offset..).step_by(SECTOR as usize).zip(bytes.chunks(SECTOR as usize)) {
            let mut sector = sector.to_vec();
            sector.resize(SECTOR as usize, 0xFF);
            self.held.entry(at).or_insert(sector);
        }
    }

    fn sector(&mut self, at: u32) -> Result<&mut Vec<u8>, FlashError> {
        if !self.held.contains_key(&at) {
            let fetched = self.from.fetch(at)?;
            self.hold(at, &fetched);
        }
        self.held.get_mut(&at).ok_or(FlashError)
    }

    fn check(&self, offset: u32, length: usize) -> Result<(), FlashError> {
        let length = u32::try_from(length).map_err(|_| FlashError)?;
        let end = offset.checked_add(length).filter(|&end| end <= self.capacity);
        end.map(drop).ok_or(FlashError)
    }
}

impl<F: Fetch> Flash for Sectors<F> {
    fn capacity(&self) -> u32 {
        self.capacity
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        self.check(offset, buf.len())?;
        let (mut at, mut rest) = (offset, buf);
        while !rest.is_empty() {
            let within = (at % SECTOR) as usize;
            let length = rest.len().min(SECTOR as usize - within);
            let (part, behind) = rest.split_at_mut(length);
            let sector = self.sector(at - at % SECTOR)?;
            part.copy_from_slice(sector.get(within..within + length).ok_or(FlashError)?);
            at = at.saturating_add(part.len() as u32);
            rest = behind;
        }
        Ok(())
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        self.check(offset, data.len())?;
        let (at, within) = (offset - offset % SECTOR, (offset % SECTOR) as usize);
        let held = self.sector(at)?.get_mut(within..within + data.len()).ok_or(FlashError)?;
        held.iter_mut().zip(data).for_each(|(cell, byte)| *cell &= byte);
        self.changed.insert(at);
        Ok(())
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        self.check(offset, unit.bytes() as usize)?;
        for at in (offset..offset + unit.bytes()).step_by(SECTOR as usize) {
            self.held.insert(at, vec![0xFF; SECTOR as usize]);
            self.changed.insert(at);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counted(Vec<u32>);

    impl Fetch for Counted {
        fn fetch(&mut self, offset: u32) -> Result<Vec<u8>, FlashError> {
            self.0.push(offset);
            Ok(vec![0xA5; SECTOR as usize])
        }
    }

    #[test]
    fn only_what_is_looked_at_is_fetched_and_once() {
        let mut flash = Sectors::new(0x1_0000, Counted(Vec::new()));
        let mut bytes = [0; 8];
        flash.read(0x1FFC, &mut bytes).unwrap();
        flash.read(0x1000, &mut bytes).unwrap();
        assert_eq!((bytes, &flash.source_mut().0), ([0xA5; 8], &vec![0x1000, 0x2000]));
        assert_eq!(flash.read(0xFFFC, &mut bytes), Err(FlashError));
    }

    #[test]
    fn changes_stay_here_and_only_clear_bits() {
        let mut flash = Sectors::new(0x1_0000, Counted(Vec::new()));
        flash.program(0x3004, &[0xF0; 4]).unwrap();
        let mut bytes = [0; 4];
        flash.read(0x3004, &mut bytes).unwrap();
        assert_eq!(bytes, [0xA0; 4]);
        flash.erase(0x3000, Erase::Sector).unwrap();
        flash.read(0x3004, &mut bytes).unwrap();
        assert_eq!(bytes, [0xFF; 4]);
        assert_eq!(
            flash.changes().map(|(at, sector)| (at, sector.len())).collect::<Vec<_>>(),
            [(0x3000, 4096)]
        );
    }
}
