//! Watching a source: what is saved in it, and an image from each save.

mod error;
mod mark;
mod rebuilds;
mod saves;
mod scope;

pub use error::WatchError;
pub use rebuilds::{RebuildNews, Rebuilds, Round};
pub use saves::Saves;
