//! What the finder found in a chunk, kept so that the chunk can be parsed more than once.

use crate::error::EncodeError;
use crate::finder::{Finder, Match};
use crate::progress::Progress;
use crate::window::Window;

/// More matches than this are not kept of one chunk: positions behind them are parsed again without any.
const MOST_KEPT: usize = 4 << 20;

/// Units of work that a byte of the old image is.
pub(crate) const OLD: u64 = 8;
/// Units of work that a byte of the new image is.
pub(crate) const NEW: u64 = 30;
/// Units of work that it is once more when it is parsed again.
pub(crate) const AGAIN: u64 = 10;

/// Where the matches of a position begin in the list, first those in the new image, then those in the old one.
#[derive(Clone, Copy)]
struct Kept {
    new: u32,
    old: u32,
    end: u32,
}

/// The matches of the positions of a chunk, found when they are asked for.
pub(crate) struct Found<'w> {
    window: &'w Window,
    finder: Finder<'w>,
    /// The first position of the chunk.
    start: usize,
    /// One for each position of the chunk that was gone past.
    kept: Vec<Kept>,
    matches: Vec<Match>,
}

impl<'w> Found<'w> {
    /// Goes through the old image.
    pub(crate) fn new(window: &'w Window, progress: &mut Progress<'_>) -> Result<Self, EncodeError> {
        let memory = |_| EncodeError::Memory { bytes: Finder::memory(window.len()) };
        let mut finder = Finder::new(window).map_err(memory)?;
        for place in 0..window.old_len() {
            finder.insert_old(place);
            progress.step(OLD)?;
        }
        Ok(Self { window, finder, start: 0, kept: Vec::new(), matches: Vec::new() })
    }

    /// Forgets the chunk that ends here; the next one begins.
    pub(crate) fn next_chunk(
        &mut self,
        start: usize,
        progress: &mut Progress<'_>,
    ) -> Result<(), EncodeError> {
        self.skip_to(start, progress)?;
        self.start = start;
        self.kept.clear();
        self.matches.clear();
        Ok(())
    }

    /// Matches of a position of the chunk, shorter ones first: in the new image, and in the old one. Of a position that
    /// was skipped when it was gone past there are none.
    pub(crate) fn at(
        &mut self,
        position: usize,
        progress: &mut Progress<'_>,
    ) -> Result<[&[Match]; 2], EncodeError> {
        self.skip_to(position, progress)?;
        if position == self.start + self.kept.len() {
            self.find(position);
            progress.step(NEW)?;
        } else {
            progress.step(0)?;
        }
        let kept = self.kept[position - self.start];
        let of = |from: u32, to: u32| &self.matches[from as usize..to as usize];
        Ok([of(kept.new, kept.old), of(kept.old, kept.end)])
    }

    /// Goes past positions without asking for their matches.
    pub(crate) fn skip_to(
        &mut self,
        position: usize,
        progress: &mut Progress<'_>,
    ) -> Result<(), EncodeError> {
        let end = self.matches.len() as u32;
        for skipped in self.start + self.kept.len()..position {
            self.finder.insert_new(self.window.place(skipped));
            self.kept.push(Kept { new: end, old: end, end });
            progress.step(NEW)?;
        }
        Ok(())
    }

    fn find(&mut self, position: usize) {
        if self.matches.len() > MOST_KEPT {
            self.forget();
        }
        let place = self.window.place(position);
        let new = self.matches.len() as u32;
        self.finder.find_new(place, |found| self.matches.push(found));
        let old = self.matches.len() as u32;
        self.finder.find_old(place, |found| self.matches.push(found));
        self.kept.push(Kept { new, old, end: self.matches.len() as u32 });
    }

    fn forget(&mut self) {
        self.matches.clear();
        self.kept.fill(Kept { new: 0, old: 0, end: 0 });
    }
}
