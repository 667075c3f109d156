//! What becomes of the partitions of a board: before and after, for the eyes of its owner.

use skylift_updater::Region as Range;

use super::region::{Content, Region};
use super::target::Target;
use crate::usb::Step;
use crate::usb::board::{Bootloader, Partition, Table};

/// What becomes of a part of the flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing was there, something will be.
    Written,
    /// Something else will be there.
    Replaced,
    /// It stays as it is.
    Kept,
    /// Nothing will be there any more.
    Erased,
}

impl Fate {
    /// One word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Replaced => "replaced",
            Self::Kept => "kept",
            Self::Erased => "erased",
        }
    }
}

/// A part of the flash, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is called: `factory → ota_0`.
    pub name: String,
    /// Where.
    pub offset: u32,
    /// Bytes.
    pub size: u32,
    /// What is there; `None` if nothing is.
    pub before: Option<String>,
    /// What will be there; `None` if nothing will.
    pub after: Option<String>,
    /// What becomes of it.
    pub fate: Fate,
}

/// The changes by place: of the partitions of the table that will be there, and of what only was there.
pub(super) fn changes(target: &Target, table: &Table, regions: &[Region]) -> Vec<Change> {
    let mut changes: Vec<Change> =
        table.partitions.iter().map(|partition| of_partition(target, partition, regions)).collect();
    let old = target.table.as_ref().map(|table| table.partitions.as_slice()).unwrap_or_default();
    let gone = old.iter().filter(|old| {
        !table.partitions.iter().any(|new| new.region().overlaps(old.region())) && target.holds(old).is_some()
    });
    changes.extend(gone.map(|old| Change {
        name: old.label.clone(),
        offset: old.offset,
        size: old.size,
        before: target.holds(old).map(str::to_owned),
        after: None,
        fate: Fate::Kept,
    }));
    let below = regions.iter().filter(|region| region.offset < 0x9000);
    changes.extend(below.map(|region| below_partitions(target, region)));
    changes.sort_by_key(|change| change.offset);
    changes
}

/// Bootloader and partition table.
fn below_partitions(target: &Target, region: &Region) -> Change {
    let bytes = match &region.content {
        Content::Bytes(bytes) => bytes.as_slice(),
        Content::Blank(_) => &[],
    };
    let (before, is_same) = match region.step {
        Step::Bootloader => {
            let new = Bootloader::of(bytes, &target.identity).map(|bootloader| bootloader.sha256);
            (target.bootloader.clone(), new.is_some() && new == target.bootloader_sha256)
        }
        _ => {
            let words = |table: &Table| format!("{} partitions", table.partitions.len());
            let is_same = target.table.as_ref().is_some_and(|table| bytes.starts_with(&table.bytes));
            (target.table.as_ref().map(words), is_same)
        }
    };
    Change {
        name: region.name.clone(),
        offset: region.offset,
        size: region.length(),
        fate: match before {
            Some(_) if is_same => Fate::Kept,
            Some(_) => Fate::Replaced,
            None => Fate::Written,
        },
        before,
        after: Some(region.what.clone()),
    }
}

fn of_partition(target: &Target, new: &Partition, regions: &[Region]) -> Change {
    let old = target.table.as_ref().map(|table| table.partitions.as_slice()).unwrap_or_default();
    let under: Vec<&Partition> = old.iter().filter(|old| old.region().overlaps(new.region())).collect();
    let before: Vec<&str> = under.iter().filter_map(|old| target.holds(old)).collect();
    let before = (!before.is_empty()).then(|| before.join(", "));
    let touched: Vec<&Region> =
        regions.iter().filter(|region| range(region).overlaps(new.region())).collect();
    let written = touched.iter().find(|region| matches!(region.content, Content::Bytes(_)));
    let (fate, after) = match (written, touched.first(), &before) {
        (Some(region), _, Some(_)) => (Fate::Replaced, Some(region.what.clone())),
        (Some(region), _, None) => (Fate::Written, Some(region.what.clone())),
        (None, Some(_), _) => (Fate::Erased, None),
        (None, _, before) => (Fate::Kept, before.clone()),
    };
    let moved: Vec<&str> =
        under.iter().map(|old| old.label.as_str()).filter(|label| *label != new.label).collect();
    let name = match moved.first() {
        Some(_) if under.iter().any(|old| old.label == new.label) => new.label.clone(),
        Some(_) => format!("{} → {}", moved.join(", "), new.label),
        None => new.label.clone(),
    };
    Change { name, offset: new.offset, size: new.size, before, after, fate }
}

fn range(region: &Region) -> Range {
    Range { offset: region.offset, size: region.length() }
}
