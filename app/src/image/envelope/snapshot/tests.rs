//! Snapshots written out by hand, and the images that follow from the layout, reckoned by hand.

use proptest::prelude::*;

use super::*;
use crate::image::envelope::relocatable::Relocatable;

const SDK: &str = "v2.0.0-alpha.195.17";
const NAMES: record::Names =
    record::Names { id: Uuid([0x1d; 16]), system: Uuid([0x57; 16]), snapshot: Uuid([0x5a; 16]) };

/// Globals: a text, and the same text again. Literals: 2^30. Roots: an array of an oddball and -1.
const VALUES: &[u8] = b"\x02\x11\x01\x03\x05hi\x02\
    \x01\x03\x80\x80\x80\x80\x04\
    \x01\x10\x00\x03\x07\x00\x03\x03\x09\x04\x01";

/// What follows the values: a class id, an offset, no entry point, and the lists.
const REST: &[u8] = b"\x01\x03\x06\
    \x01\x05\
    \x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\
    \x01\x00\x00\x00\x07\x00\
    \x00\x00\x00\x00\
    \x01\x00\x00\x00\xff\xff\xff\xff\
    \x03\x00\x00\x00\x01\x02\x03\
    \x0c";

/// A snapshot with these values, pages, and objects that are referred to.
fn snapshot(pages: u16, named: u32, values: &[u8]) -> Vec<u8> {
    let pages = u32::from(pages) << 16 | 1;
    let class_bits = [&2_u32.to_le_bytes()[..], &[0x32, 0, 0x43, 0]].concat();
    let length = 32 + class_bits.len() + values.len() + REST.len();
    let head = [70_177_017, length as u32, pages, 0, 0, 0, named, 1];
    let head: Vec<u8> = head.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
    [&head, &class_bits, values, REST].concat()
}

fn image(snapshot: &[u8], word: WordSize) -> Result<Vec<u8>, SnapshotError> {
    let bundle = Bundle {
        sdk_version: SDK.to_owned(),
        uuid: NAMES.snapshot,
        snapshot: snapshot.to_vec(),
        has_source_map: true,
    };
    convert(&bundle, word, NAMES.id, NAMES.system)
}

/// The word of 4 bytes at an offset.
fn at(memory: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(*memory[offset..].first_chunk().unwrap())
}

#[test]
fn a_small_program_comes_to_lie_where_the_layout_says() {
    let bytes = image(&snapshot(1, 1, VALUES), WordSize::W32).unwrap();
    let image = Relocatable::parse(bytes, WordSize::W32).unwrap();
    let (memory, moved) = (image.relocate(0), image.relocate(0x1000_0000));
    let mut expected = vec![0; 8192];
    let mut put = |offset: usize, bytes: &[u8]| expected[offset..offset + bytes.len()].copy_from_slice(bytes);
    put(8, &[0x1d; 16]);
    put(32, &[0x57; 16]);
    put(104, &[0x5a; 16]);
    // Class bits lose the bit between tag and size; then a class check, and the bytecodes.
    put(160, &[0x22, 0, 0x43, 0]);
    put(176, &[7, 0]);
    put(184, &[1, 2, 3]);
    put(4112, b"hi");
    let words = [
        (0, 0xdead_face),
        (28, 2 << 16),
        // Address and length of: globals, literals, dispatch, class checks, interface checks, class bits, bytecodes.
        (48, 164),
        (52, 2),
        (56, 172),
        (60, 1),
        (64, 180),
        (68, 1),
        (72, 176),
        (76, 1),
        (80, 180),
        (88, 160),
        (92, 2),
        (96, 184),
        (100, 3),
        // Stack height, offset; first and last page, and their count; root, class id, entry point, heap size.
        (120, 12),
        (124, 4),
        (128, 4096),
        (132, 4096),
        (136, 1),
        (140, 4129),
        (144, 12),
        (148, u32::MAX),
        (156, 8192),
        // The values of globals and literals, and the dispatch table.
        (164, 4105),
        (168, 4105),
        (172, 4117),
        (180, u32::MAX),
        // The page ends its use there. The text: header, hash 0x1483, length.
        (4100, 4148),
        (4104, 10),
        (4108, 0x0002_1483),
        // 2^30 with the class 1 and its tag 3. The array, and the oddball in it.
        (4116, 70),
        (4120, 1 << 30),
        (4128, 14),
        (4132, 2),
        (4136, 4145),
        (4140, 0xffff_fffe),
        (4144, 18),
    ];
    for (offset, word) in words {
        put(offset, &u32::to_le_bytes(word));
    }
    for offset in (0..8192).step_by(4) {
        assert_eq!(at(&memory, offset), at(&expected, offset), "at {offset}");
    }
    let addresses: Vec<usize> =
        (0..8192).step_by(4).filter(|&offset| at(&memory, offset) != at(&moved, offset)).collect();
    let marked = [48, 56, 64, 72, 80, 88, 96, 128, 132, 140, 152, 164, 168, 172, 4100, 4136];
    assert_eq!(addresses, marked);
}

#[test]
fn words_of_64_bits_have_larger_pages_and_numbers() {
    let bytes = image(&snapshot(1, 1, VALUES), WordSize::W64).unwrap();
    assert_eq!(bytes.len(), 2 * 32768 * 65 / 64);
    let image = Relocatable::parse(bytes, WordSize::W64).unwrap();
    assert_eq!((image.header().snapshot, image.header().id), (NAMES.snapshot, NAMES.id));
    let memory = image.relocate(0);
    // Lists take 12 bytes and begin at multiples of 8. The record: 48 + 7 * 16 + 16 + 8 + 4, 4 to align, 24 + 8 + 8
    // + 4, 4 to align, 16. Class bits come after it, then the globals and the literal, which fits a word here.
    assert_eq!((at(&memory, 48), at(&memory, 64), at(&memory, 128)), (264, 280, 256));
    assert_eq!(at(&memory, 280), 1 << 31);
    assert_eq!(at(&memory, 30) & 0xffff, 16);
}

#[test]
fn long_texts_and_bytes_lie_outside_of_the_heap() {
    let text = [&b"\x88\x40\x01\x03\x01\x02\x04\0\0"[..], &[b'a'; 1025], b"\0"].concat();
    let bytes = [&b"\x88\x40\x05\x03\x01\x01\x04\0\0"[..], &[b'b'; 1025]].concat();
    let values = [&b"\x02"[..], &text, &bytes, b"\x00\x00"].concat();
    // There are no roots: what follows them lies one word nearer, and the globals at 160.
    let memory = Relocatable::parse(image(&snapshot(1, 0, &values), WordSize::W32).unwrap(), WordSize::W32);
    let memory = memory.unwrap().relocate(0);
    let (text, bytes) = (at(&memory, 160) as usize - 1, at(&memory, 164) as usize - 1);
    assert_eq!((text, bytes), (4104, 4120));
    let outside = at(&memory, text + 12) as usize;
    assert_eq!((at(&memory, text + 4) >> 16, at(&memory, text + 8), outside), (0xffff, 1025, 168));
    assert_eq!(memory[outside..outside + 1026], [&[b'a'; 1025][..], b"\0"].concat());
    let outside = at(&memory, bytes + 8) as usize;
    assert_eq!((at(&memory, bytes + 4), outside, at(&memory, bytes + 12)), (!1025, 168 + 1028, 0));
    assert_eq!(memory[outside..outside + 1025], [b'b'; 1025]);
}

#[test]
fn arrays_may_be_nested_without_end() {
    const DEEP: usize = 200_000;
    let values = [&b"\x01"[..], &b"\x08\x00\x03\x00".repeat(DEEP), b"\x03\x00\x00\x00"].concat();
    // An array takes 12 bytes: 340 go into a page.
    assert!(image(&snapshot(589, 0, &values), WordSize::W32).is_ok());
    assert_eq!(image(&snapshot(588, 0, &values), WordSize::W32), Err(SnapshotError::Overfull));
    assert_eq!(image(&snapshot(u16::MAX, 0, &values), WordSize::W32), Err(SnapshotError::TooLarge));
}

#[test]
fn a_snapshot_that_is_cut_off_is_refused() {
    let whole = snapshot(1, 1, VALUES);
    for length in 0..whole.len() {
        let mut cut = whole[..length].to_vec();
        assert!(image(&cut, WordSize::W32).is_err(), "{length}");
        if length > 8 {
            // With the right length, what is missing is found out later.
            cut[4..8].copy_from_slice(&(length as u32).to_le_bytes());
            assert!(image(&cut, WordSize::W32).is_err(), "{length}");
        }
    }
}

#[test]
fn references_and_headers_must_be_what_they_say() {
    let damaged = [
        // The second object there is; a header that is an object; a kind and a type that do not exist.
        (1, &b"\x02\x11\x01\x03\x05hi\x0a\x00\x00"[..]),
        (0, b"\x01\x00\x03\x02\x00\x00"),
        (0, b"\x01\x07\x00\x00"),
        (0, b"\x01\x00\x06\x03\x00\x00\x00"),
        // Another count of objects; more elements than bytes; a number of 65 bits.
        (2, VALUES),
        (0, b"\x01\xf8\xff\xff\xff\x0f\x00\x03\x00"),
        (0, b"\x01\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00\x00"),
    ];
    for (named, values) in damaged {
        let error = image(&snapshot(1, named, values), WordSize::W32).unwrap_err();
        assert!(matches!(error, SnapshotError::Damaged { .. }), "{values:x?}: {error}");
    }
    let no_page = image(&snapshot(0, 1, VALUES), WordSize::W32);
    assert_eq!(no_page, Err(SnapshotError::Overfull));
}

#[test]
fn only_tested_sdks_are_converted() {
    for tested in ["v2.0.0-alpha.185", "v2.0.0-alpha.195", SDK] {
        assert!(is_tested(tested), "{tested}");
    }
    for other in [
        "",
        "2.0.0-alpha.190",
        "v2.0.0-alpha.184",
        "v2.0.0-alpha.196",
        "v2.0.0",
        "v2.0.0-beta.190",
        "v2.1.0-alpha.190",
    ] {
        assert!(!is_tested(other), "{other}");
        let bundle = Bundle {
            sdk_version: other.to_owned(),
            uuid: NAMES.snapshot,
            snapshot: snapshot(1, 1, VALUES),
            has_source_map: true,
        };
        let error = convert(&bundle, WordSize::W32, NAMES.id, NAMES.system).unwrap_err();
        assert_eq!(error, SnapshotError::UntestedSdk(other.to_owned()));
    }
}

proptest! {
    #[test]
    fn a_snapshot_with_wrong_bytes_is_an_image_or_an_error(
        changes in proptest::collection::vec((0_usize..200, any::<u8>()), 1..4),
    ) {
        let mut bytes = snapshot(1, 1, VALUES);
        for (index, byte) in changes {
            let length = bytes.len();
            bytes[index % length] = byte;
        }
        for word in [WordSize::W32, WordSize::W64] {
            if let Ok(image) = image(&bytes, word) {
                prop_assert!(Relocatable::parse(image, word).is_ok());
            }
        }
    }
}
