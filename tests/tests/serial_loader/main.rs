//! The simulated board on a cable, judged by programs that nobody here wrote: esptool, and espflash's own library.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod boards;
mod bytes;
mod espflash;
mod esptool;
mod faults;
mod interrupted;
mod leaving;
mod rates;
mod refusals;
mod with_espflash;
mod with_esptool;
