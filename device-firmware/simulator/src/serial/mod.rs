//! A simulated board on a cable: the loaders of its chip on a pseudo-terminal, and what its program prints.
//!
//! ```text
//!  espflash, esptool, a monitor          [Board]
//!        │                                  │ buttons, plug, faults
//!   pseudo-terminal ── line ── loader ── NOR flash ── bootloader model ── node
//!                        └────── text ◄─────────────────────────────────────┘
//! ```
//!
//! In download mode the chip speaks Espressif's serial protocol
//! (<https://docs.espressif.com/projects/esptool/en/latest/esp32c3/advanced-topics/serial-protocol.html>), as its ROM
//! does, and as the stub does once one is uploaded. Left, it boots what its flash holds, as a [`Device`](crate::Device),
//! and prints what a chip prints. A pseudo-terminal has no DTR and RTS: [`Board`] has buttons instead.

mod board;
mod bootable;
mod config;
mod faults;
mod life;
mod line;
mod loader;
mod model;
mod packet;
mod pty;
mod slip;
mod trouble;

pub use board::{Board, BoardError};
use config::Identity;
pub use config::{BoardConfig, Connector, Pace, mac_of};
pub use faults::{GoodFor, Noise, SerialFaults};
pub use line::Wire;
pub use model::Security;
