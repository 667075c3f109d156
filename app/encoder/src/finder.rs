//! Finding earlier places that go on alike: binary trees of what follows each place, as LZMA encoders keep them.

use std::collections::TryReserveError;

use crate::window::Window;

/// A match this long is taken at once; longer ones need not be told apart.
pub(crate) const NICE: usize = 64;
/// Steps down a tree: what is further away is not found.
const DEPTH: usize = 24;
/// The shortest match the trees find.
const SHORTEST: usize = 3;
const HASH_BITS: u32 = 16;
/// No place: the end of a branch. Windows are shorter.
const NOWHERE: u32 = u32::MAX;

/// An earlier place that goes on alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// For so many bytes; at most [`NICE`].
    pub(crate) length: u32,
    /// Where it is.
    pub(crate) source: u32,
}

/// The places of one image: the roots of its trees, by a hash of the first three bytes.
struct Roots(Vec<u32>);

impl Roots {
    fn new() -> Self {
        Self(vec![NOWHERE; 1 << HASH_BITS])
    }

    fn at(&mut self, bytes: &[u8]) -> &mut u32 {
        let key = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0]);
        &mut self.0[(key.wrapping_mul(0x9E37_79B1) >> (32 - HASH_BITS)) as usize]
    }
}

/// What follows a place in its tree: continuations that are smaller, and those that are greater.
type Branches = [u32; 2];
const SMALLER: usize = 0;
const GREATER: usize = 1;

/// A branch that is to be filled: whose, and which one.
type Open = (usize, usize);

/// Trees over both images. The new one's grow as it is gone through.
pub(crate) struct Finder<'w> {
    window: &'w Window,
    old: Roots,
    new: Roots,
    /// The last place of the new image that begins with these two bytes.
    pairs: Vec<u32>,
    /// Of each place of the window.
    branches: Vec<Branches>,
}

impl<'w> Finder<'w> {
    /// With nothing in its trees. Needs 8 bytes for each byte of the window.
    pub(crate) fn new(window: &'w Window) -> Result<Self, TryReserveError> {
        let mut branches = Vec::new();
        branches.try_reserve_exact(window.len())?;
        branches.resize(window.len(), [NOWHERE; 2]);
        Ok(Self { window, old: Roots::new(), new: Roots::new(), pairs: vec![NOWHERE; 1 << 16], branches })
    }

    /// Bytes that this and a window of `len` bytes need.
    pub(crate) const fn memory(len: usize) -> usize {
        len * (1 + size_of::<Branches>())
    }

    /// Puts a place of the old image into its tree; each one once, in order, before anything is found.
    pub(crate) fn insert_old(&mut self, place: usize) {
        let Some(most) = self.most_at(place) else { return };
        let root = std::mem::replace(self.old.at(&self.window.bytes()[place..]), place as u32);
        self.grow(place, root, most, |_| {});
    }

    /// Puts a place of the new image into its tree without looking what it finds.
    pub(crate) fn insert_new(&mut self, place: usize) {
        self.find_new(place, |_| {});
    }

    /// Puts a place of the new image into its tree, and gives earlier places of the new image, shorter ones first.
    /// Each place once, in order.
    pub(crate) fn find_new(&mut self, place: usize, mut found: impl FnMut(Match)) {
        let Some(most) = self.most_at(place) else { return };
        let bytes = &self.window.bytes()[place..];
        let pair = &mut self.pairs[usize::from(u16::from_le_bytes([bytes[0], bytes[1]]))];
        let source = std::mem::replace(pair, place as u32);
        if source != NOWHERE {
            found(Match { length: 2, source });
        }
        let root = std::mem::replace(self.new.at(bytes), place as u32);
        self.grow(place, root, most, found);
    }

    /// Gives places of the old image, shorter ones first.
    pub(crate) fn find_old(&mut self, place: usize, mut found: impl FnMut(Match)) {
        let Some(most) = self.most_at(place) else { return };
        let mut at = *self.old.at(&self.window.bytes()[place..]);
        let (mut best, mut common) = (SHORTEST - 1, [0; 2]);
        for _ in 0..DEPTH {
            if at == NOWHERE {
                return;
            }
            let source = at as usize;
            let length = self.window.common(source, place, common[0].min(common[1]), most);
            if length > best {
                best = length;
                found(Match { length: length as u32, source: at });
            }
            if length == most {
                return;
            }
            let side = self.side(source, place, length);
            common[side] = length;
            at = self.branches[source][1 - side];
        }
    }

    /// How far what follows a place is compared; `None` if it is too short to be found.
    fn most_at(&self, place: usize) -> Option<usize> {
        let most = (self.window.len() - place).min(NICE);
        (most >= SHORTEST).then_some(most)
    }

    /// Makes a place the root of the tree that `root` was the root of, and gives what it meets on its way down.
    fn grow(&mut self, place: usize, root: u32, most: usize, mut found: impl FnMut(Match)) {
        let (mut best, mut common) = (SHORTEST - 1, [0; 2]);
        // Where the next smaller continuation belongs, and the next greater one.
        let mut open: [Open; 2] = [(place, SMALLER), (place, GREATER)];
        let mut at = root;
        for _ in 0..DEPTH {
            if at == NOWHERE {
                break;
            }
            let source = at as usize;
            let length = self.window.common(source, place, common[0].min(common[1]), most);
            if length > best {
                best = length;
                found(Match { length: length as u32, source: at });
            }
            let below = self.branches[source];
            if length == most {
                // As good as the same: it takes its place.
                self.fill(open, below);
                return;
            }
            let side = self.side(source, place, length);
            self.branches[open[side].0][open[side].1] = at;
            open[side] = (source, 1 - side);
            common[side] = length;
            at = below[1 - side];
        }
        self.fill(open, [NOWHERE; 2]);
    }

    fn fill(&mut self, open: [Open; 2], with: Branches) {
        for side in [SMALLER, GREATER] {
            self.branches[open[side].0][open[side].1] = with[side];
        }
    }

    /// Whether `source` goes on smaller or greater than `place`, behind so many equal bytes.
    fn side(&self, source: usize, place: usize, length: usize) -> usize {
        let bytes = self.window.bytes();
        if bytes[source + length] < bytes[place + length] { SMALLER } else { GREATER }
    }
}
