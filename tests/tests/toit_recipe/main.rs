//! From programs to `ota.bin` with `skylift envelope build`: a stand-in for the Toit SDK compiles, a server on this
//! computer has the envelopes, and the independent writer says what has to come out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[cfg(unix)]
mod conversion;
#[path = "../../../app/tests/images/hub.rs"]
#[allow(dead_code, reason = "shared with the tests of fetching")]
mod hub;
mod jaguar;
mod place;
mod programs;
#[cfg(unix)]
mod recipes;
#[cfg(unix)]
mod sdks;
mod sources;
mod warnings;
mod without;
