//! Images: the library, building, and sources on the net, with the program as a user runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod backtraces;
mod building;
mod bundled;
mod compiling;
#[path = "../support/debug_info.rs"]
mod debug_info;
mod elf;
mod esptool;
mod fetching;
mod hub;
mod library;
mod newer;
mod partitions;
mod program;
mod signing;
mod simulated;
mod toolchains;
mod watching;
