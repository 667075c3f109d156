//! Why a write ended.

use crate::flash::StoreError;
use crate::image::ImageError;
use crate::signature::SignatureError;
use crate::stream::StreamError;
use crate::switch::SwitchError;

/// Why a write ended. otadata is as it was, the old image boots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// There is no such slot, or it is the running one.
    Slot,
    /// The file is larger than the slot.
    TooLarge {
        /// Bytes of the file.
        size: u32,
        /// Bytes of the slot.
        slot: u32,
    },
    /// The flash did not take it.
    Store(StoreError),
    /// otadata could not be settled before the slot is erased.
    Settle(SwitchError),
    /// The bytes are not an image that would boot.
    Image(ImageError),
    /// More bytes came than ordered, or fewer.
    Length,
    /// The delta builds on another image than the one that runs. Nothing was erased.
    WrongBase,
    /// The encoded image is none, another one, or damaged.
    Stream(StreamError),
    /// All bytes came, but they are not the ones ordered.
    FileDigest,
    /// The file holds another image than ordered.
    ImageDigest,
    /// The slot reads back something else than what was written.
    SlotDigest,
    /// Nobody whom the device trusts signed what is in the slot.
    Signature(SignatureError),
}

impl WriteError {
    /// What a stream ended with; that the flash cannot be read is no fault of the stream.
    pub(super) const fn of_stream(error: StreamError) -> Self {
        match error {
            StreamError::Flash => Self::Store(StoreError::Flash),
            _ => Self::Stream(error),
        }
    }
}

impl<E: Into<StoreError>> From<E> for WriteError {
    fn from(error: E) -> Self {
        Self::Store(error.into())
    }
}

impl core::fmt::Display for WriteError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Slot => f.write_str("there is no other slot to write to"),
            Self::TooLarge { size, slot } => {
                write!(f, "the file has {size} bytes, the slot holds {slot}")
            }
            Self::Store(error) => core::fmt::Display::fmt(error, f),
            Self::Settle(error) => core::fmt::Display::fmt(error, f),
            Self::Image(error) => core::fmt::Display::fmt(error, f),
            Self::Length => f.write_str("the file has another length than ordered"),
            Self::WrongBase => f.write_str("the delta builds on another image than the one that runs"),
            Self::Stream(error) => core::fmt::Display::fmt(error, f),
            Self::FileDigest => f.write_str("the bytes that arrived are not the ones ordered"),
            Self::ImageDigest => f.write_str("the file holds another image than ordered"),
            Self::SlotDigest => f.write_str("the slot reads back something else than what was written"),
            Self::Signature(error) => core::fmt::Display::fmt(error, f),
        }
    }
}

impl core::error::Error for WriteError {}
