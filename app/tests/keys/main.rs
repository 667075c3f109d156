//! Who holds the key gives the orders: an engine and the program, over real sockets, against paired devices that run the
//! real device code, and against somebody in between who lies.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[cfg(unix)]
mod commands;
#[cfg(unix)]
mod handover;
mod home;
mod impostor;
mod owner;
#[path = "../cli/program.rs"]
mod program;
mod relay;
#[cfg(target_os = "linux")]
#[path = "../support/secret.rs"]
mod secret;
#[cfg(target_os = "linux")]
mod secrets;
mod strangers;
#[path = "../support/mod.rs"]
mod support;
