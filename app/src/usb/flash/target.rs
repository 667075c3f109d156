//! What a plan is made for: a board that was read, or any of a kind.

use skylift_protocol::{Chip, Digest};

use crate::usb::board::{Board, Bootloader, Contents, Partition, Table, usual_crystal};
use crate::usb::wire::{Identity, Security};

/// What a plan has to know of a board.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The chip.
    pub identity: Identity,
    /// What its fuses forbid.
    pub security: Security,
    /// Nothing is in its flash.
    pub is_blank: bool,
    /// There is a bootloader.
    pub bootloader: Option<String>,
    /// Its digest, whatever flash it is set for.
    pub bootloader_sha256: Option<Digest>,
    /// Its partition table, if it has a sound one.
    pub table: Option<Table>,
    /// What its partitions hold, in words, by their offsets; those that hold nothing are not among them.
    pub held: Vec<(u32, String)>,
    /// The number of the slot that boots, if that is known.
    pub boots: Option<u8>,
    /// Names the ELF of what is in that slot.
    pub boots_elf: Option<[u8; 32]>,
}

impl Target {
    /// A blank board of a kind.
    #[must_use]
    pub fn blank(chip: Chip, flash_size: u32) -> Self {
        let identity = Identity {
            chip,
            name: chip.to_string(),
            revision: None,
            mac: None,
            crystal: usual_crystal(chip),
            features: Vec::new(),
            flash_size,
        };
        Self {
            identity,
            security: Security::default(),
            is_blank: true,
            bootloader: None,
            bootloader_sha256: None,
            table: None,
            held: Vec::new(),
            boots: None,
            boots_elf: None,
        }
    }

    /// What a partition holds.
    pub(super) fn holds(&self, partition: &Partition) -> Option<&str> {
        let held = self.held.iter().find(|(offset, _)| *offset == partition.offset);
        held.map(|(_, words)| words.as_str())
    }
}

impl From<&Board> for Target {
    fn from(board: &Board) -> Self {
        let holds = board.holds.as_ref();
        let bootloader = holds.and_then(|holds| holds.bootloader.as_ref());
        let boots = board.boots();
        let version = |bootloader: &Bootloader| match &bootloader.version {
            Some(version) => format!("ESP-IDF {}", version.trim_start_matches('v')),
            None => "unknown version".to_owned(),
        };
        Self {
            identity: board.identity.clone(),
            security: board.security,
            is_blank: board.is_blank(),
            bootloader: bootloader.map(version),
            bootloader_sha256: bootloader.map(|bootloader| bootloader.sha256),
            table: board.table().cloned(),
            held: held(board),
            boots: boots.and_then(|slot| slot.partition.slot()),
            boots_elf: boots.and_then(|slot| slot.image()).map(|image| image.elf_sha256.0),
        }
    }
}

fn held(board: &Board) -> Vec<(u32, String)> {
    let Some(holds) = &board.holds else { return Vec::new() };
    let partitions = board.table().map(|table| table.partitions.as_slice()).unwrap_or_default();
    let apps = holds.slots.iter().filter_map(|slot| {
        let words = match &slot.contents {
            Contents::Empty => return None,
            Contents::NoImage(_) => "no app".to_owned(),
            Contents::Image(image) => format!("{} {}", image.project, image.version),
        };
        Some((slot.partition.offset, words))
    });
    let data = partitions.iter().filter(|partition| !partition.is_app()).map(|partition| {
        let keys = holds.settings.iter().filter(|setting| setting.partition == partition.label).count();
        let words = match () {
            () if partition.is_nvs() && keys == 1 => "1 key".to_owned(),
            () if partition.is_nvs() && keys > 0 => format!("{keys} keys"),
            () if partition.is_phy() => "radio calibration".to_owned(),
            () => partition.kind_in_words(),
        };
        (partition.offset, words)
    });
    apps.chain(data).collect()
}
