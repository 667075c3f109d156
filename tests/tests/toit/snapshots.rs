//! Snapshots become the images that the description of the formats asks for.

use skylift::image::envelope::relocatable::Relocatable;
use skylift::image::envelope::snapshot::{Bundle, convert};
use skylift::image::envelope::{Uuid, WordSize};
use skylift_tests::toit::encoded::container_id;
use skylift_tests::toit::envelope::SDK;
use skylift_tests::toit::layout::{Ids, image, pages};
use skylift_tests::toit::program::{Content, Program, Slot};
use skylift_tests::toit::relocatable::{Word, relocated};
use skylift_tests::toit::snapshot;

#[track_caller]
fn converts(program: &Program) {
    let bundle = snapshot::Bundle::new(SDK, program.clone());
    let read = Bundle::parse(&bundle.to_bytes()).unwrap();
    let ids = Ids { container: [0xc1; 16], system: [0x5e; 16], snapshot: bundle.uuid() };
    for (word, size) in [(Word::W32, WordSize::W32), (Word::W64, WordSize::W64)] {
        let converted = convert(&read, size, Uuid(ids.container), Uuid(ids.system)).unwrap();
        let expected = image(program, word, &ids);
        let differs = converted.iter().zip(&expected).position(|(is, wanted)| is != wanted);
        assert_eq!((differs, converted.len()), (None, expected.len()), "{word:?}");
    }
}

#[test]
fn objects_of_every_kind_on_several_pages() {
    let program = Program::sample();
    assert!(pages(&program, Word::W32) > 1, "one page is not enough of a test");
    converts(&program);
}

#[test]
fn numbers_around_the_limits_of_a_word() {
    let limits = [29, 30, 31, 32, 61, 62].map(|bits| 1_i64 << bits);
    let around = limits.iter().flat_map(|limit| [limit - 1, *limit, -limit, -limit - 1, limit - 1]);
    let mut program = Program::sample();
    program.literals = around.chain([i64::MAX, i64::MIN, 0]).map(Slot::Int).collect();
    converts(&program);
}

#[test]
fn an_array_in_an_array_a_thousand_deep() {
    let mut program = Program::sample();
    let mut inner = Slot::Int(1);
    for _ in 0..1000 {
        inner = program.add(5, Content::Array(vec![inner]));
    }
    program.globals.push(inner);
    converts(&program);
}

#[test]
fn tables_of_every_length() {
    for len in 1..6 {
        let mut program = Program::sample();
        program.invokes = vec![9; len];
        program.entries = vec![Some(8); len];
        program.class_checks = vec![7; len];
        program.bytecodes.truncate(len);
        program.dispatch.truncate(len);
        converts(&program);
    }
}

#[test]
fn a_string_whose_hash_is_none() {
    // "hello world" has a hash that the virtual machine names; the other would be 0xffff, which stands for none.
    let mut program = Program::sample();
    let none = (0_u32..).map(|nth| nth.to_string()).find(|text| hash(text) == 0xffff).unwrap();
    assert_eq!(hash("hello world"), 64985);
    for text in ["hello world", &none] {
        let text = program.add(2, Content::Text(text.as_bytes().to_vec()));
        program.literals.push(text);
    }
    converts(&program);
}

#[test]
fn the_id_is_of_snapshot_and_assets() {
    let bundle = snapshot::Bundle::new(SDK, Program::sample());
    let read = Bundle::parse(&bundle.to_bytes()).unwrap();
    for assets in [None, Some(&b"assets"[..])] {
        assert_eq!(read.container_id(assets).0, container_id(&bundle.uuid(), assets));
    }
}

#[test]
fn an_image_moves_with_its_addresses() {
    let expected = image(&Program::sample(), Word::W32, &Ids::default());
    let read = Relocatable::parse(expected.clone(), WordSize::W32).unwrap();
    assert_eq!(read.relocate(0x3f41_2340), relocated(&expected, 0x3f41_2340));
}

fn hash(text: &str) -> u32 {
    let start = text.len() as u32;
    text.bytes().fold(start, |hash, byte| (31 * hash + u32::from(byte)) & 0xffff)
}
