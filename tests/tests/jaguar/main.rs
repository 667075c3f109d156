//! Jaguar devices over real sockets: found, updated, and never called validated without a reason.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod again;
mod broken;
mod course;
mod discovery;
mod double;
mod endings;
mod hostile;
mod refused;
mod world;
