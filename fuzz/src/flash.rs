//! A NOR flash that costs nothing where it is blank, so that a run takes microseconds.

use std::collections::BTreeMap;

use skylift_updater::{Erase, Flash, FlashError, PAGE, SECTOR, WORD};

/// A flash of ones, with what was laid into it. Its rules are those of `skylift_simulator::nor::Nor`, without faults.
#[derive(Clone)]
pub struct Patched<'a> {
    capacity: u32,
    /// What lies there from the start, until its sector is changed.
    laid: Vec<(u32, &'a [u8])>,
    /// Sectors that were changed, by their offset.
    changed: BTreeMap<u32, Vec<u8>>,
}

impl<'a> Patched<'a> {
    /// A blank flash of so many bytes.
    #[must_use]
    pub const fn new(capacity: u32) -> Self {
        Self { capacity, laid: Vec::new(), changed: BTreeMap::new() }
    }

    /// Lays bytes into it; what is laid later covers what was laid before.
    #[must_use]
    pub fn with(mut self, offset: u32, bytes: &'a [u8]) -> Self {
        self.laid.push((offset, bytes));
        self
    }

    fn check(&self, offset: u32, len: usize) -> Result<(), FlashError> {
        let end = u64::from(offset) + len as u64;
        if end <= u64::from(self.capacity) { Ok(()) } else { Err(FlashError) }
    }

    /// A sector, ready to be changed.
    fn sector(&mut self, offset: u32) -> &mut Vec<u8> {
        let start = offset / SECTOR * SECTOR;
        if !self.changed.contains_key(&start) {
            let mut now = vec![0xFF; SECTOR as usize];
            self.read_laid(start, &mut now);
            self.changed.insert(start, now);
        }
        self.changed.entry(start).or_default()
    }

    fn read_laid(&self, offset: u32, buf: &mut [u8]) {
        for &(at, bytes) in &self.laid {
            overlay(offset, buf, at, bytes);
        }
    }
}

/// Copies the part of `bytes`, which lie at `at`, that falls into `buf`, which lies at `offset`.
fn overlay(offset: u32, buf: &mut [u8], at: u32, bytes: &[u8]) {
    let (from, to) = (u64::from(offset), u64::from(offset) + buf.len() as u64);
    let (start, end) = (u64::from(at).max(from), (u64::from(at) + bytes.len() as u64).min(to));
    if start < end {
        let source = (start - u64::from(at)) as usize..(end - u64::from(at)) as usize;
        buf[(start - from) as usize..(end - from) as usize].copy_from_slice(&bytes[source]);
    }
}

impl Flash for Patched<'_> {
    fn capacity(&self) -> u32 {
        self.capacity
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        self.check(offset, buf.len())?;
        buf.fill(0xFF);
        self.read_laid(offset, buf);
        let (first, end) = (offset / SECTOR * SECTOR, u64::from(offset) + buf.len() as u64);
        let changed = self.changed.range(first..).take_while(|&(&at, _)| u64::from(at) < end);
        changed.for_each(|(&at, bytes)| overlay(offset, buf, at, bytes));
        Ok(())
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        self.check(offset, data.len())?;
        let aligned = offset.is_multiple_of(WORD) && data.len().is_multiple_of(WORD as usize);
        if !aligned || (offset % PAGE) as usize + data.len() > PAGE as usize {
            return Err(FlashError);
        }
        let start = (offset % SECTOR) as usize;
        let cells = &mut self.sector(offset)[start..start + data.len()];
        cells.iter_mut().zip(data).for_each(|(cell, byte)| *cell &= byte);
        Ok(())
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        self.check(offset, unit.bytes() as usize)?;
        if !offset.is_multiple_of(unit.bytes()) {
            return Err(FlashError);
        }
        for at in (offset..offset + unit.bytes()).step_by(SECTOR as usize) {
            self.changed.insert(at, vec![0xFF; SECTOR as usize]);
        }
        Ok(())
    }
}
