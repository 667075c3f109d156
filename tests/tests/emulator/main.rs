//! The firmware on an emulated chip: real ROM, real bootloader, real image, real radio driver, and the program beside it.
//!
//! Needs a QEMU with an ESP32-C3; without one, each test says `SKIPPED` and why. docs/EMULATOR.md has where to get one.
//!
//! | variable | what |
//! |---|---|
//! | `SKYLIFT_QEMU` | the program |
//! | `SKYLIFT_QEMU_MACHINE` | `esp32c3-picsimlab` unless set |
//! | `SKYLIFT_QEMU_NIC` | `user,model=esp32c3_wifi` unless set; the forwarding of a port is added |
//! | `SKYLIFT_QEMU_SSID` | the open network in its air: `PICSimLabWifi` unless set |
//! | `SKYLIFT_QEMU_ARGS` | further arguments, such as `-L FOLDER` for the ROM |
//! | `SKYLIFT` | the program under test: the one of this build unless set |
//! | `SKYLIFT_FIRMWARE` | a folder with `stock.elf`, `crash.elf`, `hang.elf`, `no-network.elf` and `never-validates.elf`; without it they are built |
//! | `SKYLIFT_CUTS`, `SKYLIFT_SEED` | how many power cuts, 50 unless set, and when |
//!
//! A reset of the chip happens inside the emulator, so that RTC memory outlives it; the power switch is a process that
//! is killed and started anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod board;
mod cable;
mod firmware;
mod flash;
mod laptop;
mod power_cuts;
mod process;
mod qemu;
mod refusals;
mod rollbacks;
mod updates;
