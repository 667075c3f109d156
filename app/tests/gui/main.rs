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
#[path = "../../../tests/src/jaguar/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "they are made for more than the window")]
mod jaguar;
#[cfg(unix)]
mod monitor;
mod net;
mod no_network;
mod own_firmware;
mod pictures;
mod project;
mod repaints;
#[path = "../support/secret.rs"]
mod secret;
mod secrets;
mod sending;
mod signers;
mod signing;
mod steadiness;
mod stills;
mod text;
#[path = "../../../tests/src/toit/mod.rs"]
#[allow(dead_code, unused_imports, unreachable_pub, reason = "they are made for more than the window")]
mod toit;
mod toit_pages;
mod trace;
mod trouble;
mod usb;
#[path = "../../../tests/src/wait.rs"]
mod wait;
mod walk;
mod wifi;
mod world;
