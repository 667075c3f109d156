//! A board on a cable is set up, restarts, and its first contact is watched: over a pseudo-terminal, in a simulated air,
//! with the real engine.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod bench;
mod endings;
mod life;
