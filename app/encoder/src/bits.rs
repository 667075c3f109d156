//! How a value becomes binary decisions: bit trees, and LZMA's code for numbers. The mirror of the decoder's reading.

use skylift_updater::stream::model::{EXTRA_LOW, LOW_BITS, SLOT_BITS, SLOT_DIRECT, SLOT_PLAIN};

/// What binary decisions are given to: the range coder writes them, a sum of prices only counts them.
pub(crate) trait Bits {
    /// One decision, 0 or 1, with the probability at `index`.
    fn bit(&mut self, index: usize, bit: u32);

    /// The lowest `count` bits of `value`, highest first, with no probability of their own.
    fn direct(&mut self, value: u32, count: u32);
}

/// A tree of `bits` bits, highest first.
pub(crate) fn tree(to: &mut impl Bits, base: usize, bits: u32, value: u32) {
    let mut node = 1;
    for shift in (0..bits).rev() {
        let bit = value >> shift & 1;
        to.bit(base + node as usize, bit);
        node = node << 1 | bit;
    }
}

/// A tree of `bits` bits, lowest first.
pub(crate) fn reverse_tree(to: &mut impl Bits, base: usize, bits: u32, value: u32) {
    let mut node = 1;
    for shift in 0..bits {
        let bit = value >> shift & 1;
        to.bit(base + node as usize, bit);
        node = node << 1 | bit;
    }
}

/// A number: LZMA's distance code. Probabilities begin at `slots` for its size, and at `extra` for the rest.
pub(crate) fn number(to: &mut impl Bits, slots: usize, extra: usize, value: u32) {
    tree(to, slots, SLOT_BITS, Slot::of(value).0);
    below_slot(to, extra, value);
}

/// What of a number its slot does not say.
pub(crate) fn below_slot(to: &mut impl Bits, extra: usize, value: u32) {
    let slot = Slot::of(value);
    let rest = value - slot.first();
    if slot.0 < SLOT_DIRECT {
        // One less, since no tree has an entry 0.
        let base = extra + (slot.first() - slot.0) as usize - 1;
        reverse_tree(to, base, slot.bits(), rest);
    } else {
        to.direct(rest >> LOW_BITS, slot.bits() - LOW_BITS);
        reverse_tree(to, extra + EXTRA_LOW, LOW_BITS, rest & ((1 << LOW_BITS) - 1));
    }
}

/// The size of a number: its two highest bits, and how many follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(pub(crate) u32);

impl Slot {
    pub(crate) const fn of(value: u32) -> Self {
        if value < SLOT_PLAIN {
            return Self(value);
        }
        let bits = 30 - value.leading_zeros();
        Self((bits + 1) * 2 + (value >> bits & 1))
    }

    /// Bits that follow.
    pub(crate) const fn bits(self) -> u32 {
        if self.0 < SLOT_PLAIN { 0 } else { (self.0 >> 1) - 1 }
    }

    /// Its smallest number.
    pub(crate) const fn first(self) -> u32 {
        if self.0 < SLOT_PLAIN { self.0 } else { (2 | self.0 & 1) << self.bits() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_follow_each_other_without_a_gap() {
        let mut next = 0u64;
        for slot in (0..64).map(Slot) {
            assert_eq!(u64::from(slot.first()), next);
            let last = slot.first() + ((1u64 << slot.bits()) - 1) as u32;
            assert_eq!((Slot::of(slot.first()), Slot::of(last)), (slot, slot));
            next = u64::from(last) + 1;
        }
        assert_eq!(next, 1 << 32);
    }
}
