//! The decoder: from the payload of a stream to the pages of the new file, in order.

use super::model::{
    BYTES, DIFF, DIST, DIST_TREES, G0, G1, G2, IS_MATCH, IS_REP, LEN, LIT, RLEN, SLOTS, State,
};
use super::range::{RangeDecoder, Supply};
use super::window::{RING, Side, Source, Window};
use super::{Header, StreamError};

/// Distances that can be repeated.
const REPEATS: usize = 4;

/// What a call came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All of the input was taken, and more is needed.
    NeedInput,
    /// The ring holds a page of the new file, padded with ones if it is the last. It is to be stored before the next
    /// call, and the ring left as it is.
    Page {
        /// Where in the new file it begins, in bytes.
        at: u32,
        /// Bytes of it that are the file's.
        len: u32,
    },
    /// Every page was given out, and every byte of the payload used.
    Done,
}

/// The state between two pieces of input: about 4 KiB, beside the ring that the caller has.
///
/// Whatever comes in, it gives out no byte beyond the size in the header, reads nothing but the old bytes and pages that
/// it gave out, and a call ends after one page. What it gives out is whole only if its SHA-256 is the header's.
pub struct Decoder {
    coder: RangeDecoder,
    window: Window,
    state: State,
    /// Distances that can be repeated, the last one used first.
    repeats: [u32; REPEATS],
    /// Bytes of the copy in progress.
    copying: u32,
    pos: u32,
    /// Where the chunk in progress ends.
    chunk_end: u32,
    chunk_len: u32,
    old_size: u32,
    new_size: u32,
    failed: Option<StreamError>,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder that has not been [started](Self::start), and until then fails.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            coder: RangeDecoder::new(),
            window: Window::new(),
            state: State::START,
            repeats: [0; REPEATS],
            copying: 0,
            pos: 0,
            chunk_end: 0,
            chunk_len: 0,
            old_size: 0,
            new_size: 0,
            failed: Some(StreamError::Header),
        }
    }

    /// Begins with chunk number `first`, whose payload begins at byte `begins` of all; the pages before it are there.
    ///
    /// # Errors
    /// There is no such chunk, or the page before it cannot be read.
    pub fn start(
        &mut self,
        header: &Header,
        first: u32,
        begins: u32,
        ring: &mut [u8; RING],
        source: &mut impl Source,
    ) -> Result<(), StreamError> {
        let payload = header.payload.checked_sub(begins).filter(|_| first < header.chunks());
        let payload = payload.ok_or(StreamError::Table)?;
        let pos = first.checked_sub(1).map_or(0, |before| header.chunk_end(before));
        if let Some(page) = pos.checked_sub(RING as u32) {
            source.read(Side::New, page, ring)?;
        }
        self.coder.start(payload);
        self.window.start(header.old_size);
        (self.pos, self.chunk_end, self.chunk_len) = (pos, pos, 1 << header.chunk_log);
        (self.old_size, self.new_size) = (header.old_size, header.new_size);
        (self.copying, self.failed) = (0, None);
        Ok(())
    }

    /// Bytes of the new file that are decoded.
    #[must_use]
    pub const fn position(&self) -> u32 {
        self.pos
    }

    /// Takes bytes from `input`, which it shortens, up to the end of a page.
    ///
    /// # Errors
    /// The stream is damaged, or its source cannot be read. That is final.
    pub fn feed(
        &mut self,
        input: &mut &[u8],
        ring: &mut [u8; RING],
        source: &mut impl Source,
    ) -> Result<Status, StreamError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let status = self.run(input, ring, source);
        self.failed = status.err();
        status
    }

    fn run(
        &mut self,
        input: &mut &[u8],
        ring: &mut [u8; RING],
        source: &mut impl Source,
    ) -> Result<Status, StreamError> {
        loop {
            if self.copying == 0 {
                if self.pos == self.chunk_end && self.coder.in_chunk() {
                    self.coder.end_chunk()?;
                }
                if self.pos == self.new_size {
                    return if self.coder.is_used_up() {
                        Ok(Status::Done)
                    } else {
                        Err(StreamError::Corrupt)
                    };
                }
                if self.coder.supply(input) == Supply::Short {
                    return Ok(Status::NeedInput);
                }
                self.operation(ring, source)?;
            }
            if self.copying > 0 {
                let copied = self.window.copy(self.repeats[0], self.pos, self.copying, ring, source)?;
                self.pos += copied;
                self.copying -= copied;
            }
            if let Some(page) = self.page(ring) {
                return Ok(page);
            }
        }
    }

    /// One operation: a literal, or the head of a copy.
    fn operation(&mut self, ring: &mut [u8; RING], source: &mut impl Source) -> Result<(), StreamError> {
        if !self.coder.in_chunk() {
            self.begin_chunk();
        }
        let parity = self.pos as usize & 1;
        let literal = self.coder.bit(IS_MATCH + self.state.index() * 2 + parity) == 0;
        if literal {
            self.literal(parity, ring, source)?;
        } else if self.coder.bit(IS_REP + self.state.index()) == 0 {
            self.new_match();
        } else {
            self.repeat();
        }
        if self.coder.has_overrun() {
            return Err(StreamError::Truncated);
        }
        let fits = self.copying <= self.chunk_end - self.pos;
        if literal || fits && self.window.reaches(self.repeats[0], self.pos) {
            Ok(())
        } else {
            Err(StreamError::Corrupt)
        }
    }

    fn begin_chunk(&mut self) {
        self.coder.begin_chunk();
        self.state = State::START;
        // The same place in the old image.
        self.repeats = [self.old_size.max(1); REPEATS];
        self.chunk_end = self.new_size.min(self.pos + self.chunk_len);
    }

    /// After a match, a literal is coded as the difference from the byte that the match predicts.
    fn literal(
        &mut self,
        parity: usize,
        ring: &mut [u8; RING],
        source: &mut impl Source,
    ) -> Result<(), StreamError> {
        let (trees, predicted) = if self.state.is_plain() {
            (LIT, 0)
        } else {
            (DIFF, self.window.peek(self.repeats[0], self.pos, ring, source)?)
        };
        let coded = self.coder.tree(trees + parity * BYTES, 8) as u8;
        ring[self.pos as usize % RING] = predicted.wrapping_add(coded);
        self.pos += 1;
        self.state = self.state.after_literal();
        Ok(())
    }

    fn new_match(&mut self) {
        let number = self.coder.number(LEN, LEN + SLOTS);
        let tree = (number as usize).min(DIST_TREES - 1);
        let distance = self.coder.number(DIST + tree * SLOTS, DIST + DIST_TREES * SLOTS);
        self.repeats.copy_within(..REPEATS - 1, 1);
        // Sums that do not fit are no distance and no length, and are refused as such.
        self.repeats[0] = distance.wrapping_add(1);
        self.copying = number.saturating_add(2);
        self.state = self.state.after_match();
    }

    fn repeat(&mut self) {
        let state = self.state.index();
        let mut which = 0;
        for more in [G0, G1, G2] {
            if self.coder.bit(more + state) == 0 {
                break;
            }
            which += 1;
        }
        self.repeats[..=which].rotate_right(1);
        self.copying = self.coder.number(RLEN, RLEN + SLOTS).saturating_add(1);
        self.state = self.state.after_repeat(self.copying);
    }

    /// The page that ends here, if one does.
    fn page(&self, ring: &mut [u8; RING]) -> Option<Status> {
        let filled = self.pos as usize % RING;
        if filled == 0 {
            return Some(Status::Page { at: self.pos - RING as u32, len: RING as u32 });
        }
        if self.pos < self.new_size {
            return None;
        }
        ring[filled..].fill(0xFF);
        Some(Status::Page { at: self.pos - filled as u32, len: filled as u32 })
    }
}
