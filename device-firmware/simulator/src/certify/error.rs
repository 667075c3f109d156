//! Why two images cannot be put to the proof.

use skylift_protocol::Chip;
use skylift_updater::image::ImageError;
use skylift_updater::partition::TableError;

use crate::nor::NorError;

/// Why there is no certificate, in sentences for people.
#[derive(Debug, thiserror::Error)]
pub enum CertifyError {
    /// One of the two is something else.
    #[error("{which} is no image a device would boot: {error}")]
    NotAnImage {
        /// OLD or NEW.
        which: &'static str,
        /// What is wrong with it.
        error: ImageError,
    },
    /// One of the two is for a chip that nothing is known of.
    #[error("{which} is for a chip with the unknown number {chip_id}")]
    UnknownChip {
        /// OLD or NEW.
        which: &'static str,
        /// ESP-IDF's number.
        chip_id: u16,
    },
    /// The two are not for the same device.
    #[error("OLD is for the {old}, NEW for the {new}: no device can run both")]
    OtherChip {
        /// The chip of OLD.
        old: Chip,
        /// The chip of NEW.
        new: Chip,
    },
    /// There is nothing to update.
    #[error("OLD and NEW are the same image")]
    Same,
    /// An image is larger than a slot.
    #[error("{which} has {image} bytes, but the smallest slot of this partition table holds {slot}")]
    TooLarge {
        /// OLD or NEW.
        which: &'static str,
        /// Bytes of the image.
        image: usize,
        /// Bytes of the smallest slot.
        slot: u32,
    },
    /// The bytes are something else.
    #[error(
        "this is no binary partition table: it does not begin with the bytes AA 50 (ESP-IDF's gen_esp32part.py makes one from CSV)"
    )]
    NotATable,
    /// It cannot be used for updates.
    #[error("the partition table cannot be used: {0}")]
    Table(TableError),
    /// It is for a flash that does not exist.
    #[error(
        "the partition table cannot be used: a partition ends at {0:#x}, and no flash is larger than 32 MiB"
    )]
    TableBeyondFlash(u32),
    /// The bootloader would not start it.
    #[error(
        "the bootloader of the {chip} would not start {which}: its header or its app descriptor asks for another revision of the chip, or its segments do not fit the chip's memory"
    )]
    NotBootable {
        /// OLD or NEW.
        which: &'static str,
        /// The chip.
        chip: Chip,
    },
    /// There is no flash to try it on.
    #[error(transparent)]
    Flash(#[from] NorError),
    /// It was asked to stop.
    #[error("cancelled before every point was tried")]
    Cancelled,
}
