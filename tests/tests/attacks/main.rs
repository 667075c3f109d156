//! The attack suite: what docs/SECURITY.md promises is tried over real sockets, against the device's own code with a
//! chip's limits (four connections), and against the laptop's server.
//!
//! Beside each attack stands its control: the same, done right, is taken.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod announcements;
mod forgery;
mod images;
mod impostor;
mod laptop;
mod nonces;
mod replay;
mod signers;
mod web_pages;

// Other systems have one loopback address: strangers could not be told from the owner.
#[cfg(target_os = "linux")]
mod crowds;
