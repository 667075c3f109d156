//! A tiny ELF as the linkers of esp-hal and ESP-IDF make them: descriptor and constants in flash, code in flash and RAM.

use std::collections::BTreeMap;

use skylift_simulator::demo_image::{MARKER_MAGIC, MARKER_VERSION, MarkerKind};

/// A program to be. Format: System V ABI, ELF32, little endian.
pub struct Program {
    pub machine: u16,
    pub version: &'static str,
    /// Where flash is mapped for constants and for code, and RAM for code.
    pub map: [u32; 3],
    /// What esp-hal notes in `.espressif.metadata`.
    pub chip_note: Option<&'static str>,
    /// Name of the section with the app descriptor; ESP-IDF's is the default.
    pub descriptor: Option<&'static str>,
    /// Whose boot guard is in it.
    pub guard: Option<MarkerKind>,
}

pub const RISCV: u16 = 243;
pub const XTENSA: u16 = 94;

impl Program {
    pub const C3: Self = Self {
        machine: RISCV,
        version: "4.5.6",
        map: [0x3C00_0020, 0x4201_0020, 0x4038_0000],
        chip_note: Some("esp32c3"),
        descriptor: Some(".flash.appdesc"),
        guard: None,
    };
    pub const S3: Self =
        Self { machine: XTENSA, map: [0x3C00_0020, 0x4201_0020, 0x4037_8000], chip_note: None, ..Self::C3 };

    pub fn build(&self) -> Vec<u8> {
        let mut sections = Vec::new();
        let [constants, code, ram] = self.map;
        if let Some(name) = self.descriptor {
            sections.push(Section::loaded(name, constants, descriptor(self.version)));
        }
        sections.push(Section::loaded(".rodata", constants + 256, self.constants()));
        sections.push(Section::loaded(".text", code, pattern(9000, 11)));
        sections.push(Section::loaded(".rwtext", ram, pattern(600, 13)));
        if let Some(chip) = self.chip_note {
            note(&mut sections, chip);
        }
        assemble(self.machine, ram, sections)
    }

    /// Behind the app descriptor, where the guard's marker is looked for.
    fn constants(&self) -> Vec<u8> {
        let mut bytes = pattern(5000, 7);
        if let Some(kind) = self.guard {
            bytes[..16].fill(0);
            bytes[..8].copy_from_slice(&MARKER_MAGIC);
            bytes[8..10].copy_from_slice(&[MARKER_VERSION, kind.code()]);
        }
        bytes
    }
}

struct Section {
    name: String,
    kind: u32,
    flags: u32,
    address: u32,
    data: Vec<u8>,
    /// `sh_link`, `sh_info`, `sh_entsize`.
    more: [u32; 3],
}

impl Section {
    fn loaded(name: &str, address: u32, data: Vec<u8>) -> Self {
        // SHT_PROGBITS; SHF_ALLOC.
        Self { name: name.to_owned(), kind: 1, flags: 2, address, data, more: [0; 3] }
    }
}

fn pattern(len: usize, step: u8) -> Vec<u8> {
    (0..len).map(|n| (n as u8).wrapping_mul(step).wrapping_add(1)).collect()
}

/// `esp_app_desc_t`.
fn descriptor(version: &str) -> Vec<u8> {
    let mut bytes = vec![0; 256];
    let texts: BTreeMap<usize, &str> =
        [(16, version), (48, "tiny"), (80, "12:34:56"), (96, "Jan  1 2026"), (112, "v5.5")].into();
    bytes[..4].copy_from_slice(&0xABCD_5432_u32.to_le_bytes());
    for (at, text) in texts {
        bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
    }
    // From eFuse block revision 0 to any; MMU pages of 2^16 bytes.
    bytes[176..181].copy_from_slice(&[0, 0, 0xFF, 0xFF, 16]);
    bytes
}

/// The section in which esp-hal notes the chip, and the symbol that names the note.
fn note(sections: &mut Vec<Section>, chip: &str) {
    let index = sections.len() as u16 + 1;
    let mut note = Section::loaded(".espressif.metadata", 0, chip.as_bytes().to_vec());
    note.flags = 0;
    sections.push(note);
    let mut symbols = vec![0; 16];
    // st_name, st_value, st_size, STB_GLOBAL | STT_OBJECT, visibility, section.
    symbols.extend([1, 0, chip.len() as u32].iter().flat_map(|word| word.to_le_bytes()));
    symbols.extend([0x11, 0]);
    symbols.extend(index.to_le_bytes());
    let names = b"\0build_info.CHIP_NAME\0".to_vec();
    let table = |name: &str, kind, data, more| Section {
        name: name.to_owned(),
        kind,
        flags: 0,
        address: 0,
        data,
        more,
    };
    sections.push(table(".symtab", 2, symbols, [u32::from(index) + 2, 1, 16]));
    sections.push(table(".strtab", 3, names, [0; 3]));
}

fn assemble(machine: u16, entry: u32, mut sections: Vec<Section>) -> Vec<u8> {
    sections.push(Section { kind: 3, flags: 0, ..Section::loaded(".shstrtab", 0, Vec::new()) });
    let names = sections.iter().fold(vec![0], |mut names: Vec<u8>, section| {
        names.extend(section.name.as_bytes());
        names.push(0);
        names
    });
    sections.last_mut().unwrap().data = names.clone();
    let (mut body, mut headers) = (vec![0; 52], vec![0; 40]);
    for section in &sections {
        body.resize(body.len().next_multiple_of(4), 0);
        let name = names.windows(section.name.len()).position(|at| at == section.name.as_bytes()).unwrap();
        let [link, info, entsize] = section.more;
        let [at, len] = [body.len() as u32, section.data.len() as u32];
        let header =
            [name as u32, section.kind, section.flags, section.address, at, len, link, info, 4, entsize];
        headers.extend(header.iter().flat_map(|word| word.to_le_bytes()));
        body.extend(&section.data);
    }
    body.resize(body.len().next_multiple_of(4), 0);
    let head = elf_header(machine, entry, body.len() as u32, sections.len() as u16 + 1);
    body[..52].copy_from_slice(&head);
    body.extend(headers);
    body
}

fn elf_header(machine: u16, entry: u32, sections_at: u32, sections: u16) -> Vec<u8> {
    let mut head = b"\x7fELF\x01\x01\x01".to_vec();
    head.resize(16, 0);
    // ET_EXEC.
    head.extend([2_u16, machine].iter().flat_map(|half| half.to_le_bytes()));
    head.extend([1, entry, 0, sections_at, 0].iter().flat_map(|word: &u32| word.to_le_bytes()));
    head.extend([52_u16, 32, 0, 40, sections, sections - 1].iter().flat_map(|half| half.to_le_bytes()));
    head
}
