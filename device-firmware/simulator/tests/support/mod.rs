//! What the flash tests share: stories that a chip lives through, faults in them, and mutants of its flash.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

pub mod deliver;
pub mod encoded;
pub mod interrupt;
pub mod lying;
pub mod mutant;
pub mod signing;
pub mod story;
pub mod witness;
