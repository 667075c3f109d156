//! The record that an image begins with: where each of its fields stands, as the virtual machine's compiler lays it out.

use super::SnapshotError;
use super::memory::Memory;
use super::program::Program;
use crate::image::envelope::{Uuid, WordSize};

/// The header that all programs in flash have.
const HEADER: usize = 48;
const MAGIC: u32 = 0xdead_face;
const ID_AT: usize = 8;
const PAGES_AT: usize = 30;
const SYSTEM_AT: usize = 32;
const FLASH_PAGE: usize = 4096;

/// Who is who in the header.
pub(super) struct Names {
    pub id: Uuid,
    pub system: Uuid,
    pub snapshot: Uuid,
}

/// Offsets of the fields, in their order. Those of lists hold an address, and how many elements there are.
pub(super) struct Record {
    pub globals: usize,
    pub literals: usize,
    pub dispatch: usize,
    pub class_checks: usize,
    pub interface_checks: usize,
    pub class_bits: usize,
    pub bytecodes: usize,
    pub snapshot: usize,
    pub max_stack_height: usize,
    pub invoke_offsets: usize,
    pub heap: usize,
    pub roots: usize,
    pub builtin_classes: usize,
    pub entry_points: usize,
    pub heap_address: usize,
    pub heap_size: usize,
    /// Its length in bytes.
    pub end: usize,
}

impl Record {
    /// The record of this program. The counts of its lists come from the snapshot.
    pub fn of(program: &Program, word: WordSize) -> Self {
        let wide = word.bytes();
        let list = wide + 4;
        let mut end = HEADER;
        let mut field = |size: usize| {
            // A field is aligned as a word is, or to its own size if that is less.
            let at = end.next_multiple_of(size.clamp(1, wide));
            end = at + size;
            at
        };
        let mut record = Self {
            globals: field(list),
            literals: field(list),
            dispatch: field(list),
            class_checks: field(list),
            interface_checks: field(list),
            class_bits: field(list),
            bytecodes: field(list),
            snapshot: field(16),
            max_stack_height: field(wide),
            invoke_offsets: field(4 * program.invoke_offsets.len()),
            heap: field(3 * wide),
            roots: field(wide * program.roots.len()),
            builtin_classes: field(wide * program.builtin_classes.len()),
            entry_points: field(4 * program.entry_points.len()),
            heap_address: field(wide),
            heap_size: field(wide),
            end: 0,
        };
        record.end = end;
        record
    }

    /// Writes what the image is called.
    pub fn put_names(&self, names: &Names, memory: &mut Memory) -> Result<(), SnapshotError> {
        let pages = u16::try_from(memory.len() / FLASH_PAGE).map_err(|_| SnapshotError::TooLarge)?;
        memory.put(0, &MAGIC.to_le_bytes())?;
        memory.put(ID_AT, &names.id.0)?;
        memory.put(PAGES_AT, &pages.to_le_bytes())?;
        memory.put(SYSTEM_AT, &names.system.0)?;
        memory.put(self.snapshot, &names.snapshot.0)
    }
}
