//! What the end-to-end tests share: devices with short times, images, programs of the system, waiting on conditions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

pub mod devices;
pub mod flood;
pub mod forge;
pub mod held;
pub mod host;
pub mod jaguar;
pub mod middle;
pub mod paired;
pub mod programs;
pub mod raw;
pub mod stranger;
pub mod toit;
pub mod wait;
pub mod wifi;
