//! How often what is asked of a flash, and the time that takes on an ESP32-C3 module.

use std::time::Duration;

/// Time of a 4 KiB erase: 70 KB/s on a C3 (probe-rs#1936). Datasheets of such parts: 45 ms typical (GD25Q128E).
pub const SECTOR_ERASE_TIME: Duration = Duration::from_millis(58);
/// Time of a 64 KiB erase: 225 KB/s on the same C3; other C3 modules 219-312 ms (zephyr#77169).
pub const BLOCK_ERASE_TIME: Duration = Duration::from_millis(291);
/// Time of a program, whatever its length: 0.8-1.0 MB/s on C3 (ESP-IDF's `idf_performance_target.h`, a floor of
/// 701 KB/s that is about 70 % of the average). Datasheets: 0.25-0.5 ms typical.
pub const PAGE_PROGRAM_TIME: Duration = Duration::from_micros(300);
/// Time to read a byte: two bits a clock at 80 MHz (DIO), derived.
pub const BYTE_READ_TIME: Duration = Duration::from_nanos(50);

/// How often what was asked of a flash; refused operations do not count, those cut by a fault do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Programs, each within a page.
    pub pages_programmed: u64,
    /// Bytes of these programs.
    pub bytes_programmed: u64,
    /// 4 KiB erases.
    pub sectors_erased: u64,
    /// 64 KiB erases.
    pub blocks_erased: u64,
    /// Bytes read.
    pub bytes_read: u64,
}

impl Counters {
    /// Programs and erases together; also the number that the next one has for [`FlashFault`](crate::faults::FlashFault).
    #[must_use]
    pub const fn operations(&self) -> u64 {
        self.pages_programmed + self.sectors_erased + self.blocks_erased
    }

    /// Time that all of it takes on a C3 module.
    #[must_use]
    pub fn time(&self) -> Duration {
        let each =
            |time: Duration, count: u64| Duration::from_nanos((time.as_nanos() as u64).saturating_mul(count));
        each(SECTOR_ERASE_TIME, self.sectors_erased)
            + each(BLOCK_ERASE_TIME, self.blocks_erased)
            + each(PAGE_PROGRAM_TIME, self.pages_programmed)
            + each(BYTE_READ_TIME, self.bytes_read)
    }
}
