//! The silicon of a simulated chip: which chip, in which revision.

use skylift_protocol::Chip;

/// A chip of some revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silicon {
    /// The chip.
    pub chip: Chip,
    /// Its revision as ESP-IDF counts: 100 times the major one, plus the minor one.
    pub revision: u16,
}

impl Silicon {
    /// The chip as it is sold, from the chips' errata sheets.
    #[must_use]
    pub const fn sold(chip: Chip) -> Self {
        let revision = match chip {
            Chip::Esp32 | Chip::Esp32P4 => 301,
            Chip::Esp32S3 => 2,
            Chip::Esp32C2 => 200,
            Chip::Esp32C3 => 4,
            Chip::Esp32C6 => 1,
            Chip::Esp32H2 => 102,
            Chip::Esp32S2 | Chip::Esp32C5 | Chip::Esp32C61 => 100,
            Chip::Unknown => 0,
        };
        Self { chip, revision }
    }
}

/// The latest revision that ESP-IDF provides for (`Kconfig.hw_support` of each chip): images for any that exists start.
impl From<Chip> for Silicon {
    fn from(chip: Chip) -> Self {
        let revision = match chip {
            Chip::Esp32 | Chip::Esp32P4 => 399,
            Chip::Esp32C2 => 299,
            Chip::Esp32S2 | Chip::Esp32C3 | Chip::Esp32C5 | Chip::Esp32C61 | Chip::Esp32H2 => 199,
            Chip::Esp32S3 | Chip::Esp32C6 => 99,
            Chip::Unknown => 0,
        };
        Self { chip, revision }
    }
}
