//! Toit's envelopes: what is written and extracted natively, against writers that share nothing with the app, byte for
//! byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod broken;
mod create;
mod extract;
mod flash;
mod host;
mod install;
mod snapshots;
