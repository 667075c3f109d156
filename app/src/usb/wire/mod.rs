//! The wire to a chip's loader: reached, read, written and left, with espflash.
//!
//! The protocol: <https://docs.espressif.com/projects/esptool/en/latest/esp32c3/advanced-topics/serial-protocol.html>.

mod approach;
mod enter;
mod failure;
mod identity;
mod link;
mod open;
mod packets;
mod read;
mod run;
mod security;
mod write;

pub use approach::{After, Approach, Before, Loader, USUAL_RATE};
pub use identity::Identity;
pub(in crate::usb) use identity::mhz;
pub use link::Link;
pub use read::PieceMd5;
pub use security::Security;
pub use write::{PIECE, Written};
