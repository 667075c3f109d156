//! Bytes that stand for code and constants: they compress like firmware, and two builds share most of them.

use fastrand::Rng;

/// Seed of what all builds share.
const COMMON_SEED: u64 = 0x5B1F_7000;
/// Words that occur again and again, as instructions do.
const VOCABULARY: usize = 1024;
/// Bytes of a stretch that all builds share.
const COMMON: usize = 2048;
/// Bytes of a stretch of one build's own: 5 % of the whole, of varying length, so that what follows moves.
const OWN: std::ops::RangeInclusive<usize> = 16..=37;

/// Words of a run that occurs again.
const IDIOM: std::ops::Range<usize> = 1..7;

/// Makes `len` bytes, a multiple of 4; `seed` decides on a twentieth of them.
pub(super) fn filler(len: usize, seed: u64) -> Vec<u8> {
    let mut common = Rng::with_seed(COMMON_SEED);
    let mut own = Rng::with_seed(seed);
    let vocabulary: Vec<u32> = (0..VOCABULARY).map(|_| common.u32(..)).collect();
    let mut bytes = Vec::with_capacity(len + COMMON);
    while bytes.len() < len {
        let words = own.usize(OWN);
        extend(&mut bytes, &vocabulary, &mut own, words);
        extend(&mut bytes, &vocabulary, &mut common, COMMON / 4);
    }
    bytes.truncate(len);
    bytes
}

/// Adds `words` words: short runs of the vocabulary, as idioms of a compiler, most of them with other operands.
fn extend(bytes: &mut Vec<u8>, vocabulary: &[u32], rng: &mut Rng, words: usize) {
    let end = bytes.len() + words * 4;
    while bytes.len() < end {
        // The lower of two draws, so that some idioms are far more frequent than others.
        let start = rng.usize(..vocabulary.len()).min(rng.usize(..vocabulary.len()));
        for &known in vocabulary.iter().skip(start).take(rng.usize(IDIOM)) {
            bytes.extend(vary(known, rng).to_le_bytes());
        }
    }
    bytes.truncate(end);
}

/// A word as it is, with another operand in its upper part, or something new.
fn vary(known: u32, rng: &mut Rng) -> u32 {
    match rng.u8(0..100) {
        0..58 => known,
        58..77 => (known & 0xFFFF) | (rng.u32(..) & 0xFFFF_0000),
        77..93 => (known & 0x00FF_FFFF) | (rng.u32(..) & 0xFF00_0000),
        _ => rng.u32(..),
    }
}
