//! What is done with a board, and the parts of it.

use crate::usb::Step;

/// What is done with a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It is read: chip, partitions, settings.
    Read,
    /// Its flash is read into a backup.
    BackUp,
    /// It is flashed and set up.
    Flash,
    /// Its name, networks and keys are written, and nothing else.
    SetUp,
    /// A backup is written back.
    Restore,
    /// It is erased, or a partition of it.
    Erase,
    /// Another slot is made to boot.
    Boot,
}

impl Doing {
    /// What happens, for a list: "Flashing".
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "Reading",
            Self::BackUp => "Backing up",
            Self::Flash => "Flashing",
            Self::SetUp => "Setting up",
            Self::Restore => "Restoring",
            Self::Erase => "Erasing",
            Self::Boot => "Switching slots",
        }
    }

    /// What did not happen, as the title of a failure.
    #[must_use]
    pub const fn failed(self) -> &'static str {
        match self {
            Self::Read => "The board was not read",
            Self::BackUp => "The board was not backed up",
            Self::Flash => "The board was not flashed",
            Self::SetUp => "The board was not set up",
            Self::Restore => "The backup was not restored",
            Self::Erase => "It was not erased",
            Self::Boot => "The slot was not switched",
        }
    }

    /// Whether an end in the middle leaves the flash half written.
    #[must_use]
    pub const fn writes(self) -> bool {
        !matches!(self, Self::Read | Self::BackUp)
    }
}

/// A part of the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// By cable.
    Cable(Step),
    /// Waiting until it answers over WiFi.
    Contact,
}

impl Part {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cable(Step::Connect) => "Connect",
            Self::Cable(Step::Read) => "Read the board",
            Self::Cable(Step::BackUp) => "Back up",
            Self::Cable(Step::Erase) => "Erase",
            Self::Cable(Step::Bootloader) => "Bootloader",
            Self::Cable(Step::PartitionTable) => "Partition table",
            Self::Cable(Step::App) => "Firmware",
            Self::Cable(Step::Provisioning) => "Name, WiFi and keys",
            Self::Cable(Step::BootSelection) => "Boot selection",
            Self::Cable(Step::Restore) => "Restore",
            Self::Cable(Step::Restart) => "Restart",
            Self::Contact => "First contact",
        }
    }

    /// What is going on while it runs.
    pub(super) const fn doing(self) -> &'static str {
        match self {
            Self::Cable(Step::Connect) => "Connecting to the chip",
            Self::Cable(Step::Read) => "Reading the board",
            Self::Cable(Step::BackUp) => "Reading the flash into a backup",
            Self::Cable(Step::Erase) => "Erasing",
            Self::Cable(Step::Bootloader) => "Writing the bootloader",
            Self::Cable(Step::PartitionTable) => "Writing the partition table",
            Self::Cable(Step::App) => "Writing firmware",
            Self::Cable(Step::Provisioning) => "Writing name, WiFi and keys",
            Self::Cable(Step::BootSelection) => "Writing what boots",
            Self::Cable(Step::Restore) => "Writing the backup",
            Self::Cable(Step::Restart) => "Restarting the board",
            Self::Contact => "Waiting for the board on the network",
        }
    }

    /// Whether the flash changes in it.
    pub(super) const fn writes(self) -> bool {
        matches!(
            self,
            Self::Cable(
                Step::Erase
                    | Step::Bootloader
                    | Step::PartitionTable
                    | Step::App
                    | Step::Provisioning
                    | Step::BootSelection
                    | Step::Restore
            )
        )
    }
}

/// A part that is to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Which.
    pub part: Part,
    /// What it is about, in a few words.
    pub about: String,
    /// Bytes of it; 0 if that is not known before.
    pub bytes: u64,
}
