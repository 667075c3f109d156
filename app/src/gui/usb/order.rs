//! What the page wants done elsewhere.

use std::sync::Arc;

use super::board::BoardView;
use super::choices::{Choices, Reach};
use super::form::{Firmware, Setup};
use super::job::{Doing, JobNumber};

/// What is to be done elsewhere.
#[derive(Clone, Debug)]
pub enum Order {
    /// Watch a port that somebody named.
    Name(String),
    /// Watch it no more.
    Unname(String),
    /// Read which networks are remembered.
    LoadNetworks,
    /// Work on the board of a port.
    Work {
        /// Its number.
        job: JobNumber,
        /// The port.
        port: String,
        /// What is done.
        task: Task,
        /// The board that was read there: on another one nothing is written.
        board: Option<Arc<BoardView>>,
        /// How its chip is reached.
        reach: Reach,
    },
    /// End that at its next border.
    Cancel(JobNumber),
    /// Say what flashing this would do to a board.
    Plan {
        /// The port.
        port: String,
        /// The board on it.
        board: Arc<BoardView>,
        /// Plans have numbers too: only the last one counts.
        number: u64,
        /// What would be flashed.
        firmware: Firmware,
        /// With which table and bootloader.
        choices: Choices,
    },
    /// Ask for a file for the board on a port with the dialog of the system.
    Pick(String, Wanted),
    /// The same for several boards.
    PickForSeveral(Wanted),
    /// List the backups.
    LoadBackups,
    /// Check whether a backup is whole.
    VerifyBackup(String),
    /// Delete a backup.
    DeleteBackup(String),
}

/// What a file is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// To be flashed.
    Firmware,
    /// As the partition table.
    Table,
    /// As the bootloader.
    Bootloader {
        /// Its owner says that it rolls back.
        rolls_back: bool,
    },
}

/// Work on a board.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Read it.
    Read,
    /// Flash it and set it up.
    Flash {
        /// What.
        firmware: Firmware,
        /// Whom it becomes.
        setup: Setup,
        /// With which table and bootloader.
        choices: Box<Choices>,
        /// Whether a backup is taken first.
        back_up: bool,
    },
    /// Write name, networks and keys, and nothing else.
    SetUp(Setup),
    /// Take a backup.
    BackUp,
    /// Write a backup back.
    Restore {
        /// Its id.
        backup: String,
        /// Only this partition.
        partition: Option<String>,
    },
    /// Erase all of it.
    EraseAll,
    /// Erase a partition.
    ErasePartition(String),
    /// Have a slot boot, by its number.
    Boot(u8),
}

impl Task {
    /// What is done.
    #[must_use]
    pub const fn doing(&self) -> Doing {
        match self {
            Self::Read => Doing::Read,
            Self::Flash { .. } => Doing::Flash,
            Self::SetUp(_) => Doing::SetUp,
            Self::BackUp => Doing::BackUp,
            Self::Restore { .. } => Doing::Restore,
            Self::EraseAll | Self::ErasePartition(_) => Doing::Erase,
            Self::Boot(_) => Doing::Boot,
        }
    }
}
