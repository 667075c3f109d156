//! The serial monitor, at pseudo-terminals and at simulated boards.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod board;
#[path = "../support/debug_info.rs"]
mod debug_info;
mod endless;
mod panics;
mod program;
mod pty;
mod session;
