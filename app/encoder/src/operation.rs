//! The four operations a stream is made of, and what each leaves behind for the next.

use skylift_updater::stream::model::{
    BYTES, DIFF, DIST, DIST_TREES, G0, G1, G2, IS_MATCH, IS_REP, LEN, LIT, RLEN, SLOTS, State,
};

use crate::bits::{Bits, number, tree};
use crate::window::Window;

/// Distances that can be repeated.
pub(crate) const REPEATS: usize = 4;

/// One step of a stream; it makes at least one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// One byte: itself, or soon after a match its difference from what the match would go on with.
    Literal,
    /// `length` bytes, at least 1, from the distance that is `which` places back in the list.
    Repeat { which: u8, length: u32 },
    /// `length` bytes, at least 2, from a distance that is told.
    Match { length: u32, distance: u32 },
}

impl Operation {
    /// Bytes that it makes.
    pub(crate) const fn length(self) -> u32 {
        match self {
            Self::Literal => 1,
            Self::Repeat { length, .. } | Self::Match { length, .. } => length,
        }
    }
}

/// What an operation depends on, beside the probabilities.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) state: State,
    /// The distances used last, the last one first.
    pub(crate) repeats: [u32; REPEATS],
}

impl Context {
    /// As every chunk begins: every distance is "the same place in the old image".
    pub(crate) fn start(window: &Window) -> Self {
        Self { state: State::START, repeats: [(window.old_len() as u32).max(1); REPEATS] }
    }

    /// The nearest distance behind an operation.
    pub(crate) fn nearest_after(&self, operation: Operation) -> u32 {
        match operation {
            Operation::Literal => self.repeats[0],
            Operation::Repeat { which, .. } => self.repeats[usize::from(which)],
            Operation::Match { distance, .. } => distance,
        }
    }

    /// What the next operation depends on.
    pub(crate) fn after(mut self, operation: Operation) -> Self {
        let nearest = self.nearest_after(operation);
        match operation {
            Operation::Literal => self.state = self.state.after_literal(),
            Operation::Repeat { which, length } => {
                self.state = self.state.after_repeat(length);
                self.repeats.copy_within(..usize::from(which), 1);
            }
            Operation::Match { .. } => {
                self.state = self.state.after_match();
                self.repeats.copy_within(..REPEATS - 1, 1);
            }
        }
        self.repeats[0] = nearest;
        self
    }

    /// Writes an operation that begins at `position` of the new image.
    pub(crate) fn write(&self, to: &mut impl Bits, window: &Window, position: usize, operation: Operation) {
        let state = self.state.index();
        match operation {
            Operation::Literal => {
                to.bit(is_match(state, position), 0);
                let (plain, value) = self.literal(window, position);
                byte(to, plain, position, value);
            }
            Operation::Repeat { which, length } => {
                to.bit(is_match(state, position), 1);
                to.bit(IS_REP + state, 1);
                repeat(to, state, which);
                number(to, RLEN, RLEN + SLOTS, length - 1);
            }
            Operation::Match { length, distance } => {
                to.bit(is_match(state, position), 1);
                to.bit(IS_REP + state, 0);
                number(to, LEN, LEN + SLOTS, length - 2);
                number(to, distance_slots(length), DISTANCE_EXTRA, distance - 1);
            }
        }
    }

    /// What a literal would write: whether the byte itself, and which value.
    pub(crate) fn literal(&self, window: &Window, position: usize) -> (bool, u8) {
        let byte = window.byte(position, 0);
        let plain = self.state.is_plain();
        (plain, if plain { byte } else { byte.wrapping_sub(window.byte(position, self.repeats[0])) })
    }
}

/// Where the bits below a distance's slot have their probabilities.
pub(crate) const DISTANCE_EXTRA: usize = DIST + DIST_TREES * SLOTS;

/// Which of the trees for slots of distances a length has: 0 to 3.
pub(crate) fn distance_tree(length: u32) -> usize {
    (length as usize - 2).min(DIST_TREES - 1)
}

fn distance_slots(length: u32) -> usize {
    DIST + distance_tree(length) * SLOTS
}

/// Whether it is no literal.
pub(crate) fn is_match(state: usize, position: usize) -> usize {
    IS_MATCH + state * 2 + (position & 1)
}

/// Which distance is repeated.
pub(crate) fn repeat(to: &mut impl Bits, state: usize, which: u8) {
    to.bit(G0 + state, u32::from(which > 0));
    if which > 0 {
        to.bit(G1 + state, u32::from(which > 1));
    }
    if which > 1 {
        to.bit(G2 + state, u32::from(which > 2));
    }
}

/// The value of a literal.
pub(crate) fn byte(to: &mut impl Bits, plain: bool, position: usize, value: u8) {
    let base = if plain { LIT } else { DIFF } + (position & 1) * BYTES;
    tree(to, base, u8::BITS, u32::from(value));
}
