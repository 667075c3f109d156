//! Request authentication, through both of its sides: what the host signs, the device takes, and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod answers;
mod changes;
mod denied;
mod exchange;
mod foreign;
mod noise;
mod wire;
