//! `skylift envelope` and `skylift inspect` with Toit's envelopes, as a user and a Makefile run them. What has to come
//! out, the writers of `tests/src/toit` say, which share nothing with the app.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod bench;
mod broken;
mod damage;
mod editing;
#[path = "../images/esptool.rs"]
#[allow(dead_code, reason = "shared with the tests of building")]
mod esptool;
mod extracting;
mod inspecting;
mod makefile;
mod properties;
mod showing;
#[path = "../../../tests/src/toit/mod.rs"]
#[allow(dead_code, reason = "shared with the tests of the library")]
mod toit;
