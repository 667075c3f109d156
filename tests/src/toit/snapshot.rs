//! Snapshots: the bundle, and the program in it.

use std::collections::HashMap;

use super::archive::archive;
use super::encoded::{Uuid, cardinal, snapshot_uuid};
use super::layout::pages;
use super::program::{Content, Program, Slot};
use super::relocatable::Word;

/// What every bundle holds.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The version of the SDK that compiled it.
    pub sdk: String,
    /// The program.
    pub program: Program,
    /// Whether the source map was left out: such a bundle cannot be converted.
    pub stripped: bool,
}

impl Bundle {
    /// A bundle of an SDK.
    #[must_use]
    pub fn new(sdk: &str, program: Program) -> Self {
        Self { sdk: sdk.to_owned(), program, stripped: false }
    }

    /// The UUID in it.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        snapshot_uuid(&self.sdk, &snapshot(&self.program))
    }

    /// The file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut entries = vec![
            ("toit".to_owned(), b"like a tiger".to_vec()),
            ("sdk-version".to_owned(), self.sdk.clone().into_bytes()),
            ("snapshot".to_owned(), snapshot(&self.program)),
            ("uuid".to_owned(), self.uuid().to_vec()),
        ];
        if !self.stripped {
            entries.push(("source-map".to_owned(), b"lines".to_vec()));
        }
        archive(&entries)
    }
}

/// The entry `snapshot` of a bundle.
#[must_use]
pub fn snapshot(program: &Program) -> Vec<u8> {
    let mut writer = Writer { program, uses: uses(program), table: HashMap::new(), bytes: Vec::new() };
    writer.body();
    let Writer { table, bytes: body, .. } = writer;
    let counts = (pages(program, Word::W32) as u32) << 16 | pages(program, Word::W64) as u32;
    let header = [
        70_177_017,
        32 + body.len() as u32,
        counts,
        (program.globals.len() + program.literals.len()) as u32,
        program.dispatch.len() as u32,
        offheap_bytes(program) as u32,
        table.len() as u32,
        program.large_class,
    ];
    header.iter().flat_map(|word| word.to_le_bytes()).chain(body).collect()
}

/// How many bytes stand outside of the heap, as the header of a snapshot counts them: each piece rounded up to 8.
#[must_use]
pub fn offheap_bytes(program: &Program) -> usize {
    let halves = [&program.class_bits, &program.class_checks, &program.interface_checks];
    let tables = halves.iter().map(|table| table.len() * 2).chain([program.bytecodes.len()]);
    let long = program.objects.iter().map(|object| match &object.content {
        Content::Text(text) if text.len() > 1024 => text.len() + 1,
        Content::Bytes(bytes) if bytes.len() > 1024 => bytes.len(),
        _ => 0,
    });
    tables.chain(long).map(|bytes| bytes.next_multiple_of(8)).sum()
}

struct Writer<'a> {
    program: &'a Program,
    /// How often each object is referred to.
    uses: Vec<usize>,
    /// The place of each shared object in the table of back references.
    table: HashMap<usize, u64>,
    bytes: Vec<u8>,
}

impl Writer<'_> {
    fn body(&mut self) {
        let program = self.program;
        self.halves(&program.class_bits);
        for table in [&program.globals, &program.literals, &program.roots, &program.classes] {
            self.cardinal(table.len() as u64);
            for slot in table {
                self.slot(*slot);
            }
        }
        self.cardinal(program.invokes.len() as u64);
        for offset in &program.invokes {
            self.cardinal((i64::from(*offset) + 1) as u64);
        }
        self.cardinal(program.entries.len() as u64);
        for entry in &program.entries {
            self.cardinal(entry.map_or(u64::MAX, u64::from));
        }
        self.halves(&program.class_checks);
        self.halves(&program.interface_checks);
        self.length(program.dispatch.len());
        for entry in &program.dispatch {
            self.bytes.extend_from_slice(&entry.to_le_bytes());
        }
        self.length(program.bytecodes.len());
        self.bytes.extend_from_slice(&program.bytecodes);
        self.cardinal(u64::from(program.max_height));
    }

    fn slot(&mut self, slot: Slot) {
        match slot {
            Slot::Int(value) => {
                self.cardinal(if value < 0 { 4 } else { 3 });
                self.cardinal(value.unsigned_abs());
            }
            Slot::Object(at) => match self.table.get(&at) {
                Some(place) => self.cardinal(place << 3 | 2),
                None => self.object(at),
            },
        }
    }

    fn object(&mut self, at: usize) {
        let object = &self.program.objects[at];
        let (tag, extra) = match &object.content {
            Content::Array(slots) => (0, slots.len()),
            Content::Text(text) => (1, text.len()),
            Content::Instance(_) => (2, 0),
            Content::Oddball => (3, 0),
            Content::Float(_) => (4, 0),
            Content::Bytes(bytes) => (5, bytes.len()),
        };
        let shared = self.uses[at] > 1;
        self.cardinal((extra as u64) << 3 | u64::from(shared));
        self.bytes.push(tag);
        if shared {
            self.table.insert(at, self.table.len() as u64);
        }
        self.slot(Slot::Int(object.header));
        match &object.content {
            Content::Text(text) if text.len() > 1024 => {
                self.length(text.len() + 1);
                self.bytes.extend_from_slice(text);
                self.bytes.push(0);
            }
            Content::Text(text) => self.bytes.extend_from_slice(text),
            Content::Float(value) => self.bytes.extend_from_slice(&value.to_le_bytes()),
            Content::Bytes(bytes) if bytes.len() > 1024 => {
                self.length(bytes.len());
                self.bytes.extend_from_slice(bytes);
            }
            Content::Bytes(bytes) => bytes.iter().for_each(|byte| self.cardinal(u64::from(*byte))),
            Content::Instance(slots) => {
                self.cardinal(slots.len() as u64);
                slots.iter().for_each(|slot| self.slot(*slot));
            }
            Content::Array(slots) => slots.iter().for_each(|slot| self.slot(*slot)),
            Content::Oddball => {}
        }
    }

    fn halves(&mut self, table: &[u16]) {
        self.length(table.len());
        for entry in table {
            self.bytes.extend_from_slice(&entry.to_le_bytes());
        }
    }

    fn length(&mut self, length: usize) {
        self.bytes.extend_from_slice(&(length as i32).to_le_bytes());
    }

    fn cardinal(&mut self, value: u64) {
        self.bytes.extend(cardinal(value));
    }
}

fn uses(program: &Program) -> Vec<usize> {
    let mut uses = vec![0; program.objects.len()];
    let tables = [&program.globals, &program.literals, &program.roots];
    let fields = program.objects.iter().flat_map(|object| object.slots());
    for slot in tables.into_iter().flatten().chain(fields) {
        if let Slot::Object(at) = slot {
            uses[*at] += 1;
        }
    }
    uses
}
