//! The updater of a Skylift device: slots, otadata, boot guard, image check and streaming writer.
//!
//! no_std, no alloc, no network, and generic over [`Flash`]: the same code runs on the chip and on the host.
//! What it writes to flash, in which order and why, is in `SPEC.md`.
#![no_std]

pub mod accept;
mod flash;
pub mod guard;
pub mod image;
pub mod journal;
pub mod otadata;
pub mod outcome;
pub mod partition;
pub mod prepare;
pub mod rtc;
pub mod signature;
pub mod stream;
pub mod switch;
pub mod writer;

pub use flash::{BLOCK, Erase, Flash, FlashError, PAGE, Region, SECTOR, StoreError, WORD, store};
