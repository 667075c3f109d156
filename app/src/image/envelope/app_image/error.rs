//! Why an app image cannot hold Toit's programs, in sentences for people.

use crate::advice::Advice;
use crate::image::MAX_FILE_BYTES;

/// What is wrong with an app image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppImageError {
    /// The first byte is not 0xE9.
    #[error("the firmware does not begin with an ESP image header (0xE9)")]
    NotAnImage,
    /// The bytes end before the segments do.
    #[error("the firmware ends too early: it is truncated")]
    Truncated,
    /// It is larger than any slot.
    #[error("the firmware has {len} bytes; no slot is larger than {} MiB", MAX_FILE_BYTES / (1024 * 1024))]
    TooLarge {
        /// How many bytes it has.
        len: usize,
    },
    /// Toit has no firmware for this chip.
    #[error("the firmware is made for {}, which Toit's firmware tool does not support", chip_name(*.0))]
    Chip(u8),
    /// No segment lies where the chip sees constants.
    #[error("the firmware has no segment for constants, to which programs could be added")]
    NoDrom,
    /// The constants have no room for the table's address.
    #[error("the firmware has no place to note where programs lie: it is not made by Toit")]
    NoMarker,
    /// The programs would lie beyond what the chip can see of its flash.
    #[error("the programs lie beyond the addresses at which the chip sees its flash")]
    BeyondAddresses,
    /// What is appended contradicts itself.
    #[error("the programs in the firmware are damaged: {0} cannot be right")]
    Extension(&'static str),
}

impl Advice for AppImageError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::NotAnImage | Self::NoDrom | Self::NoMarker => {
                "take an envelope of Toit, and leave its $firmware.bin as it is"
            }
            Self::Truncated | Self::Extension(_) => {
                "build or download it again; it was damaged or cut short on its way"
            }
            Self::Chip(_) => "take an envelope for esp32, esp32s2, esp32s3, esp32c3, esp32c6 or esp32p4",
            Self::TooLarge { .. } | Self::BeyondAddresses => {
                "uninstall containers or make their assets smaller"
            }
        };
        vec![advice.to_owned()]
    }
}

fn chip_name(chip: u8) -> String {
    // The number that ESP-IDF once gave to the beta of the esp32h2, and that Toit still knows.
    if chip == 10 { "esp32h2".to_owned() } else { format!("the unknown chip {chip}") }
}
