//! Newer than what runs: which image of the library a device could get.

mod shelf;
mod version;

pub use shelf::{Newer, OnShelf, Relation, Running, Shelf};
pub use version::compare;
