//! A whole engine over real sockets, against devices that behave in every way they can.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod cancelling;
mod discovery;
mod not_sent;
mod remembered;
mod searching;
mod serving;
#[path = "../support/mod.rs"]
mod support;
mod updating;
