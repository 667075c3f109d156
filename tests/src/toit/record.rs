//! The record of a program at the start of its image.

use super::program::Program;
use super::relocatable::Word;

/// Where the fields of the record at the start of an image stand.
pub(super) struct Record {
    pub(super) snapshot: usize,
    pub(super) height: usize,
    pub(super) invokes: usize,
    pub(super) blocks: usize,
    pub(super) roots: usize,
    pub(super) classes: usize,
    pub(super) entries: usize,
    pub(super) heap_address: usize,
    pub(super) end: usize,
}

impl Record {
    pub(super) fn of(program: &Program, word: Word) -> Self {
        let size = word.bytes();
        let snapshot = 48 + 14 * size;
        let height = snapshot + 16;
        let invokes = height + size;
        let blocks = (invokes + 4 * program.invokes.len()).next_multiple_of(size);
        let roots = blocks + 3 * size;
        let classes = roots + program.roots.len() * size;
        let entries = classes + program.classes.len() * size;
        let heap_address = (entries + 4 * program.entries.len()).next_multiple_of(size);
        let end = heap_address + 2 * size;
        Self { snapshot, height, invokes, blocks, roots, classes, entries, heap_address, end }
    }

    /// The nth of the seven pointers with a length.
    pub(super) const fn sequence(nth: usize, size: usize) -> usize {
        48 + nth * 2 * size
    }
}
