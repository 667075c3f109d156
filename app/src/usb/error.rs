//! What can go wrong on a cable, in sentences for people.

use super::backup::BackupError;
use super::monitor::MonitorError;
use super::ports::{Fix, Holder, holder_advice};
use skylift_updater::partition::TableError;

use super::flash::Refusal;
use crate::advice::Advice;

/// Why work by cable did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum UsbError {
    /// Somebody called it off.
    #[error("it was called off")]
    Cancelled,
    /// The system does not tell which ports there are.
    #[error("this computer does not tell which ports it has: {problem}")]
    Ports {
        /// What the system says.
        problem: String,
    },
    /// The port is not there.
    #[error("there is no port {port}")]
    NoPort {
        /// The port.
        port: String,
    },
    /// This user may not open the port.
    #[error("this user may not use {port}")]
    NoPermission {
        /// The port.
        port: String,
        /// The way to the permission on this computer.
        fix: Fix,
    },
    /// Another program holds the port.
    #[error("{} uses {port}", by.as_ref().map_or("another program".to_owned(), Holder::to_string))]
    InUse {
        /// The port.
        port: String,
        /// Which program, if the system tells.
        by: Option<Holder>,
    },
    /// The system does not open the port.
    #[error("{port} cannot be opened: {problem}")]
    Open {
        /// The port.
        port: String,
        /// What the system says.
        problem: String,
    },
    /// Nobody answers as a loader does.
    #[error("no chip in download mode answers on {port}")]
    NoAnswer {
        /// The port.
        port: String,
        /// The port can reset the chip into download mode by itself.
        has_lines: bool,
    },
    /// The chip restarted, but not into download mode.
    #[error("the chip on {port} starts its program instead of its loader")]
    NotInDownloadMode {
        /// The port.
        port: String,
    },
    /// The chip is none of those that are known, or it cannot be told which.
    #[error("it cannot be told which chip is on {port}: {problem}")]
    UnknownChip {
        /// The port.
        port: String,
        /// What was found.
        problem: String,
    },
    /// Another chip than the one that was asked for.
    #[error("the chip on {port} is {found}, not {wanted}")]
    WrongChip {
        /// The port.
        port: String,
        /// The chip that was asked for.
        wanted: String,
        /// The chip that is there.
        found: String,
    },
    /// The port is gone.
    #[error("the board on {port} is gone")]
    Gone {
        /// The port.
        port: String,
    },
    /// It was there, and answers no more.
    #[error("the board on {port} answers no more")]
    Silent {
        /// The port.
        port: String,
    },
    /// What arrives is damaged, at the slowest rate too.
    #[error("what the board on {port} says arrives damaged, at {baud} baud too: {problem}")]
    Damaged {
        /// The port.
        port: String,
        /// The slowest rate that was tried.
        baud: u32,
        /// What was damaged.
        problem: String,
    },
    /// The chip's flash does not answer.
    #[error("the chip on {port} cannot reach its flash")]
    NoFlash {
        /// The port.
        port: String,
    },
    /// What was written is not what is read back.
    #[error("at {offset:#x}, the flash of the board on {port} does not hold what was written to it")]
    NotWritten {
        /// The port.
        port: String,
        /// Where.
        offset: u32,
    },
    /// There is no such place in its flash.
    #[error("the flash of the board on {port} has {size} bytes; {length} bytes at {offset:#x} are not in it")]
    OutOfFlash {
        /// The port.
        port: String,
        /// Bytes of its flash.
        size: u32,
        /// Where.
        offset: u32,
        /// How many bytes.
        length: u32,
    },
    /// Flash is erased by sectors.
    #[error("flash is erased and written in sectors of 4096 bytes; {offset:#x} is not the beginning of one")]
    NotASector {
        /// Where.
        offset: u32,
    },
    /// A backup cannot be kept, read or given back.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A monitor could not do what it was asked for.
    #[error(transparent)]
    Monitor(#[from] MonitorError),
    /// Its partition table is not one that a device runs with.
    #[error("the board on {port} cannot be set up as it is: {problem}")]
    Table {
        /// The port.
        port: String,
        /// What is wrong with the table.
        problem: TableError,
    },
    /// Its partition table has no place for settings.
    #[error("the partition table of the board on {port} has no place for name, networks and keys")]
    NoPlace {
        /// The port.
        port: String,
    },
    /// There is no room for its settings beside those of others.
    #[error(
        "the partition `{partition}` of the board on {port} has no room left beside what its firmware keeps there"
    )]
    NoRoom {
        /// The port.
        port: String,
        /// The partition.
        partition: String,
    },
    /// What is where its settings should be, cannot be read, and may be somebody's.
    #[error(
        "the partition `{partition}` of the board on {port} is damaged, is encrypted, or holds something else than settings; it is left as it is"
    )]
    NotSettings {
        /// The port.
        port: String,
        /// The partition.
        partition: String,
    },
    /// It keeps to itself who it is.
    #[error("the chip on {port} does not tell its MAC address, which its id is made of")]
    NoMac {
        /// The port.
        port: String,
    },
    /// Its settings were being written.
    #[error("the settings of the board on {port} are written in part only: {why}")]
    HalfProvisioned {
        /// The port.
        port: String,
        /// What happened.
        why: Box<Self>,
    },
    /// Its key cannot be kept on this computer.
    #[error("{sentence}")]
    Key {
        /// A sentence for people.
        sentence: String,
        /// What to do, the likeliest first.
        advice: Vec<String>,
    },
    /// The board is not flashed, because that would destroy something or could not run.
    #[error(transparent)]
    NotFlashed(#[from] Refusal),
    /// The loader refuses a command.
    #[error("the loader of the chip on {port} refuses: {problem}")]
    Refused {
        /// The port.
        port: String,
        /// What it says.
        problem: String,
    },
}

impl Advice for UsbError {
    fn is_refusal(&self) -> bool {
        matches!(self, Self::NotFlashed(_) | Self::WrongChip { .. })
    }

    fn advice(&self) -> Vec<String> {
        let lines: &[&str] = match self {
            Self::NotFlashed(refusal) => return refusal.advice(),
            Self::Cancelled => &[],
            Self::OutOfFlash { .. } | Self::NotASector { .. } => {
                &["`skylift board` shows how large its flash is, and where its partitions begin"]
            }
            Self::NoPort { .. } => &[
                "`skylift ports` lists what is plugged in",
                "another cable: many only charge, and carry no data",
            ],
            Self::Backup(error) => return error.advice(),
            Self::Monitor(error) => return error.advice(),
            Self::NoPermission { fix, .. } => return fix.steps(),
            Self::InUse { by, .. } => return holder_advice(by.as_ref()),
            Self::Ports { .. } => &["name the port: `--port /dev/ttyUSB0`"],
            Self::Open { .. } => &[
                "unplug the board and plug it in again",
                "check the name of the port: `skylift ports` lists those that there are",
            ],
            Self::NoAnswer { has_lines: true, .. } => &[
                "hold BOOT, press RESET, let go of BOOT, and try again",
                "another cable: many only charge, and carry no data",
                "close whatever else may hold the board in reset or drive its pins",
            ],
            Self::NoAnswer { has_lines: false, .. } => {
                &["this port cannot reset the chip: hold BOOT, press RESET, let go of BOOT, and try again"]
            }
            Self::NotInDownloadMode { .. } => {
                &["hold BOOT, press RESET, let go of BOOT, and try again with `--before no-reset`"]
            }
            Self::UnknownChip { .. } => &["a newer Skylift, if the chip is newer than this one"],
            Self::WrongChip { .. } => &["firmware that is built for the chip that is there"],
            Self::Gone { .. } => &[
                "plug it in again; a hub without its own power, or a loose plug, loses boards while they write",
            ],
            Self::Silent { .. } => &["press RESET on the board, and try again"],
            Self::Damaged { .. } => &["a shorter or better cable, without a hub between"],
            Self::NoFlash { .. } => &[
                "check what is wired to the flash pins (GPIO 6 to 11 of an ESP32)",
                "power: a board without enough of it loses its flash first",
            ],
            Self::NotWritten { .. } => {
                &["flash it again; if the same place fails twice, the flash is worn out or write-protected"]
            }
            Self::Table { .. } | Self::NoPlace { .. } => &[
                "skylift flash, which writes firmware and a partition table that has room for two images and the settings",
            ],
            Self::NoRoom { partition, .. } | Self::NotSettings { partition, .. } => {
                return vec![
                    "skylift flash without --keep-table: Skylift's own table has a partition for its settings".to_owned(),
                    format!("skylift erase {partition}, if nothing is lost with what the firmware keeps there"),
                ];
            }
            Self::NoMac { .. } => {
                &["nothing by cable: its fuses hide what it is; what it runs is updated over the air"]
            }
            Self::HalfProvisioned { .. } => &[
                "give it its settings again, before it is used: until then it may be open to anybody, and know no network",
            ],
            Self::Key { advice, .. } => return advice.clone(),
            Self::Refused { .. } => &["press RESET on the board, and try again"],
        };
        lines.iter().map(|&line| line.to_owned()).collect()
    }
}
