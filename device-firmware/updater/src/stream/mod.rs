//! Encoded images: one stream for compressed ones and for deltas, decoded page by page beside the slots.
//!
//! The format, and what a device does with it, is in `SPEC.md`, "Encoded images". Nothing here writes: who feeds the
//! [`Decoder`] stores the pages it gives out, so that an image can be judged before anything is erased.

mod decoder;
mod header;
pub mod model;
mod range;
mod table;
mod window;

pub use decoder::{Decoder, Status};
pub use header::{CHUNK_LOGS, HEADER_LEN, Header, MAX_SIZE};
pub use table::{ENTRY_LEN, Entry, TAG_LEN, Table};
pub use window::{RING, Side, Slots, Source};

use crate::flash::FlashError;

/// Why a stream was not decoded. No further byte of it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamError {
    /// Its header is none, or of a version that is not known here.
    Header,
    /// It is sound, but makes another file than ordered, or is not of the kind or length ordered.
    Mismatch,
    /// Its table of chunks contradicts itself.
    Table,
    /// Its payload is damaged.
    Corrupt,
    /// Its payload ends too early.
    Truncated,
    /// What it builds on could not be read.
    Flash,
}

impl From<FlashError> for StreamError {
    fn from(_: FlashError) -> Self {
        Self::Flash
    }
}

impl core::fmt::Display for StreamError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Header => "what came is no encoded image, or of a version that this device does not know",
            Self::Mismatch => "the encoded image is another one than ordered",
            Self::Table => "the encoded image is damaged: its table of chunks contradicts itself",
            Self::Corrupt => "the encoded image is damaged",
            Self::Truncated => "the encoded image ends too early",
            Self::Flash => "the flash could not be read",
        })
    }
}

impl core::error::Error for StreamError {}
