//! Why nothing can be made of an envelope, in sentences for people.

use crate::advice::Advice;
use crate::image::envelope::app_image::AppImageError;
use crate::image::envelope::{EnvelopeError, Undecodable};

/// Why nothing can be made of an envelope.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// It is no firmware for a chip.
    #[error("the envelope is for a computer, and has no firmware for a device")]
    Host,
    /// The kind of envelope does not have this format.
    #[error("the format `{format}` cannot be made of an envelope for {of}")]
    Format {
        /// The format.
        format: &'static str,
        /// What the envelope is for.
        of: &'static str,
    },
    /// Partitions were given, and there are none in what is made.
    #[error("partitions can be given for the format `image` of an envelope for a chip only")]
    PartitionsNotUsed,
    /// The firmware in it cannot take programs.
    #[error(transparent)]
    Firmware(#[from] AppImageError),
    /// Something in the envelope cannot be used.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A part that not all envelopes have.
    #[error("the envelope has no part {0:?}, which this format needs")]
    NoPart(&'static str),
    /// The description of how to flash lacks something.
    #[error("the envelope's $flashing.json does not say {0}")]
    Flashing(&'static str),
    /// The configuration cannot be read.
    #[error("the configuration is neither JSON nor UBJSON: {0}")]
    Config(#[source] Undecodable),
    /// The partition table, of the envelope or of the user, cannot be used.
    #[error("the partition table cannot be used: {0}")]
    Table(String),
    /// What was given for a partition cannot go there.
    #[error("the partition {name:?} cannot be filled: {why}")]
    Partition {
        /// The name.
        name: String,
        /// Half a sentence.
        why: String,
    },
    /// The firmware is larger than where it would lie.
    #[error("the firmware has {len} bytes, and the partition {name:?} holds {size}")]
    Slot {
        /// Bytes of the firmware.
        len: usize,
        /// The partition.
        name: String,
        /// How many bytes it holds.
        size: u32,
    },
    /// The table, or what lies at a fixed place, goes beyond the flash.
    #[error("the flash is too small: {what} ends at {end:#x}, and there are {mib} MiB")]
    FlashTooSmall {
        /// What does not fit.
        what: String,
        /// Where it ends.
        end: u64,
        /// The size of the flash.
        mib: u64,
    },
}

impl Advice for ExtractError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Firmware(error) => return error.advice(),
            Self::Envelope(error) => return error.advice(),
            Self::Host => "take the envelope of the device's chip",
            Self::Format { .. } => {
                "binary and ubjson can be made of every envelope; elf and image of those for a chip"
            }
            Self::PartitionsNotUsed => "leave the partitions out, or extract with `--format=image`",
            Self::NoPart(_) | Self::Flashing(_) => {
                "take the envelope that Toit publishes for the chip: it has all parts"
            }
            Self::Config(_) => "write it as a JSON object",
            Self::Table(_) => "give a table as ESP-IDF builds it, or a CSV with numbers such as 0x1a0000",
            Self::Partition { .. } => {
                "give each partition once, by a name of 1 to 15 bytes, and no more than it holds"
            }
            Self::Slot { .. } => "uninstall containers, or give a partition table with larger slots",
            Self::FlashTooSmall { .. } => "make the partitions smaller",
        };
        vec![advice.to_owned()]
    }
}
