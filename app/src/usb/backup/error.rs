//! What can go wrong with backups, in sentences for people.

use std::io;
use std::path::PathBuf;

use crate::advice::Advice;

/// Why a backup cannot be kept, read or given back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The operating system does not let it.
    #[error("{}: the backup cannot be {doing}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What was tried, as a participle.
        doing: &'static str,
        /// What the operating system says.
        error: io::Error,
    },
    /// No backup is called so.
    #[error("no backup is called {0:?}")]
    Unknown(String),
    /// No backup is of this board.
    #[error("{}", none_of(.0.as_deref()))]
    NoneOf(Option<String>),
    /// Several backups are called so.
    #[error("{} backups are called {called:?}: {}", ids.len(), list(ids))]
    Ambiguous {
        /// What the user called it.
        called: String,
        /// The ids of all that answer to it, the newest first.
        ids: Vec<String>,
    },
    /// It is not what was written.
    #[error("{}: this backup cannot be used: {flaw}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// No backup is as large as this flash.
    #[error("the flash of the board on {port} has {size} bytes: backups have 32 MiB at the most")]
    FlashTooLarge {
        /// The port.
        port: String,
        /// Bytes of the flash.
        size: u32,
    },
    /// The chip's loader does not let its flash be read.
    #[error("the chip on {port} shows nobody what its flash holds: secure download mode is on")]
    Hidden {
        /// The port.
        port: String,
    },
    /// The fuses of the board, secure boot or flash encryption, are not those of the backup.
    #[error(
        "secure boot or flash encryption make this backup useless on the board on {port}: it would not start"
    )]
    OtherFuses {
        /// The port.
        port: String,
    },
    /// It is of another chip.
    #[error("this is the backup of an {backup}, and the chip on {port} is an {board}")]
    OtherChip {
        /// The port.
        port: String,
        /// The chip it was read from.
        backup: String,
        /// The chip that is there.
        board: String,
    },
    /// It is of a flash of another size.
    #[error("this backup has {backup} bytes, and the flash of the board on {port} has {board}")]
    OtherSize {
        /// The port.
        port: String,
        /// Bytes of the backup.
        backup: u32,
        /// Bytes of the flash that is there.
        board: u32,
    },
    /// It has no such partition.
    #[error("this backup has no partition {name:?}; it has {}", names(there))]
    NoPartition {
        /// What was asked for.
        name: String,
        /// The partitions that it has.
        there: Vec<String>,
    },
    /// The board has no such partition, or no table.
    #[error("the board on {port} has no partition {name:?} now")]
    NotOnBoard {
        /// The port.
        port: String,
        /// What was asked for.
        name: String,
    },
    /// The board has it elsewhere, or of another size or type.
    #[error(
        "the partition {name:?} was {} when it was backed up, and on the board on {port} it is {}", place(*then), place(*now)
    )]
    Moved {
        /// The port.
        port: String,
        /// What was asked for.
        name: String,
        /// Its offset and size in the backup.
        then: (u32, u32),
        /// Its offset and size on the board.
        now: (u32, u32),
    },
    /// The board has another kind of partition of that name there.
    #[error("the partition {name:?} of the board on {port} is of another type than the one in the backup")]
    OtherType {
        /// The port.
        port: String,
        /// What was asked for.
        name: String,
    },
}

/// What is wrong with a file that should be a backup.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    /// It is a folder or a device.
    #[error("it is no file")]
    NotAFile,
    /// It is no zip file, or a broken one.
    #[error("it is no whole zip file: {0}")]
    NotAZip(String),
    /// The zip file lacks something.
    #[error("it has no {0} in it")]
    Missing(&'static str),
    /// Something in it is longer than it can be.
    #[error("its {0} is larger than it can be")]
    TooLarge(&'static str),
    /// Its description is none.
    #[error("its backup.json describes no backup")]
    NotUnderstood,
    /// A later Skylift has written it.
    #[error("a newer Skylift wrote it, in format {0}")]
    Newer(u32),
    /// Its flash is not the one that was read.
    #[error("its flash.bin is not what was read from the board: its SHA-256 differs")]
    OtherBytes,
}

impl Advice for BackupError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::FlashTooLarge { .. } => {
                "flash it without a backup, if what it holds is not needed: --no-backup"
            }
            Self::Io { error, .. } if error.kind() == io::ErrorKind::StorageFull => {
                "make room on the disk, or write it elsewhere with --out FILE; the board is as it was"
            }
            Self::Io { doing: "listed" | "deleted", .. } => "check that this user may read and write there",
            Self::Io { .. } => "check that this user may write there, or name another place with --out FILE",
            Self::Unknown(_) | Self::NoneOf(_) => "`skylift backup list` shows what there is",
            Self::Ambiguous { .. } => "name the one you mean by its id",
            Self::Damaged { flaw: Flaw::Newer(_), .. } => "a newer Skylift",
            Self::Damaged { flaw: Flaw::NotAFile | Flaw::Missing(_), .. } => {
                "name the zip file of a backup; `skylift backup list` shows those that there are"
            }
            Self::Damaged { flaw: Flaw::Unreadable(error), .. }
                if error.kind() == io::ErrorKind::NotFound =>
            {
                "check the path; `skylift backup list` shows the backups that there are"
            }
            Self::Damaged { .. } => {
                "another backup: `skylift backup list`; what is left in a zip file, zip programs find"
            }
            Self::Hidden { .. } => "nothing by cable: it is updated over the air",
            Self::OtherFuses { .. } => "a backup that was taken of this board since its fuses were burnt",
            Self::OtherChip { .. } => {
                "the board that it was read from: `skylift backup list` has its MAC address"
            }
            Self::OtherSize { .. } => "one partition alone: --partition NAME",
            Self::NoPartition { .. } => "name one of those, or leave --partition out to take the whole flash",
            Self::NotOnBoard { .. } | Self::Moved { .. } | Self::OtherType { .. } => {
                "without --partition, the whole flash is restored, and its partition table with it"
            }
        };
        vec![advice.to_owned()]
    }
}

fn none_of(mac: Option<&str>) -> String {
    match mac {
        Some(mac) => format!("there is no backup of the board {mac}"),
        None => "the board does not tell its MAC address, by which its backups are known".to_owned(),
    }
}

fn place((offset, size): (u32, u32)) -> String {
    format!("{size} bytes at {offset:#x}")
}

fn names(names: &[String]) -> String {
    if names.is_empty() { "no partition table".to_owned() } else { names.join(", ") }
}

fn list(ids: &[String]) -> String {
    const SHOWN: usize = 5;
    let mut shown = ids.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if ids.len() > SHOWN {
        shown += &format!(" and {} more", ids.len() - SHOWN);
    }
    shown
}
