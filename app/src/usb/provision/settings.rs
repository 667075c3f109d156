//! The settings of a board: read from it, changed in memory, and written back as far as they have changed.

use std::collections::BTreeSet;
use std::fmt;

use skylift_protocol::{Id, Pairing};
use skylift_provisioning::Provisioning;
use skylift_updater::{Flash as _, FlashError, SECTOR};

use super::vault::{KeyVault, Paired, wanted};
use super::{Place, Wishes};
use crate::usb::board::{Blank, Reader, Sectors, Table};
use crate::usb::wire::Link;
use crate::usb::{Progress, Step, UsbError, Work};

const BLANK: u8 = 0xFF;

/// The settings of a board.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where they are.
    pub place: Place,
    /// What they say.
    pub says: Provisioning,
    port: String,
    /// The whole partition.
    bytes: Vec<u8>,
    /// Whether that is what the flash holds there.
    read: bool,
}

/// Settings that are ready to be written. Their key is kept already.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Where they go.
    pub place: Place,
    /// The whole partition, secrets included.
    pub bytes: Vec<u8>,
    /// What they said before.
    pub before: Provisioning,
    /// What they say then.
    pub after: Provisioning,
    /// What becomes of the pairing.
    pub paired: Paired,
    /// The device.
    pub device: Id,
    port: String,
    /// The sectors that are not yet as they should be.
    changed: BTreeSet<u32>,
}

impl Settings {
    /// Those of a board that has none yet. What its flash holds there does not matter.
    #[must_use]
    pub fn blank(place: Place, port: &str) -> Self {
        let bytes = vec![BLANK; place.region.size as usize];
        Self { place, says: Provisioning::default(), port: port.to_owned(), bytes, read: false }
    }

    /// Reads the settings of a board, where its own table has them.
    ///
    /// # Errors
    /// No device runs with its table, or that has no place for settings; or the board fails, or somebody called it off.
    pub fn of_board(link: &mut Link, work: &mut Work<'_>) -> Result<Self, UsbError> {
        let table = {
            let mut reader = Reader::new(link, work);
            let table = Table::read(&mut reader);
            reader.check()?;
            table
        };
        let table = table.map_err(|problem| UsbError::Table { port: link.port().to_owned(), problem })?;
        Self::read(Place::in_table(&table, link.flash_size(), link.port())?, link, work)
    }

    /// The settings of a board that is to get this table: those that it has now, at their new place.
    ///
    /// # Errors
    /// No device runs with this table, or it has no place for settings; or the board fails, or somebody called it off.
    pub fn for_table(table: &Table, link: &mut Link, work: &mut Work<'_>) -> Result<Self, UsbError> {
        let place = Place::in_table(table, link.flash_size(), link.port())?;
        let now = match Self::of_board(link, work) {
            Ok(now) if now.place == place => return Ok(now),
            Ok(now) => now.says,
            Err(UsbError::Table { .. } | UsbError::NoPlace { .. }) => Provisioning::default(),
            Err(error) => return Err(error),
        };
        // What others keep at the new place stays.
        let there = match place.shared {
            true => Self::read(place, link, work)?,
            false => Self::blank(place, link.port()),
        };
        Ok(Self { says: now, ..there })
    }

    fn read(place: Place, link: &mut Link, work: &mut Work<'_>) -> Result<Self, UsbError> {
        let port = link.port().to_owned();
        let mut bytes = vec![BLANK; place.region.size as usize];
        let mut reader = Reader::new(link, work);
        // Why it failed, if it did, the reader knows.
        let _ = reader.read(place.region.offset, &mut bytes);
        reader.check()?;
        let says = Provisioning::read(&mut flash(&place, &bytes), place.region);
        Ok(Self { place, says, port, bytes, read: true })
    }

    /// Makes of them what is wanted. A new key of the device is kept when this comes back, and nothing is written yet.
    ///
    /// # Errors
    /// The key cannot be kept, there is no room, or what is there is no place for settings.
    pub fn prepared(self, device: &Id, wishes: &Wishes, vault: &dyn KeyVault) -> Result<Prepared, UsbError> {
        let Self { place, says: before, port, bytes: held, read } = self;
        let (pairing, paired) = wanted(wishes.pairing, &before.pairing, device, vault)?;
        let after = wishes.applied_to(&before, pairing);
        let bytes = if after == before && holds(&place, &held, &before) {
            held.clone()
        } else {
            written(&after, &place, &held, &port)?
        };
        let changed = changes(place.region.offset, Some(held).filter(|_| read).as_deref(), &bytes);
        Ok(Prepared { place, bytes, before, after, paired, device: device.clone(), port, changed })
    }
}

impl Prepared {
    /// Whether the board holds them already.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.changed.is_empty()
    }

    /// Writes what has changed; the key counts from then on.
    ///
    /// # Errors
    /// The board fails, or the key cannot be kept.
    pub fn write(&self, link: &mut Link, vault: &dyn KeyVault, work: &mut Work<'_>) -> Result<(), UsbError> {
        work.check()?;
        if self.is_written() {
            return self.settle(vault);
        }
        let total = self.changed.len() as u64 * u64::from(SECTOR);
        let mut progress = Progress { step: Step::Provisioning, done: 0, total, unchanged: 0 };
        work.progress(progress);
        for &at in &self.changed {
            let start = (at - self.place.region.offset) as usize;
            let sector = self.bytes.get(start..start + SECTOR as usize).unwrap_or_default();
            // Between an erase and its write a board is open to anybody: what is begun is not called off.
            let written = link.write(Step::Provisioning, at, sector, &mut Work::unwatched());
            written
                .map_err(|why| UsbError::HalfProvisioned { port: self.port.clone(), why: Box::new(why) })?;
            progress.done += u64::from(SECTOR);
            work.progress(progress);
        }
        self.settle(vault)
    }

    /// Whether it obeys this computer then.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.paired != Paired::Left && matches!(self.after.pairing, Pairing::Paired(_))
    }

    /// The board holds them: its key counts from now on.
    ///
    /// # Errors
    /// The key cannot be kept.
    pub fn settle(&self, vault: &dyn KeyVault) -> Result<(), UsbError> {
        match (&self.after.pairing, self.paired) {
            (Pairing::Paired(key), Paired::Anew | Paired::Kept) => vault.settle(&self.device, key),
            _ => Ok(()),
        }
    }
}

/// The bytes have passwords and keys in them, and are shown to nobody.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, says, .. } = self;
        f.debug_struct("Settings").field("place", place).field("says", says).finish_non_exhaustive()
    }
}

/// As for [`Settings`].
impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, before, after, paired, device, .. } = self;
        let mut shown = f.debug_struct("Prepared");
        shown.field("device", device).field("place", place).field("before", before).field("after", after);
        shown.field("paired", paired).finish_non_exhaustive()
    }
}

/// Whether a partition says this.
fn holds(place: &Place, bytes: &[u8], says: &Provisioning) -> bool {
    Provisioning::read(&mut flash(place, bytes), place.region) == *says
}

/// The partition with these settings in it: a new one, or what others keep in it as well.
fn written(after: &Provisioning, place: &Place, held: &[u8], port: &str) -> Result<Vec<u8>, UsbError> {
    let (port, partition) = (port.to_owned(), place.partition.clone());
    let no_settings = || UsbError::NotSettings { port: port.clone(), partition: partition.clone() };
    let mut flash = flash(place, if place.shared { held } else { &[] });
    match after.merge(&mut flash, place.region) {
        Ok(()) => {}
        Err(error) if error.is_full() => return Err(UsbError::NoRoom { port, partition }),
        Err(_) => return Err(no_settings()),
    }
    let mut bytes = vec![BLANK; place.region.size as usize];
    flash.read(place.region.offset, &mut bytes).map_err(|FlashError| no_settings())?;
    // What a device will read is what was wanted, or nothing is written.
    if holds(place, &bytes, after) { Ok(bytes) } else { Err(no_settings()) }
}

/// The partition, as the device's code sees it; what is not given is blank.
fn flash(place: &Place, bytes: &[u8]) -> Sectors<Blank> {
    Sectors::holding(place.region.end(), place.region.offset, bytes)
}

/// The sectors that differ from those before, or all of them if nobody knows those.
fn changes(offset: u32, before: Option<&[u8]>, after: &[u8]) -> BTreeSet<u32> {
    let same = |at: usize, sector: &[u8]| before.and_then(|it| it.get(at..at + sector.len())) == Some(sector);
    let sectors = after.chunks(SECTOR as usize).enumerate().map(|(n, sector)| (n * SECTOR as usize, sector));
    sectors.filter(|(at, sector)| !same(*at, sector)).map(|(at, _)| offset + at as u32).collect()
}

#[cfg(test)]
mod tests;
