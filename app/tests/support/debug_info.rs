//! An ELF with debug info, as a compiler for an ESP32-C3 writes it: small, and each address of it known.

use gimli::write::{
    Address, AttributeValue, DwarfUnit, EndianVec, LineProgram, LineString, Sections, UnitEntryId,
};
use gimli::{Encoding, Format, LineEncoding, LittleEndian};
use object::write::{Object, Symbol, SymbolSection};
use object::{Architecture, BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope};

/// Where demo images for the ESP32-C3 start.
pub const ENTRY: u32 = 0x4038_0040;
/// The folder that it was compiled in.
pub const FOLDER: &str = "/home/ann/climate";

/// Functions from [`ENTRY`] on: `climate::sensor::read`, into which `climate::bus::ask` is inlined from byte 0x10 on, then
/// `climate::run` from 0x20 on, then `main` from 0x60 on, of which only the symbol is known.
#[must_use]
pub fn elf() -> Vec<u8> {
    with_depth(0)
}

/// The same with so many empty trees in each other behind it.
#[must_use]
pub fn with_depth(depth: usize) -> Vec<u8> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Riscv32, Endianness::Little);
    let mut sections = Sections::new(EndianVec::new(LittleEndian));
    debug_info(depth).write(&mut sections).unwrap();
    sections
        .for_each(|id, data| {
            if !data.slice().is_empty() {
                let section = object.add_section(Vec::new(), id.name().into(), SectionKind::Debug);
                object.set_section_data(section, data.slice().to_vec(), 1);
            }
            Ok::<_, gimli::write::Error>(())
        })
        .unwrap();
    let code = object.add_section(Vec::new(), b".text".to_vec(), SectionKind::Text);
    for (name, at, size) in [
        ("_ZN7climate6sensor4read17h0123456789abcdefE", 0, 0x20),
        ("_ZN7climate3run17h0123456789abcdefE", 0x20, 0x40),
        ("main", 0x60, 0xA0),
    ] {
        object.add_symbol(Symbol {
            name: name.into(),
            value: u64::from(ENTRY) + at,
            size,
            kind: SymbolKind::Text,
            scope: SymbolScope::Linkage,
            weak: false,
            section: SymbolSection::Section(code),
            flags: SymbolFlags::None,
        });
    }
    object.write().unwrap()
}

fn debug_info(depth: usize) -> DwarfUnit {
    let encoding = Encoding { format: Format::Dwarf32, version: 4, address_size: 4 };
    let mut dwarf = DwarfUnit::new(encoding);
    let text = |text: &str| LineString::String(text.into());
    let line_encoding = LineEncoding::default();
    let mut lines = LineProgram::new(encoding, line_encoding, text(FOLDER), None, text("src/main.rs"), None);
    let folder = lines.default_directory();
    let [main, sensor, bus] =
        ["src/main.rs", "src/sensor.rs", "src/bus.rs"].map(|file| lines.add_file(text(file), folder, None));
    lines.begin_sequence(Some(at(0)));
    for (offset, file, line) in [(0, sensor, 40), (0x10, bus, 7), (0x20, main, 21)] {
        let row = lines.row();
        (row.address_offset, row.file, row.line) = (offset, file, line);
        lines.generate_row();
    }
    lines.end_sequence(0x60);

    let root = dwarf.unit.root();
    set(&mut dwarf, root, gimli::DW_AT_name, AttributeValue::String("src/main.rs".into()));
    set(&mut dwarf, root, gimli::DW_AT_comp_dir, AttributeValue::String(FOLDER.into()));
    range(&mut dwarf, root, 0, 0x60);
    let ask = function(&mut dwarf, root, "_ZN7climate3bus3ask17h0123456789abcdefE");
    let read = function(&mut dwarf, root, "_ZN7climate6sensor4read17h0123456789abcdefE");
    range(&mut dwarf, read, 0, 0x20);
    let inlined = dwarf.unit.add(read, gimli::DW_TAG_inlined_subroutine);
    range(&mut dwarf, inlined, 0x10, 0x10);
    set(&mut dwarf, inlined, gimli::DW_AT_abstract_origin, AttributeValue::UnitRef(ask));
    set(&mut dwarf, inlined, gimli::DW_AT_call_file, AttributeValue::FileIndex(Some(sensor)));
    set(&mut dwarf, inlined, gimli::DW_AT_call_line, AttributeValue::Udata(42));
    let run = function(&mut dwarf, root, "_ZN7climate3run17h0123456789abcdefE");
    range(&mut dwarf, run, 0x20, 0x40);
    (0..depth).fold(run, |parent, _| dwarf.unit.add(parent, gimli::DW_TAG_inlined_subroutine));
    dwarf.unit.line_program = lines;
    dwarf
}

fn function(dwarf: &mut DwarfUnit, parent: UnitEntryId, name: &str) -> UnitEntryId {
    let function = dwarf.unit.add(parent, gimli::DW_TAG_subprogram);
    set(dwarf, function, gimli::DW_AT_linkage_name, AttributeValue::String(name.into()));
    function
}

fn range(dwarf: &mut DwarfUnit, entry: UnitEntryId, from: u32, length: u64) {
    set(dwarf, entry, gimli::DW_AT_low_pc, AttributeValue::Address(at(from)));
    set(dwarf, entry, gimli::DW_AT_high_pc, AttributeValue::Udata(length));
}

fn set(dwarf: &mut DwarfUnit, entry: UnitEntryId, name: gimli::DwAt, value: AttributeValue) {
    dwarf.unit.get_mut(entry).set(name, value);
}

const fn at(offset: u32) -> Address {
    Address::Constant((ENTRY + offset) as u64)
}
