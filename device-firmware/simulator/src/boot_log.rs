//! What a chip prints while it starts, and when its program ends: as its ROM, ESP-IDF's bootloader and the firmware's
//! panic handler print it.

use skylift_protocol::{Chip, Digest};
use skylift_updater::guard::Reset;
use skylift_updater::rtc::CrashRecord;

use crate::bootloader::BootResult;
use crate::console::line;

/// Where a ROM goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Boot {
    Flash,
    #[cfg_attr(not(unix), expect(dead_code, reason = "only a cable leads there"))]
    Download,
}

/// What a ROM prints first, and how it calls a boot from flash, and one into download mode.
const fn words(chip: Chip) -> [&'static str; 3] {
    match chip {
        Chip::Esp32 => [
            "ets Jul 29 2019 12:21:46\r\n",
            "0x13 (SPI_FAST_FLASH_BOOT)",
            "0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))",
        ],
        Chip::Esp32S3 => [
            "ESP-ROM:esp32s3-20210327\r\nBuild:Mar 27 2021",
            "0x8 (SPI_FAST_FLASH_BOOT)",
            "0x0 (DOWNLOAD(USB/UART0))",
        ],
        Chip::Esp32C6 => [
            "ESP-ROM:esp32c6-20220919\r\nBuild:Sep 19 2022",
            "0xc (SPI_FAST_FLASH_BOOT)",
            "0x4 (DOWNLOAD(USB/UART0/SDIO_REI_FEO))",
        ],
        _ => [
            "ESP-ROM:esp32c3-api1-20210207\r\nBuild:Feb  7 2021",
            "0xc (SPI_FAST_FLASH_BOOT)",
            "0x4 (DOWNLOAD(USB/UART0/1))",
        ],
    }
}

/// The first lines after a reset.
pub(crate) fn rom(chip: Chip, reset: Reset, boot: Boot) -> String {
    let [rom, flash, download] = words(chip);
    let (how, then) = match boot {
        Boot::Flash => (flash, ""),
        Boot::Download => (download, "\r\nwaiting for download"),
    };
    format!("{rom}\r\nrst:{},boot:{how}{then}", cause(reset))
}

/// How ROMs call the reasons of a reset.
const fn cause(reset: Reset) -> &'static str {
    match reset {
        Reset::Software | Reset::Panic => "0x3 (RTC_SW_SYS_RST)",
        Reset::Watchdog => "0x7 (TG0WDT_SYS_RST)",
        Reset::DeepSleep => "0x5 (DSLEEP)",
        Reset::Brownout => "0xf (RTCWDT_BROWN_OUT_RESET)",
        // A chip cannot tell its reset pin from power.
        Reset::PowerOn | Reset::External => "0x1 (POWERON)",
    }
}

/// The chip has been reset.
pub(crate) fn reset(chip: Chip, reset: Reset) {
    line(format_args!("{}", rom(chip, reset, Boot::Flash)));
}

/// The bootloader has chosen.
pub(crate) fn chosen(result: &BootResult) {
    line(format_args!("I (24) boot: 2nd stage bootloader"));
    match result {
        BootResult::Booted { offset, .. } => {
            line(format_args!("I (58) boot: Loaded app from partition at offset {offset:#x}"));
        }
        BootResult::NothingBootable { .. } => {
            line(format_args!("E (58) boot: No bootable app partitions in the partition table"));
        }
    }
}

/// The program has panicked.
pub(crate) fn panicked(record: &CrashRecord) {
    line(format_args!("\r\npanic: {}", record.message));
    if !record.file.is_empty() {
        line(format_args!("at {}:{}", record.file, record.line));
    }
    for address in &record.addresses {
        line(format_args!("0x{address:08x}"));
    }
    line(format_args!("ELF file SHA256: {}", Digest(record.elf_sha256)));
    line(format_args!("restarting"));
}
