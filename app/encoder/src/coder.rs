//! The range coder: decisions become bytes, and probabilities learn from them. LZMA's, without its leading zero byte.

use skylift_updater::stream::model::{PROB_BITS, PROB_SHIFT, PROB_START, PROBS, RANGE_LEAST};

use crate::bits::Bits;

/// How likely a 0 is at each index, of [`ONE`].
pub(crate) type Probabilities = [u16; PROBS];

/// A probability of one.
pub(crate) const ONE: u32 = 1 << PROB_BITS;

/// What one chunk becomes.
pub(crate) struct Coder {
    probabilities: Box<Probabilities>,
    low: u64,
    range: u32,
    /// The last byte that a carry can still change. At first none: LZMA's leading zero byte, which is not kept.
    held: Option<u8>,
    /// Bytes of 0xff behind it, through which a carry would run.
    ones: usize,
    out: Vec<u8>,
}

impl Coder {
    /// As every chunk begins.
    pub(crate) fn new() -> Self {
        Self {
            probabilities: Box::new([PROB_START; PROBS]),
            low: 0,
            range: u32::MAX,
            held: None,
            ones: 0,
            out: Vec::new(),
        }
    }

    /// What was learnt so far.
    pub(crate) fn probabilities(&self) -> &Probabilities {
        &self.probabilities
    }

    /// The bytes of the chunk, and what was learnt.
    pub(crate) fn finish(mut self) -> (Vec<u8>, Box<Probabilities>) {
        for _ in 0..5 {
            self.shift();
        }
        (self.out, self.probabilities)
    }

    /// Moves the highest byte of `low` out, as far as no carry can reach it any more.
    fn shift(&mut self) {
        let carry = self.low > u64::from(u32::MAX);
        if self.low < 0xFF00_0000 || carry {
            if let Some(held) = self.held {
                self.out.push(held.wrapping_add(u8::from(carry)));
            }
            let run = if carry { 0x00 } else { 0xFF };
            self.out.extend(std::iter::repeat_n(run, self.ones));
            self.ones = 0;
            self.held = Some((self.low >> 24) as u8);
        } else {
            self.ones += 1;
        }
        self.low = (self.low & 0x00FF_FFFF) << 8;
    }

    fn widen(&mut self) {
        while self.range < RANGE_LEAST {
            self.range <<= 8;
            self.shift();
        }
    }
}

impl Bits for Coder {
    fn bit(&mut self, index: usize, bit: u32) {
        let zero = self.probabilities[index];
        let bound = (self.range >> PROB_BITS) * u32::from(zero);
        if bit == 0 {
            self.range = bound;
            self.probabilities[index] = zero + ((ONE as u16 - zero) >> PROB_SHIFT);
        } else {
            self.low += u64::from(bound);
            self.range -= bound;
            self.probabilities[index] = zero - (zero >> PROB_SHIFT);
        }
        self.widen();
    }

    fn direct(&mut self, value: u32, count: u32) {
        for shift in (0..count).rev() {
            self.range >>= 1;
            if value >> shift & 1 == 1 {
                self.low += u64::from(self.range);
            }
            self.widen();
        }
    }
}
