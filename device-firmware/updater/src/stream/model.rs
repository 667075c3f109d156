//! What coder and encoder agree on: the places of the probabilities, and the states. `SPEC.md`, "Encoded images".

/// A probability has 11 bits.
pub const PROB_BITS: u32 = 11;
/// A probability before anything was seen: one half.
pub const PROB_START: u16 = 1 << (PROB_BITS - 1);
/// A probability moves by this part, as a power of two, of what is missing.
pub const PROB_SHIFT: u32 = 5;
/// Below this, the range is widened by a byte.
pub const RANGE_LEAST: u32 = 1 << 24;

/// Whether an operation is more than a literal: by state and parity of the position.
pub const IS_MATCH: usize = 0;
/// Whether it repeats a distance: by state.
pub const IS_REP: usize = IS_MATCH + STATES * 2;
/// Whether it repeats another than the last distance: by state.
pub const G0: usize = IS_REP + STATES;
/// Whether it repeats another than the last but one: by state.
pub const G1: usize = G0 + STATES;
/// Whether it repeats the fourth distance, not the third: by state.
pub const G2: usize = G1 + STATES;
/// Lengths of matches: a tree of slots, then [`EXTRA`] for the bits below.
pub const LEN: usize = G2 + STATES;
/// Lengths of repeats, likewise.
pub const RLEN: usize = LEN + SLOTS + EXTRA;
/// Distances: [`DIST_TREES`] trees of slots by length, then [`EXTRA`] shared by them.
pub const DIST: usize = RLEN + SLOTS + EXTRA;
/// Literals after a literal: a tree of bytes by parity.
pub const LIT: usize = DIST + DIST_TREES * SLOTS + EXTRA;
/// Literals as a difference: a tree of bytes by parity.
pub const DIFF: usize = LIT + 2 * BYTES;
/// Number of probabilities.
pub const PROBS: usize = DIFF + 2 * BYTES;

/// Probabilities of a tree of six bits.
pub const SLOTS: usize = 1 << SLOT_BITS;
/// Bits of a slot.
pub const SLOT_BITS: u32 = 6;
/// Probabilities of a tree of eight bits.
pub const BYTES: usize = 256;
/// Trees of slots for distances: for lengths 2, 3, 4 and more.
pub const DIST_TREES: usize = 4;
/// Probabilities for the bits below a slot's: reverse trees of slots 4 to 13, then one for the last four bits of others.
pub const EXTRA: usize = EXTRA_LOW + (1 << LOW_BITS);
/// Where in [`EXTRA`] the tree of the last four bits lies.
pub const EXTRA_LOW: usize = 115;
/// Bits of that tree.
pub const LOW_BITS: u32 = 4;
/// Slots from this one on have bits of even odds above the last four.
pub const SLOT_DIRECT: u32 = 14;
/// Slots below this one are the number itself.
pub const SLOT_PLAIN: u32 = 4;

const STATES: usize = 12;

/// What the last operations were, as in LZMA: below 4 no match in the last three, below 7 a literal was the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State(u8);

impl State {
    /// The state at the start of a chunk.
    pub const START: Self = Self(0);

    /// Its place in tables by state; below 12.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// Whether a literal is a byte of its own, not a difference from what the last distance predicts.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        self.0 < 4
    }

    /// After a literal.
    #[must_use]
    pub const fn after_literal(self) -> Self {
        Self(match self.0 {
            0..4 => 0,
            4..10 => self.0 - 3,
            _ => self.0 - 6,
        })
    }

    /// After a match.
    #[must_use]
    pub const fn after_match(self) -> Self {
        self.either(7, 10)
    }

    /// After a repeat of `len` bytes.
    #[must_use]
    pub const fn after_repeat(self, len: u32) -> Self {
        self.either(if len == 1 { 9 } else { 8 }, 11)
    }

    const fn either(self, after_literal: u8, after_match: u8) -> Self {
        Self(if self.0 < 7 { after_literal } else { after_match })
    }
}
