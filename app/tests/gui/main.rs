//! The window, worked as a person would, with real simulated devices on the other side.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod air;
mod alarm;
mod buttons;
#[path = "../support/debug_info.rs"]
mod debug_info;
mod desk;
mod drops;
mod endings;
mod files;
mod flows;
mod four_clicks;
mod greyscale;
mod net;
mod no_network;
mod own_firmware;
mod pictures;
mod project;
mod repaints;
#[path = "../support/secret.rs"]
mod secret;
mod secrets;
mod signers;
mod signing;
mod steadiness;
mod stills;
mod text;
mod trace;
mod trouble;
mod walk;
mod wifi;
mod world;
