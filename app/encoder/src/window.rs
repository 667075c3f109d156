//! The window: the old image, and the new one behind it. It is all that a distance can reach.

use std::collections::TryReserveError;

/// Old image ++ new image. *Positions* count from the start of the new one, *places* from the start of the old one.
pub(crate) struct Window {
    bytes: Vec<u8>,
    old_len: usize,
}

impl Window {
    pub(crate) fn new(old: &[u8], new: &[u8]) -> Result<Self, TryReserveError> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(old.len() + new.len())?;
        bytes.extend_from_slice(old);
        bytes.extend_from_slice(new);
        Ok(Self { bytes, old_len: old.len() })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn old_len(&self) -> usize {
        self.old_len
    }

    /// The place of a position.
    pub(crate) fn place(&self, position: usize) -> usize {
        self.old_len + position
    }

    /// The byte `distance` before a position; the distance reaches no further than the window.
    pub(crate) fn byte(&self, position: usize, distance: u32) -> u8 {
        self.bytes[self.old_len + position - distance as usize]
    }

    /// How many bytes at `place` are those at `source`, which lies before it: from `known` on, at most `most`.
    pub(crate) fn common(&self, source: usize, place: usize, known: usize, most: usize) -> usize {
        let (earlier, later) = (&self.bytes[source + known..], &self.bytes[place + known..place + most]);
        let words = earlier.as_chunks().0.iter().zip(later.as_chunks().0);
        let mut equal = known;
        for (earlier, later) in words {
            let differing = u64::from_le_bytes(*earlier) ^ u64::from_le_bytes(*later);
            if differing != 0 {
                return equal + differing.trailing_zeros() as usize / 8;
            }
            equal += 8;
        }
        let rest = later.len() & !7;
        equal + earlier[rest..].iter().zip(&later[rest..]).take_while(|(a, b)| a == b).count()
    }
}
