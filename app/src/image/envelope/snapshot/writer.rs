//! A program laid out as an image: its tables, in the order that decides where everything comes to lie.

use super::SnapshotError;
use super::heap::Heap;
use super::memory::Memory;
use super::objects::Value;
use super::program::Program;
use super::record::{Names, Record};
use crate::image::envelope::WordSize;

struct Writer<'p, 'a> {
    word: usize,
    memory: Memory,
    heap: Heap<'p, 'a>,
}

/// The relocatable image of a program.
pub(super) fn write(program: &Program, word: WordSize, names: &Names) -> Result<Vec<u8>, SnapshotError> {
    let record = Record::of(program, word);
    let memory = memory(program, &record, word)?;
    let mut writer = Writer { word: word.bytes(), memory, heap: Heap::new(program, word) };
    writer.memory.outside(record.end)?;
    record.put_names(names, &mut writer.memory)?;
    writer.objects(program, &record)?;
    writer.numbers(program, &record)?;
    let pages = writer.memory.chain_pages()?;
    writer.memory.put_address(record.heap, pages.first)?;
    writer.memory.put_address(record.heap + writer.word, pages.last)?;
    writer.memory.put_word(record.heap + 2 * writer.word, pages.count as u64)?;
    Ok(writer.memory.finish())
}

/// As much memory as the compiler has counted.
fn memory(program: &Program, record: &Record, word: WordSize) -> Result<Memory, SnapshotError> {
    let sizes = &program.sizes;
    let wide = word.bytes() as u64;
    let outside = (record.end as u64).next_multiple_of(wide)
        + u64::from(sizes.words) * wide
        + (u64::from(sizes.int32s) * 4).next_multiple_of(wide)
        + u64::from(sizes.bytes).next_multiple_of(wide);
    let pages = match word {
        WordSize::W32 => sizes.pages32,
        WordSize::W64 => sizes.pages64,
    };
    Memory::new(word, outside, pages)
}

impl Writer<'_, '_> {
    fn objects(&mut self, program: &Program, record: &Record) -> Result<(), SnapshotError> {
        let bits: Vec<u8> = program.class_bits.iter().flat_map(|bits| bits.to_le_bytes()).collect();
        self.list(record.class_bits, &bits, 2)?;
        self.table(record.globals, &program.globals)?;
        self.table(record.literals, &program.literals)?;
        self.values(record.roots, &program.roots)?;
        self.values(record.builtin_classes, &program.builtin_classes)
    }

    fn numbers(&mut self, program: &Program, record: &Record) -> Result<(), SnapshotError> {
        self.int32s(record.invoke_offsets, &program.invoke_offsets)?;
        self.int32s(record.entry_points, &program.entry_points)?;
        self.memory.put_base(record.heap_address)?;
        self.memory.put_word(record.heap_size, self.memory.len() as u64)?;
        self.list(record.class_checks, program.class_checks, 2)?;
        self.list(record.interface_checks, program.interface_checks, 2)?;
        self.list(record.dispatch, program.dispatch, 4)?;
        self.list(record.bytecodes, program.bytecodes, 1)?;
        self.memory.put_word(record.max_stack_height, program.max_stack_height)
    }

    /// A list whose elements are numbers of `width` bytes.
    fn list(&mut self, field: usize, bytes: &[u8], width: usize) -> Result<(), SnapshotError> {
        let at = self.memory.outside(bytes.len())?;
        self.memory.put(at, bytes)?;
        self.describe(field, at, bytes.len() / width)
    }

    /// A list whose elements are values.
    fn table(&mut self, field: usize, values: &[Value]) -> Result<(), SnapshotError> {
        let at = self.memory.outside(values.len() * self.word)?;
        self.values(at, values)?;
        self.describe(field, at, values.len())
    }

    fn describe(&mut self, field: usize, at: usize, count: usize) -> Result<(), SnapshotError> {
        let count = u32::try_from(count).map_err(|_| SnapshotError::TooLarge)?;
        self.memory.put_address(field, at)?;
        self.memory.put(field + self.word, &count.to_le_bytes())
    }

    fn values(&mut self, at: usize, values: &[Value]) -> Result<(), SnapshotError> {
        for (index, value) in values.iter().enumerate() {
            self.heap.put(at + index * self.word, *value, &mut self.memory)?;
        }
        Ok(())
    }

    fn int32s(&mut self, at: usize, numbers: &[u32]) -> Result<(), SnapshotError> {
        for (index, number) in numbers.iter().enumerate() {
            self.memory.put(at + 4 * index, &number.to_le_bytes())?;
        }
        Ok(())
    }
}
