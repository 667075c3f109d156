//! A NOR flash as it is on a C3 module: it only clears bits, erases in units, takes its time, and fails as told.

mod counters;
mod file;
mod mirror;
mod recording;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use fastrand::Rng;
use skylift_updater::{Erase, Flash, FlashError, PAGE, SECTOR, WORD};

use crate::faults::{self, FlashFault, Moment};
use file::{FlashFile, check_size};

pub use counters::{BLOCK_ERASE_TIME, BYTE_READ_TIME, Counters, PAGE_PROGRAM_TIME, SECTOR_ERASE_TIME};
pub use file::NorError;
pub use mirror::Mirror;
pub use recording::Operation;

/// An emulated NOR flash, in memory or kept in a file.
///
/// A clone is a fork: it has the cells, counters and fault of the original, but not its file, recording or mirror.
pub struct Nor {
    cells: Vec<u8>,
    file: Option<FlashFile>,
    file_error: Option<String>,
    fault: FlashFault,
    rng: Rng,
    lost_power: bool,
    /// Numbers of the sectors whose last erase was cut. Kept in memory only.
    weak: BTreeSet<u32>,
    counters: Counters,
    recording: Option<Vec<Operation>>,
    mirror: Option<Mirror>,
}

impl Nor {
    /// A flash of all ones.
    ///
    /// # Errors
    /// `capacity` is not a whole number of sectors.
    pub fn blank(capacity: u32) -> Result<Self, NorError> {
        check_size(u64::from(capacity))?;
        Self::from_bytes(vec![0xFF; capacity as usize])
    }

    /// A flash that holds `cells`, in memory.
    ///
    /// # Errors
    /// Their number is not a whole number of sectors.
    pub fn from_bytes(cells: Vec<u8>) -> Result<Self, NorError> {
        check_size(cells.len() as u64)?;
        Ok(Self::new(cells, None))
    }

    /// The flash in an existing file. Every change is written to it at once, so that it holds what the flash held
    /// even if this process is killed; the file is locked meanwhile.
    ///
    /// # Errors
    /// The file cannot be opened, is in use, or has not the size of a flash.
    pub fn open(path: &Path) -> Result<Self, NorError> {
        let (file, cells) = FlashFile::open(path)?;
        Ok(Self::new(cells, Some(file)))
    }

    /// The same flash, kept from now on in a new file, as [`Nor::open`] does.
    ///
    /// # Errors
    /// The file exists already, or cannot be created.
    pub fn keep_in(mut self, path: &Path) -> Result<Self, NorError> {
        self.file = Some(FlashFile::create(path, &self.cells)?);
        Ok(self)
    }

    fn new(cells: Vec<u8>, file: Option<FlashFile>) -> Self {
        Self {
            cells,
            file,
            file_error: None,
            fault: FlashFault::None,
            rng: Rng::with_seed(0),
            lost_power: false,
            weak: BTreeSet::new(),
            counters: Counters::default(),
            recording: None,
            mirror: None,
        }
    }

    /// What the cells hold, also while power is off.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.cells
    }

    /// What the cells hold.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.cells
    }

    /// Sets cells as a programmer by cable does: no rules, no counting, no faults, power or not.
    ///
    /// # Errors
    /// Beyond the capacity, or the file cannot be written.
    pub fn overwrite(&mut self, offset: u32, bytes: &[u8]) -> Result<(), FlashError> {
        let range = self.range(offset, bytes.len())?;
        self.set_cells(range, bytes)
    }

    /// Plans a fault, in place of an earlier plan. The operation is an absolute number, see [`Nor::operations`].
    pub fn set_fault(&mut self, fault: FlashFault) {
        self.fault = fault;
        self.rng = Rng::with_seed(fault.seed());
    }

    /// The planned fault, struck or not.
    #[must_use]
    pub const fn fault(&self) -> FlashFault {
        self.fault
    }

    /// Whether power is off: every operation fails.
    #[must_use]
    pub const fn lost_power(&self) -> bool {
        self.lost_power
    }

    /// Switches power off between two operations.
    pub const fn power_off(&mut self) {
        self.lost_power = true;
    }

    /// Switches power on. Cells, weak sectors, counters and the plan stay.
    pub const fn power_on(&mut self) {
        self.lost_power = false;
    }

    /// Whether `offset` is in a sector whose last erase was cut.
    #[must_use]
    pub fn is_weak(&self, offset: u32) -> bool {
        self.weak.contains(&(offset / SECTOR))
    }

    /// Whether any sector is.
    #[must_use]
    pub fn has_weak_sectors(&self) -> bool {
        !self.weak.is_empty()
    }

    /// What was asked of it so far.
    #[must_use]
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Programs and erases so far: the number of the next one.
    #[must_use]
    pub const fn operations(&self) -> u64 {
        self.counters.operations()
    }

    /// Time that all operations so far take on a C3 module.
    #[must_use]
    pub fn time(&self) -> Duration {
        self.counters.time()
    }

    /// Why the file could not be written, if a [`FlashError`] came from that.
    #[must_use]
    pub fn file_error(&self) -> Option<&str> {
        self.file_error.as_deref()
    }

    fn range(&self, offset: u32, len: usize) -> Result<Range<usize>, FlashError> {
        let start = offset as usize;
        let end = start.checked_add(len).filter(|&end| end <= self.cells.len()).ok_or(FlashError)?;
        Ok(start..end)
    }

    /// Makes `target` of the cells from `start`, unless the plan says otherwise.
    fn change(&mut self, number: u64, start: usize, target: Vec<u8>, erase: bool) -> Result<(), FlashError> {
        let range = start..start + target.len();
        let fault = if self.fault.operation() == Some(number) { self.fault } else { FlashFault::None };
        let cut = match fault {
            FlashFault::PowerCut { moment, .. } => Some(moment),
            _ => None,
        };
        if cut != Some(Moment::Before) {
            let outcome = self.outcome(&range, target, erase, fault);
            self.note_weak(&range, erase, cut == Some(Moment::Inside));
            self.set_cells(range, &outcome)?;
        }
        self.lost_power = cut.is_some();
        if self.lost_power { Err(FlashError) } else { Ok(()) }
    }

    fn outcome(&mut self, range: &Range<usize>, target: Vec<u8>, erase: bool, fault: FlashFault) -> Vec<u8> {
        let old = self.cells.get(range.clone()).unwrap_or_default();
        let target = if !erase && self.weak.contains(&(range.start as u32 / SECTOR)) {
            faults::weak_program(&mut self.rng, &target)
        } else {
            target
        };
        match fault {
            FlashFault::PowerCut { moment: Moment::Inside, .. } => {
                faults::cut_inside(&mut self.rng, old, &target)
            }
            FlashFault::Silent { .. } => faults::silent(&mut self.rng, old, &target),
            _ => target,
        }
    }

    /// An erase decides whether its sectors are weak; a program changes nothing about that.
    fn note_weak(&mut self, range: &Range<usize>, erase: bool, cut: bool) {
        if !erase {
            return;
        }
        for sector in range.start as u32 / SECTOR..range.end as u32 / SECTOR {
            if cut {
                self.weak.insert(sector);
            } else {
                self.weak.remove(&sector);
            }
        }
    }

    fn set_cells(&mut self, range: Range<usize>, bytes: &[u8]) -> Result<(), FlashError> {
        let start = range.start as u32;
        self.cells.get_mut(range.clone()).ok_or(FlashError)?.copy_from_slice(bytes);
        if let Some(mirror) = &self.mirror {
            mirror.set(range.start, bytes);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write(start, bytes).map_err(|error| {
            self.file_error = Some(error.to_string());
            FlashError
        })
    }
}

impl Flash for Nor {
    fn capacity(&self) -> u32 {
        self.cells.len() as u32
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        if self.lost_power {
            return Err(FlashError);
        }
        let range = self.range(offset, buf.len())?;
        buf.copy_from_slice(self.cells.get(range).ok_or(FlashError)?);
        self.counters.bytes_read += buf.len() as u64;
        Ok(())
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        let range = self.range(offset, data.len())?;
        let aligned = offset.is_multiple_of(WORD) && data.len().is_multiple_of(WORD as usize);
        let in_page = (offset % PAGE) as usize + data.len() <= PAGE as usize;
        if self.lost_power || !aligned || !in_page {
            return Err(FlashError);
        }
        if data.is_empty() {
            return Ok(());
        }
        let old = self.cells.get(range).ok_or(FlashError)?;
        let target = old.iter().zip(data).map(|(cell, byte)| cell & byte).collect();
        self.note(|| Operation::Program { offset, data: data.to_vec() });
        let number = self.operations();
        self.counters.pages_programmed += 1;
        self.counters.bytes_programmed += data.len() as u64;
        self.change(number, offset as usize, target, false)
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        let range = self.range(offset, unit.bytes() as usize)?;
        if self.lost_power || !offset.is_multiple_of(unit.bytes()) {
            return Err(FlashError);
        }
        self.note(|| Operation::Erase { offset, unit });
        let number = self.operations();
        match unit {
            Erase::Sector => self.counters.sectors_erased += 1,
            Erase::Block => self.counters.blocks_erased += 1,
        }
        self.change(number, range.start, vec![0xFF; range.len()], true)
    }
}

impl Clone for Nor {
    fn clone(&self) -> Self {
        Self {
            cells: self.cells.clone(),
            file: None,
            file_error: None,
            fault: self.fault,
            rng: self.rng.clone(),
            lost_power: self.lost_power,
            weak: self.weak.clone(),
            counters: self.counters,
            recording: None,
            mirror: None,
        }
    }
}

impl fmt::Debug for Nor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Nor")
            .field("capacity", &self.cells.len())
            .field("file", &self.file)
            .field("fault", &self.fault)
            .field("lost_power", &self.lost_power)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}
