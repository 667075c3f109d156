//! Why work on a board did not come to its end: the board, or something on this computer.

use crate::advice::Advice;
use crate::image::build::BuildError;
use crate::image::library::LibraryError;
use crate::image::sign::SignError;
use crate::store::NetworksError;
use crate::usb::UsbError;
use crate::usb::flash::Refusal;

/// Why it did not.
#[derive(Debug, thiserror::Error)]
pub(super) enum TaskError {
    #[error(transparent)]
    Usb(#[from] UsbError),
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Networks(#[from] NetworksError),
    #[error(transparent)]
    Sign(#[from] SignError),
    /// The password was forgotten meanwhile.
    #[error("the password of {0} is not remembered any more")]
    Forgotten(String),
    /// Somebody has plugged in another board.
    #[error("the board on {port} is {found}, not {meant}, which was read; nothing was written to it")]
    OtherBoard { port: String, found: String, meant: String },
}

impl From<Refusal> for TaskError {
    fn from(refusal: Refusal) -> Self {
        Self::Usb(refusal.into())
    }
}

impl Advice for TaskError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Usb(UsbError::NotFlashed(refusal)) => in_window(refusal),
            Self::Usb(error) => error.advice(),
            Self::Library(error) => error.advice(),
            Self::Build(error) => error.advice(),
            Self::Networks(error) => error.advice(),
            Self::Sign(error) => error.advice(),
            Self::Forgotten(_) => vec!["choose another network, and type its password".to_owned()],
            Self::OtherBoard { .. } => vec!["read the board that is there, then begin again".to_owned()],
        }
    }
}

/// What the command has options for, the form has choices for.
fn in_window(refusal: &Refusal) -> Vec<String> {
    let line = match refusal {
        Refusal::SmallFlash { .. } => "choose a partition table of your own under More choices",
        Refusal::TableTooLarge { .. } | Refusal::Table(_) | Refusal::NoAppPartition => {
            "choose another partition table under More choices: Skylift's own fits"
        }
        Refusal::TooLarge { .. } => {
            "choose a partition table with larger slots under More choices, or a smaller app"
        }
        Refusal::NothingToKeep => "flash the whole board, with another table: both are under More choices",
        Refusal::NoBootloader(_) => "choose a bootloader under More choices",
        Refusal::NotBootable { .. } => "choose another slot, or flash the board",
        Refusal::NoPartition(_) => "read the board again: its partitions are others",
        other => return other.advice(),
    };
    vec![line.to_owned()]
}
