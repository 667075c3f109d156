//! The chips that Toit has firmware for: where each sees its flash, and how large its slots usually are.
//!
//! Address ranges: `soc.h` of each chip in ESP-IDF, as far as Toit's firmware uses them.

use std::ops::Range;

use super::AppImageError;

/// A chip that Toit runs on.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::image::envelope) struct Chip {
    /// As ESP-IDF calls it, such as `esp32c3`.
    pub name: &'static str,
    /// Where it sees the constants in flash.
    pub drom: Range<u32>,
    /// Bytes of a slot in the partition tables of Toit's published envelopes.
    pub usual_slot: u32,
}

const SLOT: u32 = 0x1A_0000;
const LARGE_SLOT: u32 = 0x1B_0000;

/// By the first byte of the image header's chip number.
const CHIPS: [(u8, Chip); 6] = [
    (0, Chip { name: "esp32", drom: 0x3F40_0000..0x3F80_0000, usual_slot: SLOT }),
    (2, Chip { name: "esp32s2", drom: 0x3F00_0000..0x3FF8_0000, usual_slot: SLOT }),
    (5, Chip { name: "esp32c3", drom: 0x3C00_0000..0x3C80_0000, usual_slot: SLOT }),
    (9, Chip { name: "esp32s3", drom: 0x3C00_0000..0x3E00_0000, usual_slot: SLOT }),
    (13, Chip { name: "esp32c6", drom: 0x4200_0000..0x4300_0000, usual_slot: LARGE_SLOT }),
    (18, Chip { name: "esp32p4", drom: 0x4000_0000..0x4400_0000, usual_slot: SLOT }),
];

impl Chip {
    pub fn of(number: u8) -> Result<&'static Self, AppImageError> {
        let found = CHIPS.iter().find(|(known, _)| *known == number);
        found.map(|(_, chip)| chip).ok_or(AppImageError::Chip(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips_that_toit_does_not_run_on_are_named() {
        assert_eq!(Chip::of(5).unwrap().name, "esp32c3");
        assert!(Chip::of(10).unwrap_err().to_string().contains("esp32h2"));
        assert!(Chip::of(77).unwrap_err().to_string().contains("77"));
    }
}
