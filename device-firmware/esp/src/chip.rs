//! What differs from chip to chip below the network: addresses, and how the running slot is told.
//!
//! Sources: the chips' technical reference manuals, "System and Memory", and ESP-IDF's `soc/*/include/soc`.
#![allow(unsafe_code, reason = "the MMU's registers are not in the HAL")]

use core::ops::Range;

use skylift_protocol::Chip;

#[cfg(feature = "esp32c3")]
mod this {
    use super::{Chip, Range};

    pub const CHIP: Chip = Chip::Esp32C3;
    pub const RTC_FAST_END: usize = 0x5000_2000;
    pub const STACKS: Range<usize> = 0x3FC8_0000..0x3FCE_0000;
    /// ROM, RAM and mapped flash, as instructions are fetched from them.
    pub const CODE: [Range<usize>; 3] =
        [0x4000_0000..0x4006_0000, 0x4037_C000..0x403E_0000, 0x4200_0000..0x4280_0000];
    /// The watchdog counts APB's clock.
    pub const WATCHDOG_CLOCK_HZ: u32 = 80_000_000;

    /// The MMU's table is memory (`SOC_MMU_INVALID` and following, `DR_REG_MMU_TABLE`).
    pub fn first_page() -> u32 {
        const MMU_TABLE: usize = 0x600C_5000;
        // SAFETY: a register that reading does not change.
        unsafe { core::ptr::with_exposed_provenance::<u32>(MMU_TABLE).read_volatile() }
    }
}

#[cfg(feature = "esp32c6")]
mod this {
    use super::{Chip, Range};

    pub const CHIP: Chip = Chip::Esp32C6;
    pub const RTC_FAST_END: usize = 0x5000_4000;
    pub const STACKS: Range<usize> = 0x4080_0000..0x4088_0000;
    /// ROM, RAM and mapped flash, as instructions are fetched from them.
    pub const CODE: [Range<usize>; 3] =
        [0x4000_0000..0x4005_0000, 0x4080_0000..0x4088_0000, 0x4200_0000..0x4300_0000];
    /// The watchdog counts the crystal.
    pub const WATCHDOG_CLOCK_HZ: u32 = 40_000_000;

    /// The MMU's table is read through two registers (`SPI_MEM_MMU_ITEM_INDEX_REG`, `..._CONTENT_REG`).
    pub fn first_page() -> u32 {
        let mmu = esp_hal::peripherals::SPI0::regs();
        // SAFETY: 0 is the first entry; the index serves reading only.
        mmu.mmu_item_index().write(|w| unsafe { w.bits(0) });
        mmu.mmu_item_content().read().bits()
    }
}

pub use this::CHIP;
pub(crate) use this::{CODE, RTC_FAST_END, STACKS, WATCHDOG_CLOCK_HZ};

/// Where the running image begins in flash: what the first page of mapped flash shows. Its page holds the image's
/// head, and is of 64 KiB: the app descriptor of [`firmware!`](crate::firmware) asks for no other.
pub(crate) fn running_offset() -> u32 {
    const PAGE_LOG2: u32 = 16;
    const NUMBER: u32 = 0xFF;
    (this::first_page() & NUMBER) << PAGE_LOG2
}
