//! The ports of this computer: real pseudo-terminals, held by real programs, and the command that tells of them.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod command;
mod follow;
mod held;
mod pty;
mod watch;
