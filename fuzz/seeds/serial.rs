//! Seeds for what boards say over their cables.

use super::Seeds;

/// What the ROM, ESP-IDF, esp-println, Arduino, Toit and Skylift's firmware say, and their panics.
const LOGS: [&str; 6] = [
    "ESP-ROM:esp32c3-api1-20210207\r\nBuild:Feb  7 2021\r\nrst:0x7 (TG0WDT_SYS_RST),boot:0xc (SPI_FAST_FLASH_BOOT)\r\n\
     mode:DIO, clock div:2\r\nload:0x3fcd5820,len:0x15a4\r\nI (24) boot: ESP-IDF v6.1 2nd stage bootloader\r\n\
     [     0.204] running skylift-device 0.1.0, normal\r\n[     0.205] ELF file SHA256: 9f2c8b1e5e\r\n\
     [     1.204] WiFi: cannot join attic: wrong_password\r\n[     3.204] WiFi: joined attic\r\n[     3.304] the address is 10.0.0.7\r\n",
    "\npanic: index out of bounds: the len is 4 but the index is 4\nat src/main.rs:118\n0x42012a3e\n0x4201187c\n\
     ELF file SHA256: 5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e\nrestarting\nets Jul 29 2019 12:21:46\n",
    "\x1b[0;32mI (444) app_init: ELF file SHA256:  e160c722f...\x1b[0m\n\x1b[0;33mW (00:12:33.123) wifi:state: auth -> init (0x200)\x1b[0m\n\
     Guru Meditation Error: Core  0 panic'ed (Load access fault). Exception was unhandled.\n\nCore  0 register dump:\n\
     MEPC    : 0x42007ee8  RA      : 0x42007ee6  SP      : 0x3fc9a350  GP      : 0x3fc92200\nStack memory:\n\
     3fc9a350: 0x00000000 0x42001234 0x3fc9a350 0x40386b02\n\nELF file SHA256: e160c722f\n\nRebooting...\n",
    "thread 'main' panicked at src/main.rs:5:5:\nno sensor\n\nabort() was called at PC 0x400d1234 on core 0\n\n\
     Backtrace: 0x400833dd:0x3ffb21b0 0x40087f2d:0x3ffb21d0 |<-CORRUPTED\n\n[  1234][E][STA.cpp:12] begin(): Reason: 201 - NO_AP_FOUND\n",
    "\x1b[31mERROR - no\x1b[0m\nINFO (12) - yes\n====================== PANIC ======================\npanicked at src/main.rs:10:5:\n\
     no sensor\n\nBacktrace:\n\n0x42001234\n0x42005678\n\n[wifi] WARN: connect failed {reason: bad authentication}\n",
    "\x1b[1;38;5;9ma\tb\x1b[38;2;1;2;3mc\x1b]0;title\x07d\x1b(B\x1b[?25l\u{202e}\u{9b}\0\x07\r10 %\r20 %\r\r\n\u{fc}\x1b[",
];

pub fn add(seeds: &mut Seeds<'_>) {
    for (log, cut) in LOGS.iter().zip([0_u8, 9, 40, 90, 160, 255]) {
        seeds.add("serial_log", &[cut, cut / 2, 3], log);
        seeds.add("serial_log", &[cut / 3, cut, 200], log.repeat(3));
    }
    let mut noise = vec![0xFF, 0x80, 0xBF, 0xC3, 0x28];
    noise.extend([0xA5; 5000]);
    seeds.add("serial_log", &[7, 8, 9], noise);
}
