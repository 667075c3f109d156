//! What an operation costs with the probabilities of a moment, as tables, so that a parse asks often and cheaply.

use std::sync::LazyLock;

use skylift_updater::stream::model::{
    BYTES, DIST, DIST_TREES, IS_REP, LEN, LOW_BITS, RLEN, SLOT_DIRECT, SLOTS,
};

use crate::bits::{Bits, Slot, below_slot, number, tree};
use crate::coder::{ONE, Probabilities};
use crate::finder::NICE;
use crate::operation::{DISTANCE_EXTRA, REPEATS, byte, distance_tree, is_match, repeat};

/// Parts of a bit.
pub(crate) type Price = u32;
/// So many are a bit.
pub(crate) const BIT: Price = 256;

const STATES: usize = 12;
const LOW: usize = 1 << LOW_BITS;
/// Distances below this one have no bits of even odds.
const NEAR: usize = Slot(SLOT_DIRECT).first() as usize;

/// The price of a decision whose probability is the index, of [`ONE`].
static DECISION: LazyLock<[Price; ONE as usize + 1]> = LazyLock::new(|| {
    std::array::from_fn(|probability| match probability {
        // Never: probabilities keep away from both ends.
        0 => 20 * BIT,
        _ => (-(probability as f64 / f64::from(ONE)).log2() * f64::from(BIT)).round() as Price,
    })
});

/// Adds up decisions instead of writing them.
struct Sum<'p> {
    probabilities: &'p Probabilities,
    sum: Price,
}

impl Bits for Sum<'_> {
    fn bit(&mut self, index: usize, bit: u32) {
        let zero = usize::from(self.probabilities[index]);
        self.sum += DECISION[if bit == 0 { zero } else { ONE as usize - zero }];
    }

    fn direct(&mut self, _: u32, count: u32) {
        self.sum += count * BIT;
    }
}

/// Prices of everything that operations are made of.
pub(crate) struct Prices {
    /// That it is a literal: by state and parity.
    literal: [[Price; 2]; STATES],
    /// That it is a match.
    matched: [[Price; 2]; STATES],
    /// That it repeats a distance, and which.
    repeated: [[[Price; REPEATS]; 2]; STATES],
    /// A literal's byte, or its difference: by parity.
    bytes: [[[Price; BYTES]; 2]; 2],
    match_length: [Price; NICE],
    repeat_length: [Price; NICE],
    /// A distance's slot with its bits of even odds: by length.
    slot: [[Price; SLOTS]; DIST_TREES],
    /// What of a near distance the slot does not say.
    near: [Price; NEAR],
    /// The lowest bits of a farther one.
    low: [Price; LOW],
}

impl Prices {
    /// Tables that [`Prices::learn`] has not filled yet.
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self {
            literal: [[0; 2]; STATES],
            matched: [[0; 2]; STATES],
            repeated: [[[0; REPEATS]; 2]; STATES],
            bytes: [[[0; BYTES]; 2]; 2],
            match_length: [0; NICE],
            repeat_length: [0; NICE],
            slot: [[0; SLOTS]; DIST_TREES],
            near: [0; NEAR],
            low: [0; LOW],
        })
    }

    /// Takes prices from probabilities.
    pub(crate) fn learn(&mut self, from: &Probabilities) {
        let price = |write: &dyn Fn(&mut Sum<'_>)| {
            let mut sum = Sum { probabilities: from, sum: 0 };
            write(&mut sum);
            sum.sum
        };
        for state in 0..STATES {
            for parity in 0..2 {
                let kind = |kind| price(&|to| to.bit(is_match(state, parity), kind));
                let matched = |again| kind(1) + price(&|to| to.bit(IS_REP + state, again));
                self.literal[state][parity] = kind(0);
                self.matched[state][parity] = matched(0);
                self.repeated[state][parity] =
                    std::array::from_fn(|which| matched(1) + price(&|to| repeat(to, state, which as u8)));
            }
        }
        for (plain, table) in [false, true].into_iter().zip(&mut self.bytes) {
            for (parity, table) in table.iter_mut().enumerate() {
                for (value, entry) in (0..=u8::MAX).zip(table) {
                    *entry = price(&|to| byte(to, plain, parity, value));
                }
            }
        }
        for value in 0..NICE {
            self.match_length[value] = price(&|to| number(to, LEN, LEN + SLOTS, value as u32));
            self.repeat_length[value] = price(&|to| number(to, RLEN, RLEN + SLOTS, value as u32));
        }
        for (index, table) in self.slot.iter_mut().enumerate() {
            for (slot, entry) in (0..).map(Slot).zip(table) {
                let even = if slot.0 < SLOT_DIRECT { 0 } else { slot.bits() - LOW_BITS };
                *entry = even * BIT + price(&|to| tree(to, DIST + index * SLOTS, SLOTS.ilog2(), slot.0));
            }
        }
        for (value, entry) in (0..).zip(&mut self.near) {
            *entry = price(&|to| below_slot(to, DISTANCE_EXTRA, value));
        }
        for (value, entry) in (NEAR as u32..).zip(&mut self.low) {
            *entry = price(&|to| below_slot(to, DISTANCE_EXTRA, value))
                - (Slot::of(value).bits() - LOW_BITS) * BIT;
        }
    }

    /// A literal with this value.
    pub(crate) fn literal(&self, state: usize, position: usize, (plain, value): (bool, u8)) -> Price {
        let parity = position & 1;
        self.literal[state][parity] + self.bytes[usize::from(plain)][parity][usize::from(value)]
    }

    /// The head of a repeat; its length comes on top.
    pub(crate) fn repeat(&self, state: usize, position: usize, which: usize) -> Price {
        self.repeated[state][position & 1][which]
    }

    /// The length of a repeat, 1 to [`NICE`].
    pub(crate) fn repeat_length(&self, length: usize) -> Price {
        self.repeat_length[length - 1]
    }

    /// The head of a match; length and distance come on top.
    pub(crate) fn matched(&self, state: usize, position: usize) -> Price {
        self.matched[state][position & 1]
    }

    /// The length of a match, 2 to [`NICE`].
    pub(crate) fn match_length(&self, length: usize) -> Price {
        self.match_length[length - 2]
    }

    /// The distance of a match of this length.
    pub(crate) fn distance(&self, length: usize, distance: u32) -> Price {
        let value = distance - 1;
        let slot = self.slot[distance_tree(length as u32)][Slot::of(value).0 as usize];
        match self.near.get(value as usize) {
            Some(near) => slot + near,
            None => slot + self.low[value as usize % LOW],
        }
    }
}
