//! Jaguar devices on the command line: found, shown, updated from an image and from an envelope, and remembered.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod envelopes;
#[path = "../../../tests/src/jaguar/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports, reason = "shared with the tests of the engine")]
mod jaguar;
mod laptop;
mod showing;
#[path = "../../../tests/src/toit/mod.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests of the library")]
mod toit;
mod updating;
#[path = "../../../tests/src/wait.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests of the engine")]
mod wait;
