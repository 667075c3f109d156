//! The program itself, run as a user or a script runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[cfg(unix)]
mod cables;
mod commands;
mod fewer_bytes;
mod planning;
mod program;
mod rollouts;
mod settings;
mod simulated;
#[path = "../support/mod.rs"]
mod support;
mod updating;
mod watching;
mod ways;
#[cfg(unix)]
mod wifi;
