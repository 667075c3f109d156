//! From two images to one stream: the encoder of the format that `skylift_updater::stream` decodes.
//!
//! Plain bytes in, plain bytes out. What a stream is, and how a device reads it, is in the updater's `SPEC.md`,
//! "Encoded images".

mod bits;
mod check;
mod chunk;
mod coder;
mod error;
mod file;
mod finder;
mod found;
mod operation;
mod parse;
mod price;
mod progress;
mod window;

pub use check::{decode, verify};
pub use error::EncodeError;
pub use file::{ChunkLog, MOST, encode, encode_at_any_size};
pub use progress::{Watch, unwatched};
