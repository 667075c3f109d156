//! A plan: what is written where, and in which order. Nothing here touches a board.

use skylift_protocol::Chip;
use skylift_updater::SECTOR;
use skylift_updater::partition::{TABLE_MAX, TABLE_OFFSET};

use super::change::{self, Change};
use super::region::{Content, Region, blank, overlap};
use super::{BootloaderWish, Firmware, Refusal, Scope, Target, Wish, check, choice, layout};
use crate::image::Image;
use crate::usb::Step;
use crate::usb::board::{Bootloader, Partition, RollsBack, Table, boot_offset, bundled};

/// Chips name a place of at most so many bytes for their bootloader: up to the partition table.
const BOOT_END: u32 = TABLE_OFFSET;

/// What becomes new on a board.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The chip.
    pub chip: Chip,
    /// Bytes of its flash.
    pub flash_size: u32,
    /// In the order in which they are written.
    pub regions: Vec<Region>,
    /// The partition table that will be there.
    pub table: Table,
    /// The partition that takes the app.
    pub app: Partition,
    /// The app.
    pub image: Image,
    /// The same, in words.
    pub firmware: String,
    /// The bootloader that will be there rolls back.
    pub rolls_back: bool,
    /// What a person may want to know.
    pub notes: Vec<String>,
    target: Target,
}

impl Plan {
    /// Makes a plan.
    ///
    /// # Errors
    /// It would destroy something, or could not run.
    pub fn make(firmware: &Firmware, wish: &Wish, target: &Target) -> Result<Self, Refusal> {
        check::security(target)?;
        check::app(&firmware.app, target)?;
        let table = choice::table(firmware, wish, target)?;
        layout::check(&table, target.identity.flash_size)?;
        let app = choice::app_partition(firmware, &table, target)?;
        check::room(&firmware.app, &app)?;
        let mut plan = Self {
            chip: target.identity.chip,
            flash_size: target.identity.flash_size,
            regions: Vec::new(),
            image: firmware.app.clone(),
            firmware: format!("{} {}", firmware.app.project, firmware.app.version),
            rolls_back: false,
            notes: Vec::new(),
            target: target.clone(),
            app,
            table,
        };
        plan.add_app(firmware);
        if wish.scope == Scope::Everything {
            plan.add_pieces(firmware)?;
            plan.clear_what_moved();
            plan.add_bootloader(firmware, wish)?;
            plan.add_table();
        }
        plan.add_otadata()?;
        plan.regions.sort_by_key(|region| region.step);
        plan.check_apart()?;
        Ok(plan)
    }

    /// The same plan, with who the board is: bytes of the partition at `offset`.
    #[must_use]
    pub fn with_provisioning(mut self, offset: u32, bytes: Vec<u8>) -> Self {
        let name = self.table.partitions.iter().find(|partition| partition.offset == offset);
        let name = name.map_or_else(|| "settings".to_owned(), |partition| partition.label.clone());
        self.regions.retain(|region| region.offset != offset);
        let what = "name, WiFi and keys".to_owned();
        self.regions.push(Region::new(Step::Provisioning, offset, bytes, &name, what));
        self.regions.sort_by_key(|region| region.step);
        self
    }

    /// What the board's settings are to say of the bootloader; `None` if that stays.
    #[must_use]
    pub fn records_rollback(&self) -> Option<bool> {
        let is_written = self.regions.iter().any(|region| region.step == Step::Bootloader);
        is_written.then_some(self.rolls_back)
    }

    /// Whether the board holds nothing that could be lost.
    #[must_use]
    pub const fn is_of_blank(&self) -> bool {
        self.target.is_blank
    }

    /// What becomes of the partitions.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        change::changes(&self.target, &self.table, &self.regions)
    }

    /// Bytes that are sent if nothing of it is there yet.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let written = self.regions.iter().filter(|region| matches!(region.content, Content::Bytes(_)));
        written.map(|region| u64::from(region.length())).sum()
    }

    /// All of it in one file, from the first byte of the flash on; what is between is erased flash. The same as
    /// `esptool merge-bin`.
    #[must_use]
    pub fn merged(&self) -> Vec<u8> {
        let mut file = Vec::new();
        for region in &self.regions {
            let Content::Bytes(bytes) = &region.content else { continue };
            let (start, end) = (region.offset as usize, region.offset as usize + bytes.len());
            file.resize(file.len().max(end), 0xFF);
            if let Some(place) = file.get_mut(start..end) {
                place.copy_from_slice(bytes);
            }
        }
        file
    }

    fn add_app(&mut self, firmware: &Firmware) {
        let (offset, label) = (self.app.offset, self.app.label.clone());
        let bytes = firmware.app.bytes.to_vec();
        self.regions.push(Region::new(Step::App, offset, bytes, &label, self.firmware.clone()));
        // What the updater notes about an update under way is about another image.
        let journal = self.table.called("skylift_journal").filter(|_| !self.target.is_blank).cloned();
        self.regions.extend(journal.map(|journal| blank(&journal)));
    }

    fn add_pieces(&mut self, firmware: &Firmware) -> Result<(), Refusal> {
        for piece in &firmware.brought.pieces {
            let end = u64::from(piece.offset) + piece.bytes.len() as u64;
            if end > self.flash_size.into() || !piece.offset.is_multiple_of(SECTOR) {
                return Err(Refusal::Misplaced { what: piece.what.clone(), offset: piece.offset });
            }
            let partition = self.table.partitions.iter().find(|partition| partition.offset == piece.offset);
            let name = partition.map_or(&piece.what, |partition| &partition.label).clone();
            let what = format!("{} of the build", piece.what);
            self.regions.push(Region::new(Step::App, piece.offset, piece.bytes.clone(), &name, what));
        }
        Ok(())
    }

    /// Data partitions hold what lay there before, unless it is theirs: the same kind at the same place.
    fn clear_what_moved(&mut self) {
        if self.target.is_blank {
            return;
        }
        let old = self.target.table.as_ref().map(|table| table.partitions.as_slice()).unwrap_or_default();
        let is_old = |new: &Partition| {
            old.iter().any(|it| {
                (it.offset, it.size, it.kind, it.subtype) == (new.offset, new.size, new.kind, new.subtype)
            })
        };
        let moved: Vec<Region> =
            self.table
                .partitions
                .iter()
                .filter(|new| !is_old(new) && !new.is_otadata() && new.offset != self.app.offset)
                // Of an app, its head is enough: without it nothing boots it.
                .map(|new| {
                    if new.is_app() { blank(&Partition { size: SECTOR, ..new.clone() }) } else { blank(new) }
                })
                .filter(|blank| !self.regions.iter().any(|region| overlap(region, blank)))
                .collect();
        self.regions.extend(moved);
    }

    fn add_bootloader(&mut self, firmware: &Firmware, wish: &Wish) -> Result<(), Refusal> {
        let identity = &self.target.identity;
        let none = || Refusal::NoBootloader(self.chip);
        let offset = boot_offset(self.chip).ok_or_else(none)?;
        let given = match &wish.bootloader {
            BootloaderWish::Given { bytes, rolls_back } => Some((bytes.clone(), *rolls_back)),
            BootloaderWish::Fitting => firmware.brought.bootloader.clone().map(|bytes| (bytes, false)),
        };
        let (bytes, said) = match given {
            Some(given) => given,
            None => (bundled(identity, self.flash_size, None).ok_or_else(none)?, false),
        };
        let is_for_chip =
            bytes.get(12..14) == Some(&self.chip.image_id().unwrap_or(u16::MAX).to_le_bytes()[..]);
        let known = Bootloader::of(&bytes, identity).filter(|_| is_for_chip);
        let known = known.ok_or(Refusal::NotABootloader(self.chip))?;
        if bytes.len() as u64 > u64::from(BOOT_END - offset) {
            return Err(Refusal::NotABootloader(self.chip));
        }
        self.rolls_back = said && known.rolls_back != RollsBack::No;
        if said && !self.rolls_back {
            self.notes.push("this bootloader is known, and does not roll back".to_owned());
        }
        let version = known.version.unwrap_or_else(|| "unknown version".to_owned());
        let what = format!("ESP-IDF {}", version.trim_start_matches('v'));
        self.regions.push(Region::new(Step::Bootloader, offset, bytes, "Bootloader", what));
        Ok(())
    }

    fn add_table(&mut self) {
        let mut bytes = self.table.bytes.clone();
        bytes.resize(TABLE_MAX as usize, 0xFF);
        bytes.resize(SECTOR as usize, 0xFF);
        let what = format!("{} partitions", self.table.partitions.len());
        self.regions.push(Region::new(Step::PartitionTable, TABLE_OFFSET, bytes, "Partition table", what));
    }

    /// Fresh: after an update over the air, the old one names another slot.
    fn add_otadata(&mut self) -> Result<(), Refusal> {
        let Some(otadata) = self.table.partitions.iter().find(|partition| partition.is_otadata()).cloned()
        else {
            return Ok(());
        };
        let region = match self.app.slot() {
            Some(slot) => {
                let bytes = layout::fresh_otadata(&self.table, self.flash_size, slot)?;
                let what = format!("{} boots", self.app.label);
                Region::new(Step::BootSelection, otadata.offset, bytes, &otadata.label, what)
            }
            // Without an entry, bootloaders boot the factory app.
            None => Region { step: Step::BootSelection, ..blank(&otadata) },
        };
        if self.table.layout(self.flash_size).is_err() {
            self.notes
                .push("this partition table has no two slots: no update over the air is possible".to_owned());
        }
        self.regions.push(region);
        Ok(())
    }

    fn check_apart(&self) -> Result<(), Refusal> {
        for (index, region) in self.regions.iter().enumerate() {
            let rest = self.regions.iter().skip(index + 1);
            if let Some(other) = rest.clone().find(|other| overlap(region, other)) {
                return Err(Refusal::Misplaced { what: other.name.clone(), offset: other.offset });
            }
        }
        Ok(())
    }
}
