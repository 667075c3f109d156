//! What the image of a program has to be: its memory laid out word by word, as the description of the formats says.

use std::collections::HashMap;

use super::encoded::Uuid;
use super::program::{Content, Program, Slot};
use super::record::Record;
use super::relocatable::{Word, chunks, header};
use super::snapshot::offheap_bytes;

/// The ids in an image.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ids {
    /// The container's.
    pub container: Uuid,
    /// The system's.
    pub system: Uuid,
    /// The snapshot's.
    pub snapshot: Uuid,
}

/// The relocatable image of a program.
#[must_use]
pub fn image(program: &Program, word: Word, ids: &Ids) -> Vec<u8> {
    let layout = Layout::of(program, word, ids);
    chunks(word, &layout.memory, &layout.addresses)
}

/// How many pages the heap of a program takes.
#[must_use]
pub fn pages(program: &Program, word: Word) -> usize {
    Layout::of(program, word, &Ids::default()).tops.len()
}

struct Layout<'a> {
    program: &'a Program,
    word: Word,
    memory: Vec<u8>,
    addresses: Vec<bool>,
    /// Where the next piece outside of the heap goes.
    offheap: usize,
    /// Where the heap begins.
    heap: usize,
    /// The end of what is used of each page of the heap.
    tops: Vec<usize>,
    objects: HashMap<Slot, u64>,
}

impl<'a> Layout<'a> {
    fn of(program: &'a Program, word: Word, ids: &Ids) -> Self {
        let size = word.bytes();
        let at = Record::of(program, word);
        let pointers = (program.globals.len() + program.literals.len()) * size;
        let ints = (program.dispatch.len() * 4).next_multiple_of(size);
        let bytes = offheap_bytes(program).next_multiple_of(size);
        let heap = (at.end + pointers + ints + bytes).next_multiple_of(word.page());
        let mut layout = Self {
            program,
            word,
            memory: vec![0; heap],
            addresses: vec![false; heap / size],
            offheap: at.end,
            heap,
            tops: Vec::new(),
            objects: HashMap::new(),
        };
        layout.page();
        layout.fill(&at, ids);
        layout
    }

    fn fill(&mut self, at: &Record, ids: &Ids) {
        let (program, size) = (self.program, self.word.bytes());
        self.memory[at.snapshot..at.snapshot + 16].copy_from_slice(&ids.snapshot);
        let bits: Vec<u16> = program.class_bits.iter().map(|bits| (bits >> 5) << 5 | bits & 15).collect();
        self.sequence(Record::sequence(5, size), &halves(&bits), bits.len());
        self.table(Record::sequence(0, size), &program.globals);
        self.table(Record::sequence(1, size), &program.literals);
        for (table, start) in [(&program.roots, at.roots), (&program.classes, at.classes)] {
            for (nth, slot) in table.iter().enumerate() {
                self.slot(start + nth * size, *slot);
            }
        }
        for (nth, offset) in program.invokes.iter().enumerate() {
            self.put(at.invokes + nth * 4, *offset as u64, 4);
        }
        for (nth, entry) in program.entries.iter().enumerate() {
            self.put(at.entries + nth * 4, u64::from(entry.unwrap_or(u32::MAX)), 4);
        }
        self.addresses[at.heap_address / size] = true;
        self.sequence(Record::sequence(3, size), &halves(&program.class_checks), program.class_checks.len());
        let interfaces = &program.interface_checks;
        self.sequence(Record::sequence(4, size), &halves(interfaces), interfaces.len());
        let dispatch: Vec<u8> = program.dispatch.iter().flat_map(|entry| entry.to_le_bytes()).collect();
        self.sequence(Record::sequence(2, size), &dispatch, program.dispatch.len());
        self.sequence(Record::sequence(6, size), &program.bytecodes, program.bytecodes.len());
        self.put(at.height, u64::from(program.max_height), size);
        self.chain(at.blocks);
        let total = self.memory.len();
        self.put(at.heap_address + size, total as u64, size);
        self.memory[..48].copy_from_slice(&header(&ids.container, &ids.system, (total / 4096) as u16));
    }

    /// The chain of the heap's pages, and where it starts and ends.
    fn chain(&mut self, at: usize) {
        let (size, page) = (self.word.bytes(), self.word.page());
        for (nth, top) in self.tops.clone().into_iter().enumerate() {
            let start = self.heap + nth * page;
            if nth + 1 < self.tops.len() {
                self.pointer(start, start + page);
            }
            self.pointer(start + size, top);
        }
        self.pointer(at, self.heap);
        self.pointer(at + size, self.heap + (self.tops.len() - 1) * page);
        self.put(at + 2 * size, self.tops.len() as u64, size);
    }

    fn table(&mut self, at: usize, slots: &[Slot]) {
        let size = self.word.bytes();
        let start = self.outside(slots.len() * size);
        for (nth, slot) in slots.iter().enumerate() {
            self.slot(start + nth * size, *slot);
        }
        self.pointer(at, start);
        self.put(at + size, slots.len() as u64, 4);
    }

    fn sequence(&mut self, at: usize, bytes: &[u8], len: usize) {
        let start = self.outside(bytes.len());
        self.memory[start..start + bytes.len()].copy_from_slice(bytes);
        self.pointer(at, start);
        self.put(at + self.word.bytes(), len as u64, 4);
    }

    fn slot(&mut self, at: usize, slot: Slot) {
        let value = self.value(slot);
        if value & 3 == 1 {
            self.addresses[at / self.word.bytes()] = true;
        }
        self.put(at, value, self.word.bytes());
    }

    fn value(&mut self, slot: Slot) -> u64 {
        if let Slot::Int(value) = slot {
            let limit = 1_i64 << (self.word.bytes() * 8 - 2);
            if (-limit..limit).contains(&value) {
                return (value as u64) << 1;
            }
        }
        if let Some(value) = self.objects.get(&slot) {
            return *value;
        }
        let address = match slot {
            Slot::Int(value) => self.large(value),
            Slot::Object(nth) => self.object(nth),
        };
        self.objects.insert(slot, address as u64 + 1);
        address as u64 + 1
    }

    fn large(&mut self, value: i64) -> usize {
        let class = self.program.large_class;
        let tag = u32::from(self.program.class_bits[class as usize] & 15);
        let size = self.word.bytes();
        let address = self.inside(size + 8);
        self.put(address, u64::from((class << 5 | tag) << 1), size);
        self.put(address + size, value as u64, 8);
        address
    }

    fn object(&mut self, nth: usize) -> usize {
        let size = self.word.bytes();
        let object = &self.program.objects[nth];
        let words = match &object.content {
            Content::Array(slots) => (2 + slots.len()) * size,
            Content::Instance(slots) => (1 + slots.len()) * size,
            Content::Oddball => size,
            Content::Float(_) => size + 8,
            Content::Bytes(bytes) | Content::Text(bytes) if bytes.len() > 1024 => 4 * size,
            Content::Bytes(bytes) => 2 * size + bytes.len(),
            Content::Text(text) => 2 * size + text.len() + 1,
        };
        let address = self.inside(words);
        self.put(address, (object.header << 1) as u64, size);
        match &object.content {
            Content::Array(slots) => {
                self.put(address + size, slots.len() as u64, size);
                self.slots(address + 2 * size, slots);
            }
            Content::Instance(slots) => self.slots(address + size, slots),
            Content::Oddball => {}
            Content::Float(value) => self.put(address + size, value.to_bits(), 8),
            Content::Bytes(bytes) => self.byte_array(address + size, bytes),
            Content::Text(text) => self.text(address + size, text),
        }
        address
    }

    fn slots(&mut self, start: usize, slots: &[Slot]) {
        for (nth, slot) in slots.iter().enumerate() {
            self.slot(start + nth * self.word.bytes(), *slot);
        }
    }

    fn byte_array(&mut self, at: usize, bytes: &[u8]) {
        let size = self.word.bytes();
        if bytes.len() <= 1024 {
            self.put(at, bytes.len() as u64, size);
            self.memory[at + size..at + size + bytes.len()].copy_from_slice(bytes);
        } else {
            self.put(at, (-1 - bytes.len() as i64) as u64, size);
            let start = self.outside(bytes.len());
            self.memory[start..start + bytes.len()].copy_from_slice(bytes);
            self.pointer(at + size, start);
        }
    }

    fn text(&mut self, at: usize, text: &[u8]) {
        let size = self.word.bytes();
        let start = text.len() as u32 & 0xffff;
        let hash = text.iter().fold(start, |hash, byte| (31 * hash + u32::from(*byte)) & 0xffff);
        self.put(at, u64::from(if hash == 0xffff { 0 } else { hash }), size / 2);
        let (length, to) = if text.len() <= 1024 {
            (text.len() as u64, at + size)
        } else {
            let to = self.outside(text.len() + 1);
            self.put(at + size, text.len() as u64, size);
            self.pointer(at + 2 * size, to);
            (0xffff, to)
        };
        self.put(at + size / 2, length, size / 2);
        self.memory[to..to + text.len()].copy_from_slice(text);
    }

    fn outside(&mut self, bytes: usize) -> usize {
        let start = self.offheap;
        self.offheap += bytes.next_multiple_of(self.word.bytes());
        assert!(self.offheap <= self.heap, "more stands outside of the heap than was counted");
        start
    }

    fn inside(&mut self, bytes: usize) -> usize {
        let bytes = bytes.next_multiple_of(self.word.bytes());
        if self.tops[self.tops.len() - 1] + bytes > self.memory.len() {
            self.page();
        }
        let last = self.tops.len() - 1;
        self.tops[last] += bytes;
        self.tops[last] - bytes
    }

    fn page(&mut self) {
        let start = self.memory.len();
        self.tops.push(start + 2 * self.word.bytes());
        self.memory.resize(start + self.word.page(), 0);
        self.addresses.resize(self.memory.len() / self.word.bytes(), false);
    }

    fn pointer(&mut self, at: usize, address: usize) {
        self.addresses[at / self.word.bytes()] = true;
        self.put(at, address as u64, self.word.bytes());
    }

    fn put(&mut self, at: usize, value: u64, bytes: usize) {
        self.memory[at..at + bytes].copy_from_slice(&value.to_le_bytes()[..bytes]);
    }
}

fn halves(table: &[u16]) -> Vec<u8> {
    table.iter().flat_map(|entry| entry.to_le_bytes()).collect()
}
