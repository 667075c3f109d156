//! Why a snapshot cannot be read, or made into an image.

use crate::advice::Advice;
use crate::image::envelope::Undecodable;

/// Why a snapshot cannot be read, or made into an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// It is something else.
    #[error("it is no Toit snapshot")]
    NotASnapshot,
    /// It lacks a part.
    #[error("the snapshot is damaged: it has no part {0:?}")]
    Missing(&'static str),
    /// A part of it is broken.
    #[error("the snapshot is damaged: its part {part:?} cannot be read: {why}")]
    Damaged {
        /// The entry of the archive.
        part: &'static str,
        /// What is wrong with it.
        why: Undecodable,
    },
    /// It says how much memory its program takes, and it takes more.
    #[error("the snapshot is damaged: its program is larger than it says")]
    Overfull,
    /// It would not fit any device.
    #[error("the program of the snapshot takes more than {most} MiB", most = super::memory::MAX_BYTES >> 20)]
    TooLarge,
    /// Its SDK may lay out a program differently.
    #[error("the snapshot was made by the SDK {0}, and Skylift converts those of {tested}", tested = super::TESTED_SDKS)]
    UntestedSdk(String),
}

impl Advice for SnapshotError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::NotASnapshot => "give the file that the Toit compiler writes for `--snapshot`",
            Self::Missing(_) | Self::Damaged { .. } | Self::Overfull => "compile the program again",
            Self::TooLarge => "leave out of the program what it does not need",
            Self::UntestedSdk(version) => {
                return vec![
                    format!("install the SDK {version}, which Skylift then converts it with"),
                    "convert it elsewhere with `toit tool snapshot-to-image -m32 --format=binary` of that SDK, and install the image it writes".to_owned(),
                ];
            }
        };
        vec![advice.to_owned()]
    }
}
