//! What a board is, and what its flash holds.

mod bootloader;
mod flash_chip;
mod owner;
mod reader;
mod sectors;
mod settings;
mod slots;
mod table;

use skylift_protocol::Chip;
use skylift_provisioning::Provisioning;
use skylift_updater::partition::TableError;

pub use bootloader::{Bootloader, RollsBack};
pub use flash_chip::FlashChip;
pub use owner::Owner;
pub use settings::{Setting, Shown};
pub use slots::{Contents, Held, Slot};
pub use table::{Partition, Table};

pub(crate) use bootloader::boot_offset;
pub(in crate::usb) use bootloader::{bundled, usual_crystal};
pub(in crate::usb) use reader::Reader;
pub(in crate::usb) use sectors::{Blank, Sectors};

use super::wire::{Identity, Link, Security};
use super::{UsbError, Work};

/// How much is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Tables, heads of images, settings.
    #[default]
    Heads,
    /// All of every image, to tell whether a bootloader would boot it.
    Whole,
}

/// A board, as it was when it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    /// The port it is on.
    pub port: String,
    /// The chip.
    pub identity: Identity,
    /// What its fuses forbid.
    pub security: Security,
    /// Its flash, if that says who made it.
    pub flash_chip: Option<FlashChip>,
    /// What its flash holds; `None` if its loader shows that to nobody.
    pub holds: Option<Holds>,
}

/// What a flash holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Holds {
    /// Nothing at all.
    pub is_blank: bool,
    /// The bootloader, if there is one where the chip looks for it.
    pub bootloader: Option<Bootloader>,
    /// The partition table at 0x8000, where the loader of every default build looks for it.
    pub table: Result<Table, TableError>,
    /// The partitions for apps: factory first, then the slots by number.
    pub slots: Vec<Slot>,
    /// What boots next, as a place in `slots`; `None` if nothing would.
    pub boots: Option<usize>,
    /// The keys in its NVS partitions.
    pub settings: Vec<Setting>,
    /// Who it is, if Skylift has set it up.
    pub owner: Option<Owner>,
}

impl Board {
    /// Reads a board.
    ///
    /// # Errors
    /// The board fails, or somebody called it off.
    pub fn read(link: &mut Link, depth: Depth, work: &mut Work<'_>) -> Result<Self, UsbError> {
        let identity = link.identity()?;
        let security = link.security()?;
        let flash_chip = link.flash_id().map(FlashChip::from_id);
        let port = link.port().to_owned();
        let holds = match security.secure_download {
            true => None,
            false => Some(Holds::read(link, &identity, depth, work)?),
        };
        Ok(Self { port, identity, security, flash_chip, holds })
    }

    /// The chip.
    #[must_use]
    pub const fn chip(&self) -> Chip {
        self.identity.chip
    }

    /// Whether nothing would be lost if it were overwritten; not, if nobody can tell.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.holds.as_ref().is_some_and(|holds| holds.is_blank)
    }

    /// Its partition table, if there is a sound one.
    #[must_use]
    pub fn table(&self) -> Option<&Table> {
        self.holds.as_ref()?.table.as_ref().ok()
    }

    /// The slot that boots next.
    #[must_use]
    pub fn boots(&self) -> Option<&Slot> {
        let holds = self.holds.as_ref()?;
        holds.slots.get(holds.boots?)
    }

    /// Who it is, if Skylift has set it up.
    #[must_use]
    pub fn owner(&self) -> Option<&Owner> {
        self.holds.as_ref()?.owner.as_ref()
    }
}

impl Holds {
    fn read(
        link: &mut Link,
        identity: &Identity,
        depth: Depth,
        work: &mut Work<'_>,
    ) -> Result<Self, UsbError> {
        let mut reader = Reader::new(link, work);
        let bootloader = Bootloader::read(&mut reader, identity)?;
        let table = Table::read(&mut reader);
        reader.check()?;
        let is_blank = bootloader.is_none() && table == Err(TableError::Missing) && reader.is_blank()?;
        let partitions = table.as_ref().map(|table| table.partitions.as_slice()).unwrap_or_default();
        let (slots, boots) = slots::read(&mut reader, partitions, depth)?;
        let settings = settings::read(&mut reader, partitions)?;
        let provisioned = Provisioning::in_flash(&mut reader);
        reader.check()?;
        let owner = provisioned.as_ref().and_then(Owner::of);
        let is_recorded = owner.as_ref().is_some_and(|owner| owner.bootloader_rolls_back);
        let bootloader = bootloader.map(|known| if is_recorded { known.recorded() } else { known });
        Ok(Self { is_blank, bootloader, slots, boots, settings, owner, table })
    }
}
