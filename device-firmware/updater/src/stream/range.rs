//! The range decoder: from bytes to bits, trees of bits and numbers, with the probabilities that it learns.

use super::StreamError;
use super::model::{
    EXTRA_LOW, LOW_BITS, PROB_BITS, PROB_SHIFT, PROB_START, PROBS, RANGE_LEAST, SLOT_BITS, SLOT_DIRECT,
    SLOT_PLAIN,
};

/// No operation takes more bytes than this: at most 24, and 4 more at the start of a chunk.
const OPERATION_MAX: usize = 32;
/// Bytes held. With fewer than [`OPERATION_MAX`] at hand, no operation begins unless they are the last.
const HELD: usize = 128;

/// Whether an operation can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Supply {
    /// Enough bytes are at hand, or all there are.
    Ready,
    /// More bytes have to come.
    Short,
}

/// The decoder of bits. Between two chunks its range is 0.
pub(super) struct RangeDecoder {
    probs: [u16; PROBS],
    held: [u8; HELD],
    at: usize,
    len: usize,
    /// Bytes of the payload that have not come.
    missing: u32,
    /// A byte was wanted that the payload does not have.
    overrun: bool,
    range: u32,
    code: u32,
}

impl RangeDecoder {
    pub(super) const fn new() -> Self {
        Self {
            probs: [0; PROBS],
            held: [0; HELD],
            at: 0,
            len: 0,
            missing: 0,
            overrun: false,
            range: 0,
            code: 0,
        }
    }

    /// Begins a payload of so many bytes, with a new chunk.
    pub(super) const fn start(&mut self, payload: u32) {
        (self.at, self.len, self.missing) = (0, 0, payload);
        (self.overrun, self.range) = (false, 0);
    }

    /// Takes bytes for the next operation from `input`, and shortens it.
    pub(super) fn supply(&mut self, input: &mut &[u8]) -> Supply {
        if self.len - self.at >= OPERATION_MAX || self.missing == 0 {
            return Supply::Ready;
        }
        self.held.copy_within(self.at..self.len, 0);
        self.len -= self.at;
        self.at = 0;
        let room = (HELD - self.len).min(self.missing as usize);
        let (now, later) = input.split_at(input.len().min(room));
        self.held[self.len..self.len + now.len()].copy_from_slice(now);
        self.len += now.len();
        self.missing -= now.len() as u32;
        *input = later;
        if self.len < OPERATION_MAX && self.missing > 0 { Supply::Short } else { Supply::Ready }
    }

    /// Whether every byte of the payload was used.
    pub(super) const fn is_used_up(&self) -> bool {
        self.at == self.len && self.missing == 0
    }

    /// Whether bits were read that the payload does not have.
    pub(super) const fn has_overrun(&self) -> bool {
        self.overrun
    }

    /// Whether a chunk has begun and not ended.
    pub(super) const fn in_chunk(&self) -> bool {
        self.range != 0
    }

    /// Forgets what was learned, and reads the first four bytes of a chunk.
    pub(super) fn begin_chunk(&mut self) {
        self.probs.fill(PROB_START);
        self.range = u32::MAX;
        self.code = 0;
        for _ in 0..4 {
            self.code = self.code << 8 | self.byte();
        }
    }

    /// Ends a chunk.
    ///
    /// # Errors
    /// It does not end here.
    pub(super) fn end_chunk(&mut self) -> Result<(), StreamError> {
        self.normalise();
        self.range = 0;
        if self.overrun || self.code != 0 { Err(StreamError::Corrupt) } else { Ok(()) }
    }

    fn byte(&mut self) -> u32 {
        if self.at == self.len {
            self.overrun = true;
            return 0;
        }
        self.at += 1;
        u32::from(self.held[self.at - 1])
    }

    fn normalise(&mut self) {
        if self.range < RANGE_LEAST {
            self.range <<= 8;
            self.code = self.code << 8 | self.byte();
        }
    }

    /// One bit, by the probability of this index.
    pub(super) fn bit(&mut self, index: usize) -> u32 {
        self.normalise();
        let prob = &mut self.probs[index];
        let bound = (self.range >> PROB_BITS) * u32::from(*prob);
        if self.code < bound {
            self.range = bound;
            *prob += ((1 << PROB_BITS) - *prob) >> PROB_SHIFT;
            0
        } else {
            self.range -= bound;
            self.code -= bound;
            *prob -= *prob >> PROB_SHIFT;
            1
        }
    }

    /// A bit of even odds.
    fn even_bit(&mut self) -> u32 {
        self.normalise();
        self.range >>= 1;
        let bit = u32::from(self.code >= self.range);
        self.code -= self.range * bit;
        bit
    }

    /// A number of so many bits, the highest first.
    pub(super) fn tree(&mut self, base: usize, bits: u32) -> u32 {
        let mut node = 1;
        for _ in 0..bits {
            node = node << 1 | self.bit(base + node as usize);
        }
        node - (1 << bits)
    }

    /// A number of so many bits, the lowest first.
    fn reverse_tree(&mut self, base: usize, bits: u32) -> u32 {
        let (mut node, mut number) = (1, 0);
        for place in 0..bits {
            let bit = self.bit(base + node as usize);
            node = node << 1 | bit;
            number |= bit << place;
        }
        number
    }

    /// A number as LZMA codes distances: a slot of its two highest bits and its length, then the bits below.
    pub(super) fn number(&mut self, slots: usize, extra: usize) -> u32 {
        let slot = self.tree(slots, SLOT_BITS);
        if slot < SLOT_PLAIN {
            return slot;
        }
        let bits = (slot >> 1) - 1;
        let top = (2 | slot & 1) << bits;
        if slot < SLOT_DIRECT {
            return top + self.reverse_tree(extra + (top - slot) as usize - 1, bits);
        }
        let mut middle = 0;
        for _ in LOW_BITS..bits {
            middle = middle << 1 | self.even_bit();
        }
        top + (middle << LOW_BITS) + self.reverse_tree(extra + EXTRA_LOW, LOW_BITS)
    }
}
