//! What really became of a device: which image its flash boots, by ESP-IDF's rules and byte for byte, whether that is
//! kept, and what the device has been through. Nothing of it comes from what device or engine say.

use std::sync::Arc;

use skylift_protocol::Chip;
use skylift_simulator::Happening;
use skylift_simulator::bootloader::{self, AppPlace, BootResult, Bootloader, sequence_crc, state};
use skylift_simulator::nor::Nor;

use crate::images::Picture;

/// Where the otadata entries of the soak's devices lie.
const SECTOR: usize = 4096;

/// The image that boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boots {
    /// The one that ran before the update.
    Before,
    /// The one that was sent.
    New,
    /// A complete one that is neither.
    Other,
    /// None: the device is bricked.
    Nothing,
}

/// What a device has been through since an update began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lived {
    /// Boots into the new image.
    pub boots_of_new: u32,
    /// Restarts that the device asked for itself.
    pub restarts: u32,
    /// Times that power went, or the reset button was pressed.
    pub interruptions: u32,
    /// Panics of the new image.
    pub panics: u32,
    /// Watchdog resets of the new image.
    pub bites: u32,
    /// It found nothing to boot, or ran something without Skylift in it.
    pub dead: bool,
}

/// What really became of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The image that boots.
    pub boots: Boots,
    /// otadata says that it has validated.
    pub kept: bool,
    /// What the device has been through.
    pub lived: Lived,
}

impl Lived {
    /// From what the simulator tells, in its order; the new image is known by its version.
    pub fn of(happenings: impl IntoIterator<Item = Happening>, new: &str) -> Self {
        let mut lived = Self::default();
        let mut runs_new = false;
        for happening in happenings {
            match happening {
                Happening::Runs { version, .. } => {
                    runs_new = version == new;
                    lived.boots_of_new += u32::from(runs_new);
                }
                Happening::Restarts => lived.restarts += 1,
                Happening::LostPower => lived.interruptions += 1,
                Happening::Panicked(_) => lived.panics += u32::from(runs_new),
                Happening::WatchdogBit => lived.bites += u32::from(runs_new),
                Happening::Silent | Happening::Bricked => lived.dead = true,
                _ => {}
            }
        }
        lived
    }
}

/// The partitions that the truth is read from: first bytes of otadata and the two slots.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    pub otadata: usize,
    pub slots: [usize; 2],
}

/// Reads the truth from the cells of a flash.
pub fn read(
    cells: &[u8],
    places: Places,
    bootloader: Bootloader,
    [before, new]: [&Arc<Picture>; 2],
    lived: Lived,
) -> Truth {
    let boots_at = |slot: usize, picture: &Picture| cells[places.slots[slot]..].starts_with(&picture.bytes);
    let slot = booted_slot(cells, bootloader);
    let boots = match slot {
        None => Boots::Nothing,
        Some(slot) if boots_at(slot, new) => Boots::New,
        Some(slot) if boots_at(slot, before) => Boots::Before,
        Some(_) => Boots::Other,
    };
    let entries = [0, 1].map(|number| entry(&cells[places.otadata + number * SECTOR..]));
    let followed = |entry: &&Entry| !matches!(entry.state, state::INVALID | state::ABORTED);
    let active = entries.iter().flatten().filter(followed).max_by_key(|entry| entry.sequence);
    let kept = active.is_some_and(|it| Some(it.slot()) == slot && it.state == state::VALID);
    Truth { boots, kept, lived }
}

/// Bytes from the start of an image that lie in the slot that does not boot, in whole pages.
pub fn arrived(cells: &[u8], places: Places, bootloader: Bootloader, picture: &Picture) -> u32 {
    let Some(slot) = booted_slot(cells, bootloader) else { return 0 };
    let other = &cells[places.slots[1 - slot]..];
    let same = other.iter().zip(&picture.bytes).take_while(|(cell, byte)| cell == byte).count();
    let whole = if same == picture.bytes.len() { same } else { same / 256 * 256 };
    u32::try_from(whole).unwrap()
}

/// The slot that the next reset boots.
fn booted_slot(cells: &[u8], bootloader: Bootloader) -> Option<usize> {
    let mut fork = Nor::from_bytes(cells.to_vec()).unwrap();
    match bootloader::boot(&mut fork, bootloader, Chip::Esp32C3).unwrap() {
        BootResult::Booted { place: AppPlace::Slot(slot), .. } => Some(slot.into()),
        BootResult::Booted { .. } | BootResult::NothingBootable { .. } => None,
    }
}

struct Entry {
    sequence: u32,
    state: u32,
}

impl Entry {
    fn slot(&self) -> usize {
        (self.sequence.wrapping_sub(1) % 2) as usize
    }
}

/// `esp_ota_select_entry_t`, if its CRC is right.
fn entry(sector: &[u8]) -> Option<Entry> {
    let word = |at: usize| u32::from_le_bytes(sector[at..at + 4].try_into().unwrap());
    let (sequence, state, crc) = (word(0), word(24), word(28));
    (sequence != u32::MAX && crc == sequence_crc(sequence)).then_some(Entry { sequence, state })
}
