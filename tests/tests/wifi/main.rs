//! Moving a device to another WiFi over the network: over real sockets, in a simulated air.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod engine;
mod mdns_port;
mod moving;
mod power;
mod refusals;
mod secrets;
