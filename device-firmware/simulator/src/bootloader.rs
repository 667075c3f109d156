//! ESP-IDF's second-stage bootloader as a model: which image it boots, and what it writes into otadata for that.
//!
//! Transcribed from ESP-IDF's `bootloader_utility.c`, `bootloader_common_loader.c`, `esp_image_format.c` and
//! `flash_partitions.c` (v6, master of July 2026), without anti-rollback, secure boot, flash encryption, factory
//! reset by pin and deep-sleep shortcuts. It judges the updater, so it shares no parser with it.
//!
//! otadata: an entry at the start of each of its two 4 KiB sectors; `sequence` u32, `label` 20 bytes, `state` u32,
//! `crc` u32 over the sequence only. *invalid*: sequence all ones, or state INVALID or ABORTED. *valid*: not
//! invalid, and the CRC is right. *factory*: the table has one.
//!
//! | step | if | then |
//! |---|---|---|
//! | 1 | table broken, no entry, or otadata under 8 KiB | nothing boots |
//! | 2 | no otadata partition | start at factory |
//! | 3 | `Rollback`: an entry is PENDING_VERIFY, its CRC right or not | rewritten as ABORTED |
//! | 4 | both entries invalid, or no OTA slot; factory | start at factory |
//! | 5 | the same without factory | start at slot 0; *initial* if each entry is blank or has a bad CRC |
//! | 6 | an entry is valid | the one with the higher sequence (equal: entry 0) is active: start at slot `(sequence - 1) % slots` |
//! | 7 | `Rollback`: the active entry is NEW | rewritten as PENDING_VERIFY |
//! | 8 | none is valid | start at factory, if there is one or not |
//! | 9 | always | try start, then downwards to slot 0 and factory, then start + 1 upwards, then the test app |
//! | 10 | *initial*, and a slot's image is good | entry 0 written: sequence = slot + 1, VALID, label all ones |
//!
//! A rewrite is a sector erase and a program of all 32 bytes, label and CRC carried over. Nothing else is written.

mod image;
mod partitions;

use skylift_updater::{Erase, Flash, FlashError, SECTOR};

use partitions::{Apps, Part};

use crate::silicon::Silicon;

/// State words of otadata (`esp_ota_img_states_t`).
pub mod state {
    /// Not tried yet.
    pub const NEW: u32 = 0;
    /// Being tried.
    pub const PENDING_VERIFY: u32 = 1;
    /// Confirmed.
    pub const VALID: u32 = 2;
    /// Confirmed as bad: not booted.
    pub const INVALID: u32 = 3;
    /// Tried and not confirmed: not booted.
    pub const ABORTED: u32 = 4;
    /// Nobody said anything.
    pub const UNDEFINED: u32 = 0xFFFF_FFFF;
}

/// Which build of the bootloader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bootloader {
    /// Without rollback, as espflash bundles it.
    Stock,
    /// With `CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE`.
    Rollback,
}

/// Where an app lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppPlace {
    /// An OTA slot: 0 for `ota_0`.
    Slot(u8),
    /// The factory app.
    Factory,
    /// The test app, the last resort.
    Test,
}

/// An otadata entry that the bootloader rewrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtadataWrite {
    /// Which entry: 0 or 1.
    pub entry: u8,
    /// Its sequence number.
    pub sequence: u32,
    /// Its state now.
    pub state: u32,
}

/// How a boot ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BootResult {
    /// An app starts.
    Booted {
        /// Where it lies.
        place: AppPlace,
        /// First byte of its partition in flash: what the MMU maps.
        offset: u32,
        /// Bytes of its partition.
        size: u32,
        /// What was written to otadata, in this order.
        wrote: Vec<OtadataWrite>,
    },
    /// There is none. The chip resets and tries again, with the same end.
    NothingBootable {
        /// What was written to otadata, in this order.
        wrote: Vec<OtadataWrite>,
    },
}

impl BootResult {
    /// The place of the app that starts.
    #[must_use]
    pub const fn place(&self) -> Option<AppPlace> {
        match self {
            Self::Booted { place, .. } => Some(*place),
            Self::NothingBootable { .. } => None,
        }
    }

    /// What was written to otadata, in this order.
    #[must_use]
    pub fn wrote(&self) -> &[OtadataWrite] {
        match self {
            Self::Booted { wrote, .. } | Self::NothingBootable { wrote } => wrote,
        }
    }
}

/// Boots a flash once; a chip alone stands for its latest silicon.
///
/// # Errors
/// The flash failed, as by a power cut inside one of the writes. (The real one goes on after a failed write; it has
/// no power left to do so either.)
pub fn boot<F: Flash>(
    flash: &mut F,
    kind: Bootloader,
    silicon: impl Into<Silicon>,
) -> Result<BootResult, FlashError> {
    let silicon = silicon.into();
    let mut wrote = Vec::new();
    let Some(apps) = partitions::read(flash)? else { return Ok(BootResult::NothingBootable { wrote }) };
    let Some(start) = select(flash, kind, &apps, &mut wrote)? else {
        return Ok(BootResult::NothingBootable { wrote });
    };
    for index in order(start.index, apps.count) {
        let part = apps.part(index);
        if part.size == 0 || !image::bootable(flash, part, silicon)? {
            continue;
        }
        if start.initial && index > FACTORY {
            write_entry(flash, apps.otadata, 0, Entry::first(index as u32 + 1), &mut wrote)?;
        }
        return Ok(BootResult::Booted { place: place(index), offset: part.offset, size: part.size, wrote });
    }
    Ok(BootResult::NothingBootable { wrote })
}

/// The bootloader's index of the factory app; slots have theirs from 0.
const FACTORY: i64 = -1;
/// The bootloader's index of the test app.
const TEST: i64 = -2;

/// Where to start, and whether to note the outcome in otadata.
struct Start {
    index: i64,
    initial: bool,
}

/// Steps 2 to 8; `None` if otadata is too small.
fn select<F: Flash>(
    flash: &mut F,
    kind: Bootloader,
    apps: &Apps,
    wrote: &mut Vec<OtadataWrite>,
) -> Result<Option<Start>, FlashError> {
    let at_factory = Start { index: FACTORY, initial: false };
    if apps.otadata.offset == 0 {
        return Ok(Some(at_factory));
    }
    if apps.otadata.size < 2 * SECTOR {
        return Ok(None);
    }
    let mut entries =
        [read_entry(flash, apps.otadata.offset)?, read_entry(flash, apps.otadata.offset + SECTOR)?];
    if kind == Bootloader::Rollback {
        for (number, entry) in (0..).zip(&mut entries) {
            if entry.state == state::PENDING_VERIFY {
                entry.state = state::ABORTED;
                write_entry(flash, apps.otadata, number, *entry, wrote)?;
            }
        }
    }
    if entries.iter().all(Entry::is_invalid) || apps.count == 0 {
        let initial = entries.iter().all(|entry| entry.sequence == u32::MAX || !entry.crc_matches());
        let no_factory = Start { index: 0, initial };
        return Ok(Some(if apps.factory.offset == 0 { no_factory } else { at_factory }));
    }
    let Some(number) = active(&entries) else { return Ok(Some(at_factory)) };
    let mut entry = entries[usize::from(number)];
    if kind == Bootloader::Rollback && entry.state == state::NEW {
        entry.state = state::PENDING_VERIFY;
        write_entry(flash, apps.otadata, number, entry, wrote)?;
    }
    let index = i64::from(entry.sequence.wrapping_sub(1) % apps.count);
    Ok(Some(Start { index, initial: false }))
}

/// The valid entry with the higher sequence; entry 0 if they are equal.
fn active(entries: &[Entry; 2]) -> Option<u8> {
    match (entries[0].is_valid(), entries[1].is_valid()) {
        (true, true) => Some(u8::from(entries[1].sequence > entries[0].sequence)),
        (true, false) => Some(0),
        (false, true) => Some(1),
        (false, false) => None,
    }
}

/// Step 9: the indices in the order of the attempts.
fn order(start: i64, slots: u32) -> impl Iterator<Item = i64> {
    let downwards = (FACTORY..=start).rev();
    downwards.chain(start + 1..i64::from(slots)).chain([TEST])
}

fn place(index: i64) -> AppPlace {
    match index {
        FACTORY => AppPlace::Factory,
        TEST => AppPlace::Test,
        slot => AppPlace::Slot(slot as u8),
    }
}

/// An otadata entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    sequence: u32,
    label: [u8; 20],
    state: u32,
    crc: u32,
}

impl Entry {
    /// A confirmed entry of the kind that step 10 and the first flash over USB write.
    pub(crate) fn first(sequence: u32) -> Self {
        Self { sequence, label: [0xFF; 20], state: state::VALID, crc: sequence_crc(sequence) }
    }

    fn from_bytes(bytes: [u8; 32]) -> Self {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let mut label = [0; 20];
        label.copy_from_slice(&bytes[4..24]);
        Self { sequence: word(0), label, state: word(24), crc: word(28) }
    }

    pub(crate) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[4..24].copy_from_slice(&self.label);
        bytes[24..28].copy_from_slice(&self.state.to_le_bytes());
        bytes[28..].copy_from_slice(&self.crc.to_le_bytes());
        bytes
    }

    const fn is_invalid(&self) -> bool {
        self.sequence == u32::MAX || matches!(self.state, state::INVALID | state::ABORTED)
    }

    fn is_valid(&self) -> bool {
        !self.is_invalid() && self.crc_matches()
    }

    fn crc_matches(&self) -> bool {
        self.crc == sequence_crc(self.sequence)
    }
}

/// The ROM's `esp_rom_crc32_le(UINT32_MAX, &sequence, 4)`: the usual CRC-32, but begun with zero.
#[must_use]
pub fn sequence_crc(sequence: u32) -> u32 {
    let mut crc = sequence;
    for _ in 0..32 {
        crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
    }
    !crc
}

fn read_entry<F: Flash>(flash: &mut F, offset: u32) -> Result<Entry, FlashError> {
    let mut bytes = [0; 32];
    flash.read(offset, &mut bytes)?;
    Ok(Entry::from_bytes(bytes))
}

fn write_entry<F: Flash>(
    flash: &mut F,
    otadata: Part,
    number: u8,
    entry: Entry,
    wrote: &mut Vec<OtadataWrite>,
) -> Result<(), FlashError> {
    let offset = otadata.offset + SECTOR * u32::from(number);
    flash.erase(offset / SECTOR * SECTOR, Erase::Sector)?;
    flash.program(offset, &entry.to_bytes())?;
    wrote.push(OtadataWrite { entry: number, sequence: entry.sequence, state: entry.state });
    Ok(())
}
