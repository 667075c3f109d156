//! What the flash tests share: a chip without a network, stories that it lives through, and mutants of its flash.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

pub mod chip;
pub mod interrupt;
pub mod mutant;
pub mod story;
