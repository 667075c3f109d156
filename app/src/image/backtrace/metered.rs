//! A reader of DWARF that gives up: debug info can be made so that reading it takes for ever, or all memory.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::{Duration, Instant};

use addr2line::gimli::{EndianSlice, Error, Reader, ReaderOffsetId, Result, RunTimeEndian};

/// Bytes and pieces that are read of one ELF; what firmware takes is a tenth of it.
const MOST_READ: u64 = 128 << 20;
/// What is read costs differently.
const LONGEST: Duration = Duration::from_secs(4);
/// The clock is looked at every so many reads.
const READS_PER_LOOK: u64 = 64;

/// What may still be read.
pub(super) struct Meter {
    left: Cell<u64>,
    reads: Cell<u64>,
    deadline: Instant,
}

impl Meter {
    pub(super) fn new() -> Self {
        Self::of(MOST_READ, LONGEST)
    }

    /// So many bytes, for so long.
    pub(super) fn of(bytes: u64, time: Duration) -> Self {
        Self { left: Cell::new(bytes), reads: Cell::new(0), deadline: Instant::now() + time }
    }

    /// Whether something was not read because of it.
    pub(super) fn is_used_up(&self) -> bool {
        self.left.get() == 0
    }

    /// Lets `cost` bytes be read.
    fn pay(&self, cost: usize) -> Result<()> {
        let reads = self.reads.get().wrapping_add(1);
        self.reads.set(reads);
        let late = reads.is_multiple_of(READS_PER_LOOK) && Instant::now() > self.deadline;
        let cost = u64::try_from(cost).unwrap_or(u64::MAX).saturating_add(1);
        match self.left.get().checked_sub(cost).filter(|_| !late) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.left.set(0);
                Err(Error::Io)
            }
        }
    }
}

/// A section, or a part of one.
#[derive(Clone, Copy)]
pub(super) struct Metered<'a> {
    bytes: EndianSlice<'a, RunTimeEndian>,
    meter: &'a Meter,
}

impl<'a> Metered<'a> {
    pub(super) fn new(bytes: &'a [u8], endian: RunTimeEndian, meter: &'a Meter) -> Self {
        Self { bytes: EndianSlice::new(bytes, endian), meter }
    }
}

impl std::fmt::Debug for Metered<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Metered").field(&self.bytes.len()).finish()
    }
}

impl Reader for Metered<'_> {
    type Endian = RunTimeEndian;
    type Offset = usize;

    fn endian(&self) -> RunTimeEndian {
        self.bytes.endian()
    }

    fn len(&self) -> usize {
        self.bytes.len()
    }

    fn empty(&mut self) {
        self.bytes.empty();
    }

    fn truncate(&mut self, len: usize) -> Result<()> {
        self.bytes.truncate(len)
    }

    fn offset_from(&self, base: &Self) -> usize {
        self.bytes.offset_from(base.bytes)
    }

    fn offset_id(&self) -> ReaderOffsetId {
        self.bytes.offset_id()
    }

    fn lookup_offset_id(&self, id: ReaderOffsetId) -> Option<usize> {
        self.bytes.lookup_offset_id(id)
    }

    fn find(&self, byte: u8) -> Result<usize> {
        let found = Reader::find(&self.bytes, byte);
        self.meter.pay(*found.as_ref().unwrap_or(&self.bytes.len()))?;
        found
    }

    fn skip(&mut self, len: usize) -> Result<()> {
        self.meter.pay(0)?;
        self.bytes.skip(len)
    }

    fn split(&mut self, len: usize) -> Result<Self> {
        self.meter.pay(0)?;
        Ok(Self { bytes: self.bytes.split(len)?, meter: self.meter })
    }

    fn to_slice(&self) -> Result<Cow<'_, [u8]>> {
        self.meter.pay(self.bytes.len())?;
        self.bytes.to_slice()
    }

    fn to_string(&self) -> Result<Cow<'_, str>> {
        self.meter.pay(self.bytes.len())?;
        Reader::to_string(&self.bytes)
    }

    fn to_string_lossy(&self) -> Result<Cow<'_, str>> {
        self.meter.pay(self.bytes.len())?;
        Reader::to_string_lossy(&self.bytes)
    }

    fn read_slice(&mut self, buf: &mut [u8]) -> Result<()> {
        self.meter.pay(buf.len())?;
        self.bytes.read_slice(buf)
    }
}
