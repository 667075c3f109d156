//! A backup is given back: the whole flash, or a partition of it.

use skylift_updater::partition::TABLE_OFFSET;
use skylift_updater::{Region, SECTOR};

use super::contents::{self, APP, Partition, otadata, part, partitions};
use super::error::BackupError;
use super::folder::Backup;
use crate::usb::wire::{Identity, Link, Security, Written};
use crate::usb::{Progress, Step, Told, UsbError, Work};

/// What of a backup is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The whole flash.
    Whole,
    /// The partition of this name.
    Partition(String),
}

/// What a person has to agree to before a backup is given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// It was read from another board.
    OtherBoard {
        /// The MAC address of that one.
        backup: String,
        /// The MAC address of the board that is there.
        board: String,
    },
    /// It cannot be told whether it was read from this board.
    UnknownBoard,
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OtherBoard { backup, board } => write!(
                f,
                "this is the backup of the board {backup}, and this board is {board}: name, keys and the calibration of \
                 the radio in it are the other board's"
            ),
            Self::UnknownBoard => f.write_str(
                "it cannot be told whether this backup was read from this board: name, keys and the calibration of the \
                 radio in it may be another board's",
            ),
        }
    }
}

/// A backup that fits a board, ready to be given back.
pub struct Restore {
    flash: Vec<u8>,
    /// In the order in which they are written; otadata, which says what boots, is the last.
    regions: Vec<Region>,
    doubt: Option<Doubt>,
}

impl Restore {
    /// Checks the backup, and whether it fits the board. Nothing is written.
    ///
    /// # Errors
    /// It is damaged, or does not fit; or the board fails.
    pub fn prepare(
        backup: &Backup,
        what: &Part,
        link: &mut Link,
        work: &mut Work<'_>,
    ) -> Result<Self, UsbError> {
        let flash = backup.flash()?;
        work.check()?;
        let (identity, port) = (link.identity()?, link.port().to_owned());
        let fits = Fits { backup, identity: &identity, port: &port };
        fits.check_chip()?;
        fits.check_fuses(link.security()?)?;
        let doubt = fits.doubt();
        match what {
            Part::Whole => {
                fits.check_size()?;
                let regions = in_order(region(&flash, what)?, otadata(&flash));
                Ok(Self { flash, regions, doubt })
            }
            Part::Partition(name) => {
                let then = named(&flash, name)?;
                let regions = vec![fits.same_place(&then, &table(link, work)?)?];
                // An app is the same on every board.
                Ok(Self { flash, regions, doubt: doubt.filter(|_| then.kind != APP) })
            }
        }
    }

    /// What a person has to agree to first.
    #[must_use]
    pub const fn doubt(&self) -> Option<&Doubt> {
        self.doubt.as_ref()
    }

    /// Bytes that the board gets.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.regions.iter().map(|region| u64::from(region.size)).sum()
    }

    /// Writes it; what the board holds already is not sent.
    ///
    /// # Errors
    /// The board fails, or somebody called it off: part of it is written then, and it may not boot before it is restored
    /// or flashed again.
    pub fn write(&self, link: &mut Link, work: &mut Work<'_>) -> Result<Written, UsbError> {
        let total = self.size();
        let mut written = Written::default();
        for region in &self.regions {
            let bytes = part(&self.flash, *region).unwrap_or_default();
            let mut steady = steady(written, total, work);
            let more = link.write(Step::Restore, region.offset, bytes, &mut steady)?;
            written.bytes += more.bytes;
            written.unchanged += more.unchanged;
        }
        Ok(written)
    }
}

/// Work on one of several regions, told as one.
fn steady<'w>(before: Written, total: u64, work: &'w mut Work<'_>) -> Work<'w> {
    Work::new(work.cancel(), move |told| match told {
        Told::Progress(Progress { step, done, unchanged, .. }) => work.progress(Progress {
            step,
            done: before.bytes + done,
            total,
            unchanged: before.unchanged + unchanged,
        }),
        Told::Baud(baud) => work.baud(baud),
        Told::Note(note) => work.note(note),
    })
}

/// Where a part is in a backed up flash.
pub(super) fn region(flash: &[u8], part: &Part) -> Result<Region, BackupError> {
    match part {
        Part::Whole => Ok(Region { offset: 0, size: u32::try_from(flash.len()).unwrap_or(u32::MAX) }),
        Part::Partition(name) => Ok(named(flash, name)?.region()),
    }
}

/// The partition of a backed up flash that is called so; it is in the flash, and of whole sectors.
fn named(flash: &[u8], name: &str) -> Result<Partition, BackupError> {
    let there = partitions(flash).unwrap_or_default();
    let fits = |it: &Partition| {
        part(flash, it.region()).is_some()
            && it.offset.is_multiple_of(SECTOR)
            && it.size.is_multiple_of(SECTOR)
    };
    let found = there.iter().find(|partition| partition.name == name && fits(partition)).cloned();
    found.ok_or_else(|| BackupError::NoPartition {
        name: name.to_owned(),
        there: there.into_iter().map(|partition| partition.name).collect(),
    })
}

/// A whole flash, otadata last: until then, the board boots as before, if it boots.
fn in_order(whole: Region, otadata: Option<Region>) -> Vec<Region> {
    let Some(last) = otadata else { return vec![whole] };
    let before = Region { offset: 0, size: last.offset };
    let behind = Region { offset: last.end(), size: whole.size.saturating_sub(last.end()) };
    [before, behind, last].into_iter().filter(|region| region.size > 0).collect()
}

/// The partitions of the board as it is now.
fn table(link: &mut Link, work: &mut Work<'_>) -> Result<Vec<Partition>, UsbError> {
    let sector = link.read(Step::Read, TABLE_OFFSET, SECTOR, work)?;
    let mut start = vec![0xFF; TABLE_OFFSET as usize];
    start.extend(sector);
    Ok(contents::partitions(&start).unwrap_or_default())
}

/// Whether a backup fits a board.
#[derive(Clone, Copy)]
struct Fits<'a> {
    backup: &'a Backup,
    identity: &'a Identity,
    port: &'a str,
}

impl Fits<'_> {
    fn check_chip(self) -> Result<(), BackupError> {
        let (backup, board) = (&self.backup.about.chip, &self.identity.name);
        if backup == board {
            return Ok(());
        }
        Err(BackupError::OtherChip {
            port: self.port.to_owned(),
            backup: backup.clone(),
            board: board.clone(),
        })
    }

    /// What is encrypted or signed for one chip is nothing to another, and the other way round.
    fn check_fuses(self, now: Security) -> Result<(), BackupError> {
        let about = &self.backup.about;
        let then = (about.secure_boot, about.flash_encryption);
        let same = then == (now.secure_boot, now.flash_encryption);
        if same && (then == (false, false) || self.doubt().is_none()) {
            return Ok(());
        }
        Err(BackupError::OtherFuses { port: self.port.to_owned() })
    }

    fn check_size(self) -> Result<(), BackupError> {
        let (backup, board) = (self.backup.about.held.flash_size, self.identity.flash_size);
        if backup == board {
            return Ok(());
        }
        Err(BackupError::OtherSize { port: self.port.to_owned(), backup, board })
    }

    fn doubt(self) -> Option<Doubt> {
        match (&self.backup.about.mac, &self.identity.mac) {
            (Some(backup), Some(board)) if backup == board => None,
            (Some(backup), Some(board)) => {
                Some(Doubt::OtherBoard { backup: backup.clone(), board: board.clone() })
            }
            _ => Some(Doubt::UnknownBoard),
        }
    }

    /// The place of a partition, if the board has the same there.
    fn same_place(self, then: &Partition, now: &[Partition]) -> Result<Region, BackupError> {
        let (port, name) = (self.port.to_owned(), then.name.clone());
        let Some(now) = now.iter().find(|partition| partition.name == then.name) else {
            return Err(BackupError::NotOnBoard { port, name });
        };
        if (now.offset, now.size) != (then.offset, then.size) {
            let (then, now) = ((then.offset, then.size), (now.offset, now.size));
            return Err(BackupError::Moved { port, name, then, now });
        }
        if (now.kind, now.subtype) != (then.kind, then.subtype) {
            return Err(BackupError::OtherType { port, name });
        }
        Ok(now.region())
    }
}
