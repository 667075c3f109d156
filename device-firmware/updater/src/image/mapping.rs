//! What bootloaders ask of segments that are used where they lie in flash: the MMU maps whole pages, so such a segment
//! must begin as far into a page in flash as it does in memory.

use core::ops::Range;

use super::head::ImageHead;
use super::scan::Segment;

/// Bytes of a page of the MMU as 2 to the power of this, unless the image chooses otherwise.
const USUAL_PAGE: u8 = 16;

/// Addresses through which a chip reads its flash. From ESP-IDF's `soc.h`: `SOC_DROM_LOW` to `SOC_IROM_HIGH`.
struct Windows {
    constants: Range<u32>,
    code: Range<u32>,
    /// The app descriptor says how large a page is.
    page_is_chosen: bool,
}

/// By ESP-IDF's number of the chip; `None` for one that is not known here, whose bootloader will judge.
const fn windows(chip_id: u16) -> Option<Windows> {
    let (constants, code, page_is_chosen) = match chip_id {
        // ESP32, S2, C3, S3, C2.
        0x00 => (0x3F40_0000..0x3F80_0000, 0x400D_0000..0x4040_0000, false),
        0x02 => (0x3F00_0000..0x3FF8_0000, 0x4008_0000..0x4080_0000, false),
        0x05 => (0x3C00_0000..0x3C80_0000, 0x4200_0000..0x4280_0000, false),
        0x09 => (0x3C00_0000..0x3E00_0000, 0x4200_0000..0x4400_0000, false),
        0x0C => (0x3C00_0000..0x3C40_0000, 0x4200_0000..0x4240_0000, true),
        // C6 and H2; P4; C61; C5. These read code and constants through one window.
        0x0D | 0x10 => (0x4200_0000..0x4300_0000, 0x4200_0000..0x4300_0000, true),
        0x12 => (0x4000_0000..0x4400_0000, 0x4000_0000..0x4400_0000, false),
        0x14 => (0x4200_0000..0x4400_0000, 0x4200_0000..0x4400_0000, true),
        0x17 => (0x4200_0000..0x4400_0000, 0x4200_0000..0x4400_0000, false),
        _ => return None,
    };
    Some(Windows { constants, code, page_is_chosen })
}

impl ImageHead {
    /// Whether the chip of this image can use the segment where it lies, or need not.
    pub(super) fn can_map(&self, segment: &Segment) -> bool {
        let Some(windows) = windows(self.chip_id) else { return true };
        if !windows.constants.contains(&segment.address) && !windows.code.contains(&segment.address) {
            return true;
        }
        let page = match self.descriptor.mmu_page {
            chosen @ 13..=16 if windows.page_is_chosen => chosen,
            _ => USUAL_PAGE,
        };
        // Slots begin at a border of the largest page, so the place in the image is the place in the page.
        (segment.offset ^ segment.address).trailing_zeros() >= u32::from(page)
    }
}
