//! Why the chip started, from the ROM's number.
//!
//! Numbers and names: `RESET_REASON_*` in ESP-IDF's `soc/esp32c3/include/soc/reset_reasons.h` and that of the
//! ESP32-C6, which are those of the ROM's `rtc.h`. What one chip does not have the other has under the same number.

use skylift_updater::guard::Reset;

/// What a number means. Unknown ones are blamed on nobody.
#[must_use]
pub const fn of(number: u32) -> Reset {
    match number {
        // CHIP_POWER_ON; on these chips also the first brownout and the super watchdog before it is configured.
        0x01 => Reset::PowerOn,
        // CORE_SW, CPU0_SW
        0x03 | 0x0C => Reset::Software,
        // CORE_DEEP_SLEEP
        0x05 => Reset::DeepSleep,
        // CORE_MWDT0, CORE_MWDT1, CORE_RTC_WDT, CPU0_MWDT0, CPU0_RTC_WDT, SYS_RTC_WDT, CPU0_MWDT1, SYS_SUPER_WDT
        0x07 | 0x08 | 0x09 | 0x0B | 0x0D | 0x10 | 0x11 | 0x12 => Reset::Watchdog,
        // SYS_BROWN_OUT, SYS_CLK_GLITCH, CORE_PWR_GLITCH
        0x0F | 0x13 | 0x17 => Reset::Brownout,
        // CORE_SDIO, CORE_EFUSE_CRC, CORE_USB_UART, CORE_USB_JTAG, CPU0_JTAG
        _ => Reset::External,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each number of ESP-IDF's headers of both chips, and what it stands for.
    #[test]
    fn every_number_of_the_rom_is_known() {
        let watchdogs = [7, 8, 9, 11, 13, 16, 17, 18];
        let supply = [15, 19, 23];
        let hands = [6, 20, 21, 22, 24];
        for number in 0..=u32::from(u8::MAX) {
            let expected = match number {
                1 => Reset::PowerOn,
                3 | 12 => Reset::Software,
                5 => Reset::DeepSleep,
                _ if watchdogs.contains(&number) => Reset::Watchdog,
                _ if supply.contains(&number) => Reset::Brownout,
                _ => Reset::External,
            };
            assert_eq!(of(number), expected, "{number}");
        }
        assert!(hands.iter().all(|&number| of(number) == Reset::External));
    }
}
