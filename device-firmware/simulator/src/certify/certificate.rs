//! What a proof says.

use std::fmt;
use std::time::Duration;

use super::image::Image;
use crate::bootloader::Bootloader;

/// The result of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Points at which power was cut.
    pub points: usize,
    /// Points after which all was well.
    pub survived: usize,
    /// The first points after which it was not.
    pub failures: Vec<Failure>,
    /// What is to be known about it besides.
    pub findings: Vec<Finding>,
    /// What everything random in it came from.
    pub seed: u64,
    /// The image that ran before.
    pub old: Identity,
    /// The image that it was updated to.
    pub new: Identity,
    /// What booted them.
    pub bootloader: Bootloader,
    /// Digest of the partition table, 0xC00 bytes.
    pub table_sha256: [u8; 32],
    /// How long it took.
    pub took: Duration,
}

impl Certificate {
    /// Whether every point survived.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.points > 0 && self.survived == self.points
    }
}

/// Which image it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Project, as its descriptor says.
    pub project: String,
    /// Version, as its descriptor says.
    pub version: String,
    /// Bytes sent.
    pub size: usize,
    /// Digest of these bytes.
    pub file_sha256: [u8; 32],
    /// Digest that the bootloader checks.
    pub image_sha256: [u8; 32],
}

impl Identity {
    pub(super) fn of(image: &Image) -> Self {
        let descriptor = image.info.descriptor();
        Self {
            project: descriptor.project.as_str().to_owned(),
            version: descriptor.version.as_str().to_owned(),
            size: image.bytes.len(),
            file_sha256: image.file_sha256,
            image_sha256: image.image_sha256(),
        }
    }
}

/// A point that did not survive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The part of the update's life, and the cut.
    pub point: String,
    /// What was seen afterwards.
    pub seen: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.point, self.seen)
    }
}

/// What a proof cannot show, or takes for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// NEW has no guard and the bootloader does not roll back.
    NobodyRollsBack,
    /// NEW has no guard; the bootloader rolls back.
    BootloaderAlone,
    /// OLD has no guard.
    OldUnguarded,
    /// The table has no journal.
    NoJournal,
    /// The table has no journal, and the bootloader writes otadata.
    NoJournalRollback,
    /// The table has a factory partition.
    Factory,
    /// NEW was sent raw and compressed.
    Compressed,
    /// NEW was sent raw and as a delta.
    Delta,
    /// NEW was sent raw, compressed and as a delta.
    EveryEncoding,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NobodyRollsBack => {
                "NEW has no boot guard and this bootloader does not roll back: if NEW is bad, nobody brings OLD back. \
                 All that could be tried is that a complete image boots and that the update then succeeds"
            }
            Self::BootloaderAlone => {
                "NEW has no boot guard: only the bootloader watches it. NEW is taken to confirm itself, as with \
                 esp_ota_mark_app_valid_cancel_rollback"
            }
            Self::OldUnguarded => {
                "OLD has no boot guard: it is taken to write the update with Skylift's updater all the same"
            }
            Self::NoJournal => {
                "the partition table has no skylift_journal: an interrupted download begins anew each time"
            }
            Self::NoJournalRollback => {
                "the partition table has no skylift_journal: a cut inside the bootloader's own erase of otadata may \
                 leave NEW running with nobody watching (about one in a thousand such cuts)"
            }
            Self::Factory => {
                "the partition table has a factory partition: it is taken to be empty, and OLD to run from ota_0"
            }
            Self::Compressed => {
                "NEW was sent raw, and compressed: there power was cut at every erase, every note in the journal and every page of 4 KiB"
            }
            Self::Delta => {
                "NEW was sent raw, and as a delta: there power was cut at every erase, every note in the journal and every page of 4 KiB"
            }
            Self::EveryEncoding => {
                "NEW was sent raw, compressed, and as a delta: in the latter two power was cut at every erase, every note in the journal and every page of 4 KiB"
            }
        })
    }
}
