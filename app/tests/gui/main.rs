//! The window, worked as a person would, with real simulated devices on the other side.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod alarm;
mod buttons;
mod desk;
mod endings;
mod four_clicks;
mod no_network;
mod pictures;
mod repaints;
mod steadiness;
mod text;
mod tours;
mod trouble;
mod world;
