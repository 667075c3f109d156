//! Boards on a cable: espflash's real code against the simulated board's loaders, over a pseudo-terminal.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod backup;
mod board;
mod boards;
mod commands;
mod flash;
mod program;
mod provision;
mod provision_cli;
mod provision_nvs;
mod wire;
mod wire_faults;
