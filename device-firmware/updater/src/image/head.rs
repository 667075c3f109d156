//! The head of an image: all that can be known before anything is erased.

use super::descriptor::{AppDescriptor, DESCRIPTOR_LEN};
use super::guard_marker::{GuardMarker, MARKER_LEN};
use super::scan::Segment;
use super::{GuardKind, ImageError, Revisions};

/// First byte of every image.
pub(super) const MAGIC: u8 = 0xE9;
/// Most segments of an image (`ESP_IMAGE_MAX_SEGMENTS`).
pub const MAX_SEGMENTS: usize = 16;
/// Bytes of the image header.
pub(super) const HEADER_LEN: usize = 24;
/// Bytes of a segment header.
pub(super) const SEGMENT_HEADER_LEN: usize = 8;
/// Where the descriptor begins: behind the headers of the image and of its first segment.
const DESCRIPTOR_AT: usize = HEADER_LEN + SEGMENT_HEADER_LEN;
const MARKER_AT: usize = DESCRIPTOR_AT + DESCRIPTOR_LEN;
/// Bytes of the head: image header, first segment header, app descriptor, guard marker.
pub const HEAD_LEN: usize = MARKER_AT + MARKER_LEN;

/// What the first [`HEAD_LEN`] bytes of an image say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageHead {
    /// ESP-IDF's number of the chip.
    pub chip_id: u16,
    /// Which revisions of the chip it runs on.
    pub revisions: Revisions,
    /// Number of segments.
    pub segments: u8,
    /// Where the program starts.
    pub entry: u32,
    /// What the application says of itself.
    pub descriptor: AppDescriptor,
    /// Present if the image has a boot guard.
    pub guard: Option<GuardMarker>,
}

impl ImageHead {
    /// Reads the head.
    ///
    /// # Errors
    /// The bytes cannot be the head of an application's image.
    pub fn parse(raw: &[u8; HEAD_LEN]) -> Result<Self, ImageError> {
        let [magic, segments, _, _, e0, e1, e2, e3, _, _, _, _, c0, c1, _, r0, r1, r2, r3, ..] = *raw;
        if magic != MAGIC {
            return Err(ImageError::Magic);
        }
        if segments == 0 || usize::from(segments) > MAX_SEGMENTS {
            return Err(ImageError::SegmentCount(segments));
        }
        // The last byte of the header says whether a SHA-256 is appended.
        if raw.get(HEADER_LEN - 1) != Some(&1) {
            return Err(ImageError::NoDigest);
        }
        let (_, tail) = raw.split_at(DESCRIPTOR_AT);
        let (descriptor, marker) = tail.split_first_chunk().ok_or(ImageError::NoDescriptor)?;
        let head = Self {
            chip_id: u16::from_le_bytes([c0, c1]),
            revisions: Revisions::new(u16::from_le_bytes([r0, r1]), u16::from_le_bytes([r2, r3])),
            segments,
            entry: u32::from_le_bytes([e0, e1, e2, e3]),
            descriptor: AppDescriptor::parse(descriptor)?,
            guard: marker.first_chunk().and_then(GuardMarker::parse),
        };
        head.check_first(raw)?;
        Ok(head)
    }

    /// The first segment holds the descriptor, and is the one whose place can be judged before anything is erased.
    fn check_first(&self, raw: &[u8; HEAD_LEN]) -> Result<(), ImageError> {
        let header = raw.get(HEADER_LEN..DESCRIPTOR_AT).and_then(|header| header.try_into().ok());
        let first = Segment::parse(header.ok_or(ImageError::Truncated)?, DESCRIPTOR_AT as u32);
        if first.len < DESCRIPTOR_LEN as u32 {
            return Err(ImageError::SegmentLength { segment: 0, len: first.len });
        }
        if self.can_map(&first) { Ok(()) } else { Err(ImageError::Misplaced { segment: 0 }) }
    }

    /// Whether the image is for simulated devices only.
    #[must_use]
    pub fn is_simulated(&self) -> bool {
        self.guard.is_some_and(|marker| marker.kind == GuardKind::Simulated)
    }
}
