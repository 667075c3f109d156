//! Faults of a flash: which operation they strike and which bits come out wrong.

use std::fmt;

use fastrand::Rng;

/// When, seen from the operation it strikes, a power cut happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of the operation takes place.
    Before,
    /// Part of the bits change. A sector in the middle of an erase stays weak until it is erased completely.
    Inside,
    /// All of the operation takes place, but nobody is told.
    After,
}

impl Moment {
    /// Every moment, for tests that go through all.
    pub const ALL: [Self; 3] = [Self::Before, Self::Inside, Self::After];
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Before => "before",
            Self::Inside => "inside",
            Self::After => "after",
        })
    }
}

/// What goes wrong, at which operation. Operations are the programs and erases since the flash was made, from 0.
///
/// Its texts, `Debug` and `Display`, hold all that it takes to see the same fault again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlashFault {
    /// Nothing.
    #[default]
    None,
    /// Power fails; every operation, reads too, fails from then on until [`Nor::power_on`](crate::nor::Nor::power_on).
    PowerCut {
        /// Number of the operation.
        operation: u64,
        /// Before, inside or after it.
        moment: Moment,
        /// Seed of what is random about it.
        seed: u64,
    },
    /// The operation reports success, but at least one of the bits that it should change stays as it was, as in a
    /// worn cell. An operation that has no bit to change cannot fail so.
    Silent {
        /// Number of the operation.
        operation: u64,
        /// Seed of what is random about it.
        seed: u64,
    },
}

impl FlashFault {
    /// Number of the operation it strikes, if it strikes any.
    #[must_use]
    pub const fn operation(self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::PowerCut { operation, .. } | Self::Silent { operation, .. } => Some(operation),
        }
    }

    /// Seed of what is random about it; 0 for no fault.
    #[must_use]
    pub const fn seed(self) -> u64 {
        match self {
            Self::None => 0,
            Self::PowerCut { seed, .. } | Self::Silent { seed, .. } => seed,
        }
    }
}

impl fmt::Display for FlashFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no fault"),
            Self::PowerCut { operation, moment, seed } => {
                write!(f, "power cut {moment} flash operation {operation} (seed {seed})")
            }
            Self::Silent { operation, seed } => {
                write!(f, "silent failure of flash operation {operation} (seed {seed})")
            }
        }
    }
}

/// Certainty, in the unit of the chances below.
const ALWAYS: u16 = 256;
/// Chance of each bit of a program into a weak sector to come out wrong; at least one always does.
const WEAK_BIT: u16 = 4;

/// What the cells hold after a cut in the middle of an operation that should have made `target` of `old`.
pub(crate) fn cut_inside(rng: &mut Rng, old: &[u8], target: &[u8]) -> Vec<u8> {
    // An erase that was nearly done reads blank, one that hardly began reads like the old contents: both must occur.
    let progress = match rng.u8(0..4) {
        0 => 0,
        1 => ALWAYS,
        _ => rng.u16(1..ALWAYS),
    };
    old.iter().zip(target).map(|(&was, &wanted)| was ^ some_bits(rng, was ^ wanted, progress)).collect()
}

/// What the cells hold if part of the bits, at least one, fail to change.
pub(crate) fn silent(rng: &mut Rng, old: &[u8], target: &[u8]) -> Vec<u8> {
    let changing: Vec<u8> = old.iter().zip(target).map(|(&was, &wanted)| was ^ wanted).collect();
    // Often a single bit, as it is with wear, seldom all of them.
    let chance = if rng.bool() { 0 } else { rng.u16(1..=ALWAYS) };
    flip(target, &at_least_one(rng, &changing, chance))
}

/// What the cells hold after a program of `target` into a weak sector.
pub(crate) fn weak_program(rng: &mut Rng, target: &[u8]) -> Vec<u8> {
    let any = vec![0xFF; target.len()];
    flip(target, &at_least_one(rng, &any, WEAK_BIT))
}

fn flip(cells: &[u8], wrong: &[u8]) -> Vec<u8> {
    cells.iter().zip(wrong).map(|(&cell, &bits)| cell ^ bits).collect()
}

/// Each bit of `candidates` by `chance`, and one of them anyway if there is any.
fn at_least_one(rng: &mut Rng, candidates: &[u8], chance: u16) -> Vec<u8> {
    let mut picked: Vec<u8> = candidates.iter().map(|&mask| some_bits(rng, mask, chance)).collect();
    let total: u32 = candidates.iter().map(|mask| mask.count_ones()).sum();
    if total > 0 && picked.iter().all(|&bits| bits == 0) {
        set_nth(candidates, &mut picked, rng.u32(0..total));
    }
    picked
}

/// Each bit of `mask` with a chance of `chance` in [`ALWAYS`].
fn some_bits(rng: &mut Rng, mask: u8, chance: u16) -> u8 {
    match chance {
        0 => 0,
        ALWAYS.. => mask,
        _ => (0..8).map(|bit| mask & (u8::from(u16::from(rng.u8(..)) < chance) << bit)).sum(),
    }
}

/// Sets in `picked` the bit that is the `nth` set one of `candidates`.
fn set_nth(candidates: &[u8], picked: &mut [u8], mut nth: u32) {
    for (&mask, bits) in candidates.iter().zip(picked) {
        if nth < mask.count_ones() {
            let mut rest = mask;
            for _ in 0..nth {
                rest &= rest.wrapping_sub(1);
            }
            *bits |= rest & rest.wrapping_neg();
            return;
        }
        nth -= mask.count_ones();
    }
}
