//! An encoded file as it comes: header, base, table and payload, in steps of a page.

use heapless::Vec;

use super::base::BaseCheck;
use super::draft::Draft;
use super::error::WriteError;
use super::walk::{OldBytes, Walk};
use crate::flash::{Flash, Region};
use crate::image::ImageError;
use crate::stream::{Decoder, HEADER_LEN, Header, Slots, Status, StreamError};

/// Header and table of chunks, then the payload.
pub(super) struct Encoded<'w> {
    /// Bytes of the stream, as ordered.
    size: u32,
    old: OldBytes,
    /// Where the image lies that runs.
    base: Option<Region>,
    /// Bytes of the stream that were used.
    used: u32,
    /// Bytes of it that are not needed, because what they make is there.
    skipped: u32,
    stage: Stage,
    decoder: &'w mut Decoder,
}

/// What comes next, or what has to be settled before.
enum Stage {
    Header(Vec<u8, HEADER_LEN>),
    Base(BaseCheck, Walk),
    Table(Walk),
    Recheck(Walk),
    Payload,
    Done,
}

impl<'w> Encoded<'w> {
    pub(super) const fn new(
        decoder: &'w mut Decoder,
        size: u32,
        old: OldBytes,
        base: Option<Region>,
    ) -> Self {
        Self { size, old, base, used: 0, skipped: 0, stage: Stage::Header(Vec::new()), decoder }
    }

    /// The next byte wanted. The last byte of header, table and payload is wanted until what it completes is settled: so
    /// whoever sends need not ask for more work to be done when there is nothing left to send.
    pub(super) const fn position(&self) -> u32 {
        self.used + self.skipped - self.holds_back()
    }

    const fn holds_back(&self) -> u32 {
        let settles = match &self.stage {
            Stage::Base(..) | Stage::Recheck(_) => true,
            Stage::Table(walk) => walk.compares(),
            Stage::Payload => self.used + self.skipped == self.size,
            Stage::Header(_) | Stage::Done => false,
        };
        settles as u32
    }

    /// Whether it is settled where the file goes on.
    pub(super) const fn is_settled(&self) -> bool {
        matches!(self.stage, Stage::Payload | Stage::Done)
    }

    /// Whether everything was decoded and stored.
    pub(super) const fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// Takes the next bytes, as many as make up to a page of work; the number taken.
    pub(super) fn push<F: Flash>(
        &mut self,
        flash: &mut F,
        bytes: &[u8],
        draft: &mut Draft<'_>,
    ) -> Result<usize, WriteError> {
        if self.is_done() {
            return Err(WriteError::Length);
        }
        let held = self.holds_back();
        // A byte that is held back comes again.
        let fresh = bytes.get(held as usize..).unwrap_or_default();
        let used = self.step(flash, fresh, draft)?;
        self.used += used as u32;
        Ok(used + held as usize - self.holds_back() as usize)
    }

    /// One step; the bytes used.
    fn step<F: Flash>(
        &mut self,
        flash: &mut F,
        bytes: &[u8],
        draft: &mut Draft<'_>,
    ) -> Result<usize, WriteError> {
        match &mut self.stage {
            Stage::Header(raw) => {
                let len = bytes.len().min(HEADER_LEN - raw.len());
                // It fits: that is how much was taken.
                let _ = raw.extend_from_slice(&bytes[..len]);
                if let Ok(raw) = <[u8; HEADER_LEN]>::try_from(raw.as_slice()) {
                    self.stage = self.behind_header(raw, draft)?;
                }
                Ok(len)
            }
            Stage::Base(check, walk) => {
                if check.step(flash, draft.page)? {
                    self.stage = Stage::Table(walk.clone());
                }
                Ok(0)
            }
            Stage::Table(walk) => {
                let len = if walk.compares() {
                    walk.compare(flash, draft.slot, draft.page)?;
                    0
                } else {
                    walk.take(bytes, draft.verified).map_err(WriteError::of_stream)?
                };
                if walk.is_complete() && !walk.compares() {
                    draft.resume(walk.there_bytes());
                    self.stage = Stage::Recheck(walk.clone());
                }
                Ok(len)
            }
            Stage::Recheck(walk) => {
                if draft.recheck(flash)? {
                    let walk = walk.clone();
                    self.go_on(flash, &walk, draft)?;
                }
                Ok(0)
            }
            Stage::Payload => self.decode(flash, bytes, draft),
            Stage::Done => Ok(0),
        }
    }

    fn behind_header(&self, raw: [u8; HEADER_LEN], draft: &Draft<'_>) -> Result<Stage, WriteError> {
        let header = Header::parse(&raw).map_err(WriteError::of_stream)?;
        let walk = Walk::new(header, draft, self.size, self.old).map_err(WriteError::of_stream)?;
        Ok(match BaseCheck::new(&header, self.base)? {
            Some(check) => Stage::Base(check, walk),
            None => Stage::Table(walk),
        })
    }

    /// Goes on behind the chunks that are there.
    fn go_on<F: Flash>(
        &mut self,
        flash: &mut F,
        walk: &Walk,
        draft: &mut Draft<'_>,
    ) -> Result<(), WriteError> {
        self.skipped = walk.goes_on_at();
        self.stage = Stage::Done;
        if walk.there() < walk.header.chunks() {
            let mut slots = slots(flash, self.base, draft.slot);
            self.decoder
                .start(&walk.header, walk.there(), self.skipped, draft.page, &mut slots)
                .map_err(WriteError::of_stream)?;
            self.stage = Stage::Payload;
        }
        Ok(())
    }

    fn decode<F: Flash>(
        &mut self,
        flash: &mut F,
        bytes: &[u8],
        draft: &mut Draft<'_>,
    ) -> Result<usize, WriteError> {
        if draft.waiting() > 0 && !draft.begun {
            // A page has room for every head.
            let head = draft.scan.head().ok_or(WriteError::Image(ImageError::Truncated));
            return head.map(|_| 0);
        }
        draft.flush(flash)?;
        let mut rest = bytes;
        let mut slots = slots(flash, self.base, draft.slot);
        match self.decoder.feed(&mut rest, draft.page, &mut slots) {
            Ok(Status::NeedInput) => {}
            Ok(Status::Page { len, .. }) => draft.take_page(flash, len)?,
            Ok(Status::Done) => self.stage = Stage::Done,
            Err(error) => {
                // What it made before is of no use either.
                if draft.begun && error != StreamError::Flash {
                    draft.forget(flash);
                }
                return Err(WriteError::of_stream(error));
            }
        }
        Ok(bytes.len() - rest.len())
    }
}

const fn slots<F: Flash>(flash: &mut F, old: Option<Region>, new: Region) -> Slots<'_, F> {
    let nothing = Region { offset: 0, size: 0 };
    let old = match old {
        Some(region) => region,
        None => nothing,
    };
    Slots { flash, old, new }
}
