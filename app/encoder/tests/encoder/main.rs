//! The encoder, against the decoder that devices run and one in another language that shares nothing with either.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

mod pairs;
mod reference;
mod resume;
mod round_trips;
mod sizes;
mod vectors;
mod watch;
