//! The flash of a board, as far as it is looked at.

use md5::{Digest as _, Md5};
use skylift_updater::{Erase, Flash, FlashError, SECTOR};

use super::sectors::{Fetch, Sectors};
use crate::usb::wire::{Link, PIECE};
use crate::usb::{Progress, Step, Told, UsbError, Work};

/// Reads a board's flash sector by sector, and remembers why that failed.
pub(in crate::usb) struct Reader<'l, 'w>(Sectors<OverWire<'l, 'w>>);

struct OverWire<'l, 'w> {
    link: &'l mut Link,
    /// Of single sectors no progress is told.
    quiet: Work<'w>,
    /// Bytes that are fetched at once.
    reach: u32,
    failure: Option<UsbError>,
}

impl Fetch for OverWire<'_, '_> {
    fn fetch(&mut self, offset: u32) -> Result<Vec<u8>, FlashError> {
        let end = (offset - offset % self.reach + self.reach).min(self.link.flash_size());
        let length = end.saturating_sub(offset).max(SECTOR);
        match self.link.read(Step::Read, offset, length, &mut self.quiet) {
            Ok(bytes) => Ok(bytes),
            Err(error) => {
                self.failure.get_or_insert(error);
                Err(FlashError)
            }
        }
    }
}

impl<'l, 'w> Reader<'l, 'w> {
    /// How much will be read is not known before: what is told grows.
    pub fn new(link: &'l mut Link, work: &'w mut Work<'_>) -> Self {
        let cancel = work.cancel();
        let mut through = 0;
        let quiet = Work::new(cancel, move |told| match told {
            Told::Progress(progress) if progress.done == progress.total => {
                through += progress.done;
                work.progress(Progress { done: through, total: through, ..progress });
            }
            Told::Progress(_) => {}
            Told::Baud(baud) => work.baud(baud),
            Told::Note(note) => work.note(note),
        });
        let capacity = link.flash_size();
        Self(Sectors::new(capacity, OverWire { link, quiet, reach: SECTOR, failure: None }))
    }

    /// Whether all that was looked at since the last time was read.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&mut self) -> Result<(), UsbError> {
        self.0.source_mut().failure.take().map_or(Ok(()), Err)
    }

    /// Fetches as much at once as the wire takes, while `look` looks at all of something.
    pub fn widely<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        self.0.source_mut().reach = PIECE;
        let looked = look(self);
        self.0.source_mut().reach = SECTOR;
        looked
    }

    /// Bytes, as many as asked for.
    ///
    /// # Errors
    /// The board fails, or somebody called it off.
    pub fn bytes(&mut self, offset: u32, length: usize) -> Result<Vec<u8>, UsbError> {
        let mut bytes = vec![0; length];
        let read = self.0.read(offset, &mut bytes);
        self.check()?;
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        let OverWire { link, .. } = self.0.source_mut();
        read.map(|()| bytes).map_err(|FlashError| UsbError::OutOfFlash {
            port: link.port().to_owned(),
            size: link.flash_size(),
            offset,
            length,
        })
    }

    /// Whether the whole flash is erased; what is not ends the search.
    ///
    /// # Errors
    /// The board fails, or somebody called it off.
    pub fn is_blank(&mut self) -> Result<bool, UsbError> {
        let OverWire { link, quiet, .. } = self.0.source_mut();
        let blank = Md5::digest(vec![0xFF; PIECE as usize]);
        for offset in (0..link.flash_size()).step_by(PIECE as usize) {
            if link.md5(offset, PIECE, quiet)? != blank[..] {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What was changed, and has to be written back.
    pub fn changes(&self) -> Vec<(u32, Vec<u8>)> {
        self.0.changes().map(|(at, sector)| (at, sector.to_vec())).collect()
    }
}

impl Flash for Reader<'_, '_> {
    fn capacity(&self) -> u32 {
        self.0.capacity()
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        self.0.read(offset, buf)
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        self.0.program(offset, data)
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        self.0.erase(offset, unit)
    }
}
