//! Any network: the program and a device in network namespaces of their own, while interfaces come and go between them.
//!
//! Nothing outside these namespaces is touched, and they end with the test. Where the kernel permits none, the tests are
//! skipped, and say so.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod discovery;
mod network;
mod program;
mod space;
mod updates;
