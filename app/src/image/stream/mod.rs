//! Images as fewer bytes: compressed, or as a delta against the image that a device runs.
//!
//! [`encode`] makes a [`Stream`]; [`Streams`] keeps them, because every device with the same image to go on from takes
//! the same one. Both work for seconds and block: they belong on a thread of their own.

mod advice;
mod encoded;
mod error;
mod flight;
mod mark;
mod streams;

pub use encoded::{Stream, encode};
pub use error::StreamsError;
pub use skylift_encoder::{EncodeError, Watch, unwatched};
pub use streams::Streams;

#[cfg(test)]
mod tests;
