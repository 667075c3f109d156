//! App images taken apart, extended, cut and put together, on a small one made here by hand.

use std::path::Path;

use proptest::prelude::*;

use super::segments::{CHIP, HASH_APPENDED};
use super::*;
use crate::image::Image;
use crate::image::envelope::WordSize;
use crate::image::envelope::relocatable::Relocatable;

const TABLE: u32 = 0x3F40_0020 + 288;

/// The constants: an app descriptor, and behind it the place that Toit looks for.
fn constants() -> Vec<u8> {
    let mut data = vec![0; 288];
    data[..4].copy_from_slice(&0xABCD_5432_u32.to_le_bytes());
    data[16..20].copy_from_slice(b"v1.0");
    data[48..52].copy_from_slice(b"toit");
    data[256..260].copy_from_slice(&0x7017_DA7A_u32.to_le_bytes());
    data[280..284].copy_from_slice(&0x00C0_9F19_u32.to_le_bytes());
    data
}

/// An app image for the ESP32 with constants and two segments of memory; its checksum and hash are left wrong.
pub(in crate::image::envelope) fn firmware() -> Vec<u8> {
    let mut bytes = vec![0xE9, 3, 2, 0x20];
    bytes.resize(HEADER, 0);
    bytes[HASH_APPENDED] = 1;
    for (address, data) in
        [(0x3F40_0020_u32, constants()), (0x3FFB_0000, vec![5; 16]), (0x4008_0000, vec![7; 20])]
    {
        bytes.extend(address.to_le_bytes());
        bytes.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        bytes.extend(data);
    }
    bytes.resize(bytes.len().next_multiple_of(16) + 16 + 32, 0);
    bytes
}

/// A relocatable image of one page, with one address (16 beyond its base) at its byte 128.
pub(in crate::image::envelope) fn relocatable() -> Vec<u8> {
    let mut page = vec![0; 4096];
    page[..4].copy_from_slice(&0xDEAD_FACE_u32.to_le_bytes());
    page[8..24].copy_from_slice(&[0x1D; 16]);
    page[30] = 1;
    page[128] = 16;
    let mut bytes = Vec::new();
    for (number, chunk) in page.chunks(128).enumerate() {
        bytes.extend(u32::from(number == 1).to_le_bytes());
        bytes.extend(chunk);
    }
    bytes
}

fn program(flags: u8, assets: Option<&[u8]>) -> Program {
    let image = Relocatable::parse(relocatable(), WordSize::W32).unwrap();
    Program { image, flags, assets: assets.map(<[u8]>::to_vec) }
}

#[test]
fn what_is_put_together_boots_and_is_the_same_when_taken_apart() {
    let image = AppImage::parse(&firmware()).unwrap();
    assert_eq!(
        (image.drom_address(), image.drom_offset(), image.end_of_drom()),
        (0x3F40_0020, 32, Ok(TABLE))
    );
    let bytes = image.to_bytes();
    // 24, three headers of 8, 324 of data: 372, and the checksum ends the next 16 bytes.
    assert_eq!(bytes.len(), 384 + 32);
    assert_eq!(AppImage::parse(&bytes).unwrap(), image);
    assert_eq!(Image::from_bytes(Path::new("ota.bin"), bytes).unwrap().version, "v1.0");
}

#[test]
fn an_image_without_a_hash_ends_with_its_checksum() {
    let mut bytes = firmware();
    bytes[HASH_APPENDED] = 0;
    let image = AppImage::parse(&bytes).unwrap();
    let sum = image.segments.list.iter().flat_map(|s| &s.data).fold(0xEF, |sum, byte| sum ^ byte);
    assert_eq!((image.to_bytes().len(), image.to_bytes().last(), image.tail_len()), (384, Some(&sum), 1));
}

#[test]
fn an_empty_extension_is_as_worked_out_by_hand() {
    let built = build_extension(&[], b"", &Uuid([3; 16]), TABLE).unwrap();
    assert_eq!((built.bytes.len(), built.used), (0x1_0000, 20));
    let head = [0x98DF_C301_u32, 20, 0xFFEC, 0, 0xB314_7EE9 ^ 0x98DF_C301 ^ 20 ^ 0xFFEC];
    let head: Vec<u8> = head.iter().flat_map(|word| word.to_le_bytes()).collect();
    assert_eq!(built.bytes[..20], head);
    assert!(built.bytes[20..].iter().all(|byte| *byte == 0));
}

#[test]
fn programs_lie_where_the_table_says_relocated_and_patched() {
    let programs = [program(3, Some(b"abcde")), program(0, None)];
    let built = build_extension(&programs, b"cfg", &Uuid([3; 16]), TABLE).unwrap();
    let word = |at| word(&built.bytes, at).unwrap();
    // Head and table: 36 bytes. The first program: 4096, 4 for the length of its assets, 5 and 3.
    let (first, second) = (TABLE + 36, TABLE + 36 + 4096 + 12);
    assert_eq!([word(12), word(20), word(24), word(28), word(32)], [2, first, 128, second, 128]);
    assert_eq!(built.used, 36 + 4096 + 12 + 4096);
    assert_eq!([word(36 + 128), word(36 + 4108 + 128)], [first + 16, second + 16]);
    assert_eq!([built.bytes[36 + 24], built.bytes[36 + 4108 + 24]], [0x83, 0]);
    assert_eq!(built.bytes[36 + 32..36 + 48], [3; 16]);
    assert_eq!(built.bytes[36 + 4096..36 + 4108], *b"\x05\0\0\0abcde\0\0\0");
    assert_eq!(built.bytes[built.used..built.used + 8], *b"\x03\0\0\0cfg\0");
}

#[test]
fn a_configuration_has_room_to_grow_before_another_page_is_taken() {
    // 20 bytes of head and 4 of length leave 65512 of the page.
    for (len, pages) in [(0, 1), (1024, 1), (65_512, 1), (65_513, 2)] {
        let built = build_extension(&[], &vec![1; len], &Uuid::NIL, TABLE).unwrap();
        assert_eq!(built.bytes.len(), pages * 0x1_0000, "{len}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let too_large = build_extension(&[], &vec![0; crate::image::MAX_FILE_BYTES + 1], &Uuid::NIL, TABLE);
    assert!(matches!(too_large, Err(AppImageError::TooLarge { .. })));
    let beyond = build_extension(&[], &[], &Uuid::NIL, 0xFFFF_FF00);
    assert!(matches!(beyond, Err(AppImageError::BeyondAddresses)));
    let mut image = AppImage::parse(&firmware()).unwrap();
    assert_eq!(image.extend(&Uuid::NIL, &vec![0; 4 << 20]), Err(AppImageError::BeyondAddresses));
}

#[test]
fn broken_images_are_refused_with_the_reason() {
    let changed = |at: usize, byte: u8| {
        let mut bytes = firmware();
        bytes[at] = byte;
        AppImage::parse(&bytes).and_then(|image| image.details())
    };
    assert_eq!(changed(0, 0x7F), Err(AppImageError::NotAnImage));
    assert_eq!(changed(CHIP, 10), Err(AppImageError::Chip(10)));
    assert_eq!(changed(27, 0x20), Err(AppImageError::NoDrom));
    assert_eq!(changed(31, 0x7F), Err(AppImageError::Truncated));
    assert_eq!(changed(1, 200), Err(AppImageError::Truncated));
    assert_eq!(changed(32 + 256, 0), Err(AppImageError::NoMarker));
    assert_eq!(changed(4, 1), Ok((0, Uuid::NIL)));
}

#[test]
fn a_table_that_contradicts_itself_is_refused() {
    let mut image = AppImage::parse(&firmware()).unwrap();
    let built = build_extension(&[program(1, None)], &[], &Uuid([3; 16]), TABLE).unwrap();
    image.extend(&Uuid([3; 16]), &built.bytes).unwrap();
    assert_eq!(image.extension().unwrap().unwrap().programs().unwrap().len(), 1);
    // The table's address, the magic word, the used bytes, the number of programs, the check.
    for at in [260, 263, 288, 292, 300, 304] {
        let mut broken = image.clone();
        broken.segments.list[0].data[at] ^= 0x40;
        assert!(matches!(broken.extension(), Err(AppImageError::Extension(_))), "{at}");
    }
    // The place of the program, its magic word, its number of pages.
    for at in [308, 311, 316, 316 + 31] {
        let mut broken = image.clone();
        broken.segments.list[0].data[at] ^= 0x40;
        assert!(broken.extension().unwrap().unwrap().programs().is_err(), "{at}");
    }
}

proptest! {
    #[test]
    fn cutting_an_extension_off_gives_back_what_was_there(
        assets in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
        config in proptest::collection::vec(any::<u8>(), 0..3000),
        system: [u8; 16],
    ) {
        let original = AppImage::parse(&firmware()).unwrap();
        let mut image = original.clone();
        let programs = [program(3, assets.as_deref()), program(1, None)];
        let built = build_extension(&programs, &config, &Uuid(system), image.end_of_drom().unwrap()).unwrap();
        image.extend(&Uuid(system), &built.bytes).unwrap();
        let mut image = AppImage::parse(&image.to_bytes()).unwrap();
        let extension = image.extension().unwrap().unwrap();
        prop_assert_eq!(extension.config().unwrap(), &config);
        let programs = extension.programs().unwrap();
        prop_assert_eq!(programs[0].assets, assets.as_deref());
        prop_assert_eq!((programs[0].id, programs[0].system), (Uuid([0x1D; 16]), Uuid(system)));
        image.cut_extension().unwrap();
        prop_assert!(image.extension().unwrap().is_none());
        prop_assert_eq!(image.details().unwrap(), (TABLE, Uuid(system)));
        // But for the note of where it lay, which stays.
        patch::write(&mut image.segments.list[0].data, 0, &Uuid::NIL).unwrap();
        prop_assert_eq!(image, original);
    }

    #[test]
    fn arbitrary_bytes_never_panic(at in 0_usize..416, byte: u8, len in 0_usize..420) {
        let mut bytes = firmware();
        let at = at.min(bytes.len() - 1);
        bytes[at] = byte;
        bytes.truncate(len);
        if let Ok(mut image) = AppImage::parse(&bytes) {
            let _ = image.extension().map(|found| found.map(|extension| extension.programs()));
            let _ = image.cut_extension();
            prop_assert!(AppImage::parse(&image.to_bytes()).is_ok());
        }
    }
}
