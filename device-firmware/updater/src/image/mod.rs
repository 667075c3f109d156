//! ESP-IDF's app image: what is in it, and whether a bootloader would boot it.
//!
//! Format: ESP-IDF Programming Guide, "App Image Format"; `esp_app_format.h`, `esp_app_desc.h`.

mod descriptor;
mod guard_marker;
mod head;
mod mapping;
mod revisions;
mod scan;

pub use descriptor::{AppDescriptor, DescriptorText};
pub use guard_marker::{GuardKind, GuardMarker};
pub use head::{HEAD_LEN, ImageHead, MAX_SEGMENTS};
pub use revisions::{Revision, Revisions};
pub use scan::{ImageInfo, ImageScan, Segment, SlotScan, verify_slot};

use crate::flash::FlashError;

/// Why bytes are not an image that would boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// The flash could not be read.
    Flash,
    /// The first byte is not 0xE9.
    Magic,
    /// 0 segments, or more than 16.
    SegmentCount(u8),
    /// A segment's length is not a multiple of 4, or beyond 16 MiB; or the first has no room for the app descriptor.
    SegmentLength {
        /// Number of the segment, from 0.
        segment: u8,
        /// Its length in bytes.
        len: u32,
    },
    /// A segment that the chip uses where it lies in flash does not lie in its page as it must.
    Misplaced {
        /// Number of the segment, from 0.
        segment: u8,
    },
    /// The first segment does not begin with an app descriptor.
    NoDescriptor,
    /// The image has no SHA-256 appended, so that nobody could tell whether it is whole.
    NoDigest,
    /// The XOR checksum does not match.
    Checksum,
    /// The appended SHA-256 does not match.
    Digest,
    /// The bytes end before the image does.
    Truncated,
}

impl From<FlashError> for ImageError {
    fn from(_: FlashError) -> Self {
        Self::Flash
    }
}

impl core::fmt::Display for ImageError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Flash => f.write_str("the flash could not be read"),
            Self::Magic => f.write_str("it does not begin with an ESP image header (0xE9)"),
            Self::SegmentCount(count) => write!(f, "its header names {count} segments; 1 to 16 are possible"),
            Self::SegmentLength { segment, len } => {
                write!(f, "segment {segment} has an impossible length of {len} bytes")
            }
            Self::Misplaced { segment } => write!(
                f,
                "segment {segment} does not lie in flash as the chip's MMU needs it: the bootloader would refuse it"
            ),
            Self::NoDescriptor => f.write_str("it has no app descriptor, so it is no ESP-IDF application"),
            Self::NoDigest => f.write_str("it has no SHA-256 appended"),
            Self::Checksum => f.write_str("its checksum does not match: it is damaged"),
            Self::Digest => f.write_str("its SHA-256 does not match: it is damaged"),
            Self::Truncated => f.write_str("it ends too early: it is truncated"),
        }
    }
}

impl core::error::Error for ImageError {}
