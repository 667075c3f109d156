//! One pass over an image, byte by byte as it comes: what the bootloader will check before it boots it.

use heapless::Vec;
use sha2::{Digest as _, Sha256};

use super::head::{HEAD_LEN, HEADER_LEN, ImageHead, MAGIC, MAX_SEGMENTS, SEGMENT_HEADER_LEN};
use super::{AppDescriptor, GuardMarker, ImageError};
use crate::flash::{Flash, Region};

const CHECKSUM_SEED: u8 = 0xEF;
const DIGEST_LEN: usize = 32;
/// Longer segments are refused by the bootloader.
const SEGMENT_MAX: u32 = 16 * 1024 * 1024;

/// A segment, as its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where in the image its data begins, in bytes.
    pub offset: u32,
    /// Where in memory it belongs.
    pub address: u32,
    /// Bytes of data.
    pub len: u32,
}

/// A complete, undamaged image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageInfo {
    /// What its head says.
    pub head: ImageHead,
    /// Its segments.
    pub segments: Vec<Segment, MAX_SEGMENTS>,
    /// The digest that the bootloader checks, recomputed.
    pub image_sha256: [u8; 32],
    /// Bytes of the image, its digest included; a signature sector lies behind.
    pub len: u32,
}

impl Segment {
    /// Reads the header of a segment whose data begins at `offset`.
    pub(super) const fn parse(raw: [u8; SEGMENT_HEADER_LEN], offset: u32) -> Self {
        let [a0, a1, a2, a3, l0, l1, l2, l3] = raw;
        Self {
            offset,
            address: u32::from_le_bytes([a0, a1, a2, a3]),
            len: u32::from_le_bytes([l0, l1, l2, l3]),
        }
    }
}

impl ImageInfo {
    /// What the application says of itself.
    #[must_use]
    pub const fn descriptor(&self) -> &AppDescriptor {
        &self.head.descriptor
    }

    /// Present if the image has a boot guard.
    #[must_use]
    pub const fn guard(&self) -> Option<GuardMarker> {
        self.head.guard
    }
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Header,
    SegmentHeader,
    SegmentData,
    Padding,
    Digest,
    Behind,
}

/// The pass: [`push`](Self::push) every byte in order, then [`finish`](Self::finish).
#[derive(Clone)]
pub struct ImageScan {
    part: Part,
    /// Bytes of the current part still to come.
    left: u32,
    offset: u32,
    head: Vec<u8, HEAD_LEN>,
    parsed: Option<ImageHead>,
    small: Vec<u8, DIGEST_LEN>,
    segments: Vec<Segment, MAX_SEGMENTS>,
    checksum: u8,
    found_checksum: u8,
    hash: Sha256,
    computed: [u8; DIGEST_LEN],
    image_len: u32,
}

impl Default for ImageScan {
    fn default() -> Self {
        Self::new()
    }
}

impl ImageScan {
    /// A pass that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            part: Part::Header,
            left: HEADER_LEN as u32,
            offset: 0,
            head: Vec::new(),
            parsed: None,
            small: Vec::new(),
            segments: Vec::new(),
            checksum: CHECKSUM_SEED,
            found_checksum: 0,
            hash: Sha256::new(),
            computed: [0; DIGEST_LEN],
            image_len: 0,
        }
    }

    /// The head, once its bytes have been seen.
    #[must_use]
    pub const fn head(&self) -> Option<&ImageHead> {
        self.parsed.as_ref()
    }

    /// Whether the image's last byte has been seen; more may follow (signature, padding).
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.part == Part::Behind
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// What has been seen cannot be, or become, a bootable image.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ImageError> {
        self.collect_head(bytes)?;
        let mut rest = bytes;
        while !rest.is_empty() && self.part != Part::Behind {
            let (now, later) = rest.split_at((self.left as usize).min(rest.len()));
            self.take(now);
            rest = later;
            // Lengths of nothing (an empty segment, no padding) end without a further byte.
            while self.left == 0 && self.part != Part::Behind {
                self.next_part()?;
            }
        }
        Ok(())
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// Bytes are missing.
    pub fn finish(self) -> Result<ImageInfo, ImageError> {
        match self.parsed {
            Some(head) if self.part == Part::Behind => Ok(ImageInfo {
                head,
                segments: self.segments,
                image_sha256: self.computed,
                len: self.image_len,
            }),
            _ => Err(ImageError::Truncated),
        }
    }

    fn collect_head(&mut self, bytes: &[u8]) -> Result<(), ImageError> {
        if self.parsed.is_some() {
            return Ok(());
        }
        // A file of another kind, however short, is told as such.
        if self.head.is_empty() && bytes.first().is_some_and(|&first| first != MAGIC) {
            return Err(ImageError::Magic);
        }
        let room = HEAD_LEN - self.head.len();
        // It fits: at most `room` bytes are taken.
        let _ = self.head.extend_from_slice(&bytes[..room.min(bytes.len())]);
        if let Ok(raw) = <&[u8; HEAD_LEN]>::try_from(self.head.as_slice()) {
            self.parsed = Some(ImageHead::parse(raw)?);
        }
        Ok(())
    }

    /// Bytes that lie wholly in the current part.
    fn take(&mut self, bytes: &[u8]) {
        match self.part {
            Part::Digest => {}
            _ => self.hash.update(bytes),
        }
        match self.part {
            Part::SegmentData => self.checksum = bytes.iter().fold(self.checksum, |sum, byte| sum ^ byte),
            Part::Padding => self.found_checksum = bytes.last().copied().unwrap_or(self.found_checksum),
            // Parts of at most 32 bytes.
            _ => {
                let _ = self.small.extend_from_slice(bytes);
            }
        }
        // `bytes` is at most `left`, and images are bounded by their segments' lengths.
        self.left -= bytes.len() as u32;
        self.offset = self.offset.saturating_add(bytes.len() as u32);
    }

    fn next_part(&mut self) -> Result<(), ImageError> {
        match self.part {
            Part::Header => {
                self.check_header()?;
                self.enter(Part::SegmentHeader, SEGMENT_HEADER_LEN as u32);
            }
            Part::SegmentHeader => {
                let len = self.begin_segment()?;
                self.enter(Part::SegmentData, len);
            }
            Part::SegmentData if self.segments.len() < self.segment_count() => {
                self.enter(Part::SegmentHeader, SEGMENT_HEADER_LEN as u32);
            }
            Part::SegmentData => {
                // The head must be known by now: an image that is shorter has no descriptor.
                self.parsed.ok_or(ImageError::NoDescriptor)?;
                // The checksum is the last byte before a multiple of 16.
                self.enter(Part::Padding, 16 - self.offset % 16);
            }
            Part::Padding => {
                if self.found_checksum != self.checksum {
                    return Err(ImageError::Checksum);
                }
                self.computed = self.hash.clone().finalize().into();
                self.enter(Part::Digest, DIGEST_LEN as u32);
            }
            Part::Digest => {
                if self.small != self.computed {
                    return Err(ImageError::Digest);
                }
                // Not before: bytes that were damaged on the way are to be told as such.
                self.check_places()?;
                self.image_len = self.offset;
                self.part = Part::Behind;
            }
            Part::Behind => {}
        }
        Ok(())
    }

    fn enter(&mut self, part: Part, left: u32) {
        self.part = part;
        self.left = left;
        self.small.clear();
    }

    /// Judges the header as soon as it is there, so that a long file of nonsense ends at once.
    fn check_header(&self) -> Result<(), ImageError> {
        let mut raw = [0; HEAD_LEN];
        raw[..HEADER_LEN].copy_from_slice(self.small.get(..HEADER_LEN).ok_or(ImageError::Truncated)?);
        match ImageHead::parse(&raw) {
            // The descriptor is judged when it is there.
            Ok(_) | Err(ImageError::NoDescriptor) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn segment_count(&self) -> usize {
        self.head.get(1).map_or(0, |&count| usize::from(count))
    }

    fn begin_segment(&mut self) -> Result<u32, ImageError> {
        let raw = self.small.as_slice().try_into().map_err(|_| ImageError::Truncated)?;
        let found = Segment::parse(raw, self.offset);
        let (segment, len) = (self.segments.len() as u8, found.len);
        if !len.is_multiple_of(4) || len >= SEGMENT_MAX {
            return Err(ImageError::SegmentLength { segment, len });
        }
        self.segments.push(found).map_err(|_| ImageError::SegmentCount(segment))?;
        Ok(len)
    }

    fn check_places(&self) -> Result<(), ImageError> {
        let head = self.parsed.as_ref().ok_or(ImageError::NoDescriptor)?;
        match self.segments.iter().zip(0..).find(|(segment, _)| !head.can_map(segment)) {
            Some((_, segment)) => Err(ImageError::Misplaced { segment }),
            None => Ok(()),
        }
    }
}

/// Reads the image in a slot, a piece a step, so that the caller can do other work between two.
#[derive(Clone)]
pub struct SlotScan {
    slot: Region,
    at: u32,
    scan: ImageScan,
}

impl SlotScan {
    /// Bytes that one step reads.
    pub const STEP: usize = 4096;

    /// A scan that has read nothing yet.
    #[must_use]
    pub fn new(slot: Region) -> Self {
        Self { slot, at: slot.offset, scan: ImageScan::new() }
    }

    /// Reads on; `true` when nothing is left to read.
    ///
    /// # Errors
    /// The slot holds no complete, undamaged image.
    pub fn step<F: Flash>(&mut self, flash: &mut F) -> Result<bool, ImageError> {
        let mut buf = [0; 1024];
        for _ in 0..Self::STEP / buf.len() {
            let len = (self.slot.end() - self.at).min(buf.len() as u32);
            if len == 0 || self.scan.is_complete() {
                return Ok(true);
            }
            let piece = &mut buf[..len as usize];
            flash.read(self.at, piece)?;
            self.scan.push(piece)?;
            self.at += len;
        }
        Ok(false)
    }

    /// What was found.
    ///
    /// # Errors
    /// The slot ended before the image did.
    pub fn finish(self) -> Result<ImageInfo, ImageError> {
        self.scan.finish()
    }
}

/// Reads the image in a slot and checks it as the bootloader does, in one go.
///
/// # Errors
/// The slot holds no complete, undamaged image.
pub fn verify_slot<F: Flash>(flash: &mut F, slot: Region) -> Result<ImageInfo, ImageError> {
    let mut scan = SlotScan::new(slot);
    while !scan.step(flash)? {}
    scan.finish()
}
