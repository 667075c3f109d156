//! Debug info that is made to keep a reader busy.

use std::time::{Duration, Instant};

use object::write::Object;
use object::{Architecture, BinaryFormat, Endianness, SectionKind};

use super::metered::Meter;
use super::{ElfFlaw, decode, decode_metered};

/// An ELF with these sections.
fn elf(sections: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut object = Object::new(BinaryFormat::Elf, Architecture::Riscv32, Endianness::Little);
    for (name, bytes) in sections {
        let section = object.add_section(Vec::new(), name.as_bytes().to_vec(), SectionKind::Debug);
        object.set_section_data(section, bytes.clone(), 1);
    }
    object.write().unwrap()
}

/// So many units, each of which has to read the same long table of kinds. Format: DWARF 4, 7.5.
fn units_with_a_long_table(units: usize, kinds: usize) -> Vec<u8> {
    let mut table: Vec<u8> = Vec::new();
    for number in 1..=kinds {
        // A compile unit without children and attributes, under a number that no other kind has.
        gimli::leb128::write::unsigned(&mut table, number as u64).unwrap();
        table.extend([0x11, 0, 0, 0]);
    }
    table.push(0);
    // Length, version, where the table begins, bytes of an address, and one entry of kind 1.
    let unit = [8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 4, 1];
    elf(&[(".debug_abbrev", table), (".debug_info", unit.repeat(units))])
}

#[test]
fn reading_ends_when_it_costs_too_much() {
    assert!(decode(&units_with_a_long_table(3, 3), &[1]).is_ok());
    let bomb = units_with_a_long_table(10_000, 100_000);
    assert!(bomb.len() < 1 << 20);
    let cheap = Meter::of(1 << 20, Duration::from_secs(600));
    assert_eq!(decode_metered(&bomb, &[1], &cheap), Err(ElfFlaw::Endless));
}

#[test]
fn reading_ends_when_it_takes_too_long() {
    let begun = Instant::now();
    let hurried = Meter::of(u64::MAX, Duration::from_millis(20));
    let bomb = units_with_a_long_table(10_000, 100_000);
    assert_eq!(decode_metered(&bomb, &[1], &hurried), Err(ElfFlaw::Endless));
    // Without the clock it reads 6 GB.
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}
