//! What is not written to a board, because it would destroy something or could not run; and the way round.

use std::path::PathBuf;

use skylift_protocol::Chip;
use skylift_updater::image::{Revision, Revisions};
use skylift_updater::partition::TableError;

use crate::advice::Advice;

/// Why a board is not flashed. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It starts signed bootloaders only.
    #[error(
        "secure boot is on: this chip starts nothing but bootloaders that its owner has signed, and would never start again"
    )]
    SecureBoot,
    /// What is written as it is, it would take for noise.
    #[error("flash encryption is on: what is written by cable would not run")]
    Encrypted,
    /// Nobody sees what is in it.
    #[error(
        "secure download mode is on: nobody can read what is on this board, so nothing on it is overwritten"
    )]
    SecureDownload,
    /// Nobody knows this chip.
    #[error("Skylift has nothing for a chip of this kind ({0})")]
    UnknownChip(String),
    /// The firmware is for another chip.
    #[error("the firmware is made for the {image}, the board has an {board}")]
    WrongChip {
        /// The chip the firmware is made for.
        image: Chip,
        /// The chip on the board.
        board: Chip,
    },
    /// The firmware does not run on this revision.
    #[error("the firmware runs on {needs} of the chip; the board has revision {found}")]
    Revision {
        /// The revisions it runs on.
        needs: Revisions,
        /// The one that is there.
        found: Revision,
    },
    /// Firmware of the simulator.
    #[error("this image is made for simulated devices; a chip cannot run it")]
    Simulated,
    /// There is no firmware for the chip.
    #[error("no firmware for the {0} comes with Skylift")]
    NotBundled(Chip),
    /// No table of ours is that small.
    #[error("a flash of {} KiB is too small for two slots of a useful size", size / 1024)]
    SmallFlash {
        /// Bytes of the flash.
        size: u32,
    },
    /// The table names flash that is not there.
    #[error("the partition table needs {} KiB of flash, the board has {} KiB", needed / 1024, size / 1024)]
    TableTooLarge {
        /// Bytes that it needs.
        needed: u64,
        /// Bytes of the flash.
        size: u32,
    },
    /// Partitions overlap, or lie where they cannot.
    #[error("this partition table cannot be used: {0}")]
    Table(TableError),
    /// There is no place for an app.
    #[error("the partition table has no partition for an app")]
    NoAppPartition,
    /// The app is larger than its slot.
    #[error("the app has {image} bytes, the partition {label} has {room}")]
    TooLarge {
        /// Bytes of the app.
        image: u32,
        /// The partition.
        label: String,
        /// Its bytes.
        room: u32,
    },
    /// There is no table that could be kept.
    #[error("the board has no partition table with two slots that could be kept")]
    NothingToKeep,
    /// There is no such bootloader.
    #[error("no bootloader for this {0} comes with Skylift")]
    NoBootloader(Chip),
    /// A file with a table or a bootloader cannot be read.
    #[error("{}: it cannot be read: {problem}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: String,
    },
    /// What was given as a table is none.
    #[error("{}: this is no partition table: {problem}", path.display())]
    NotATable {
        /// The file.
        path: PathBuf,
        /// Half a sentence.
        problem: String,
    },
    /// What was given as a bootloader is none for this chip.
    #[error("this is not a bootloader for the {0}")]
    NotABootloader(Chip),
    /// Something of the build lies where it cannot.
    #[error(
        "{what} at {offset:#x} lies outside the flash, over something else, or not at the beginning of a sector"
    )]
    Misplaced {
        /// What it is.
        what: String,
        /// Where it is to go.
        offset: u32,
    },
    /// There is no such partition.
    #[error("the board has no partition {0}")]
    NoPartition(String),
    /// Nothing there would boot.
    #[error("what is in {label} would not boot: {problem}")]
    NotBootable {
        /// The partition.
        label: String,
        /// Half a sentence.
        problem: String,
    },
}

impl Advice for Refusal {
    /// What could not be read is a failure.
    fn is_refusal(&self) -> bool {
        !matches!(self, Self::Unreadable { .. } | Self::NotATable { .. })
    }

    fn advice(&self) -> Vec<String> {
        let line = match self {
            Self::SecureBoot => "update it over the air, with images signed by the key that is in its fuses",
            Self::Encrypted => "update it over the air: the device encrypts what it writes",
            Self::SecureDownload => "update it over the air; this cannot be undone on this chip",
            Self::UnknownChip(_) => "a newer Skylift, if the chip is newer than this one",
            Self::WrongChip { .. } => "firmware that is built for the chip that is there",
            Self::Revision { .. } => {
                "build it for this revision (minimum chip revision in its configuration)"
            }
            Self::Simulated => "leave the image out: the firmware that comes with Skylift is for chips",
            Self::NotBundled(_) => {
                "name firmware of your own: an app image, an ELF, a merged image or a build folder"
            }
            Self::SmallFlash { .. } => "give a table of your own: --table FILE",
            Self::TableTooLarge { .. } => {
                "a table for this flash: leave --table out, or build with the right flash size"
            }
            Self::Table(_) | Self::NoAppPartition => {
                "another table: `skylift flash` without --table and --keep-table writes Skylift's own"
            }
            Self::TooLarge { .. } => "a table with larger slots: --table FILE; or a smaller app",
            Self::NothingToKeep => "leave --keep-table and --app-only out: the board gets Skylift's table",
            Self::NoBootloader(_) => "give one: --bootloader FILE",
            Self::Unreadable { .. } => "check the path, and whether you may read the file",
            Self::NotATable { .. } => "a CSV as ESP-IDF has them, or what gen_esp32part.py makes of one",
            Self::NotABootloader(_) => "ESP-IDF's build/bootloader/bootloader.bin of a project for this chip",
            Self::Misplaced { .. } => "build it with a table for this flash",
            Self::NoPartition(_) => "`skylift board` lists its partitions",
            Self::NotBootable { .. } => "choose another slot, or flash it: `skylift flash`",
        };
        vec![line.to_owned()]
    }
}
