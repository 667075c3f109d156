//! A board on a cable: which ports there are, what a board holds, the first flash, its backup, who it is, what it says.
//!
//! espflash and serialport do the wire work. Everything here blocks: it is called from a thread that may wait.

pub mod backup;
pub mod board;
mod error;
pub mod flash;
pub mod monitor;
pub mod ports;
pub mod provision;
pub mod wire;
mod work;

pub use error::UsbError;
pub use work::{Cancel, Progress, Step, Told, Work};
