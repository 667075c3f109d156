//! Compressed images and deltas over real sockets: fetched and pushed, resumed, damaged, refused, signed.
//!
//! The orders are given by hand, without the engine: what is tried here is the device.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod damaged;
mod fetched;
mod host;
mod orders;
mod pushed;
mod resumed;
mod signed;
