//! What is encoded decodes to what it was made of, whatever that is.

use proptest::collection::vec;
use proptest::prelude::*;
use skylift_encoder::{ChunkLog, EncodeError, decode, encode, encode_at_any_size, unwatched};

use crate::pairs::{Edit, corners, firmware};

/// Encodes and decodes. The encoder has decoded it as well; this is the decoder without the encoder around it.
fn round_trip(old: &[u8], new: &[u8], log: u8) -> Vec<u8> {
    let stream = encode_at_any_size(old, new, ChunkLog::new(log).unwrap(), &mut unwatched).unwrap();
    assert_eq!(decode(old, &stream).as_deref(), Ok(new));
    stream
}

fn edit() -> impl Strategy<Value = Edit> {
    let (place, len) = (0..60_000usize, 1..6000usize);
    let bytes = || vec(any::<u8>(), 1..300);
    prop_oneof![
        (place.clone(), bytes()).prop_map(|(at, bytes)| Edit::Overwrite { at, bytes }),
        (place.clone(), bytes()).prop_map(|(at, bytes)| Edit::Insert { at, bytes }),
        (place.clone(), len.clone()).prop_map(|(at, len)| Edit::Remove { at, len }),
        (place.clone(), len.clone(), place.clone()).prop_map(|(from, len, to)| Edit::Move { from, len, to }),
        (place.clone(), len.clone()).prop_map(|(from, len)| Edit::Repeat { from, len }),
        (place.clone(), 2..400usize, any::<u8>()).prop_map(|(from, every, by)| Edit::Shift {
            from,
            every,
            by
        }),
        (place, len, any::<u8>()).prop_map(|(at, len, byte)| Edit::Fill { at, len, byte }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn versions_of_firmware(
        seed in any::<u64>(), len in 1..50_000usize, edits in vec(edit(), 0..7), log in 12..=18u8, full in any::<bool>(),
    ) {
        let old = firmware(seed, len);
        let new = edits.iter().fold(old.clone(), |image, edit| edit.of(image));
        round_trip(if full { &[] } else { &old }, &new, log);
    }

    #[test]
    fn bytes_of_any_kind(old in vec(0..4u8, 0..3000), new in vec(0..4u8, 1..9000), log in 12..=14u8) {
        round_trip(&old, &new, log);
    }

    #[test]
    fn bytes_without_any_pattern(old in vec(any::<u8>(), 0..3000), new in vec(any::<u8>(), 1..9000)) {
        round_trip(&old, &new, 12);
    }
}

#[test]
fn corners_of_the_format() {
    for (old, new) in corners() {
        round_trip(&old, &new, 12);
        round_trip(&old, &new, 18);
    }
}

#[test]
fn the_same_images_give_the_same_stream() {
    let (old, new) = (firmware(1, 40_000), firmware(2, 40_000));
    assert_eq!(round_trip(&old, &new, 16), round_trip(&old, &new, 16));
}

#[test]
fn what_is_not_smaller_is_not_offered() {
    let noise = crate::pairs::Numbers::new(3).bytes(20_000);
    let refused = encode(&[], &noise, ChunkLog::WHOLE, &mut unwatched);
    assert!(
        matches!(refused, Err(EncodeError::NotSmaller { encoded, raw: 20_000 }) if encoded > 20_000),
        "{refused:?}"
    );
    assert!(encode(&noise, &noise, ChunkLog::DELTA, &mut unwatched).unwrap().len() < 120);
}

#[test]
fn images_of_no_sensible_size_are_refused() {
    let large = vec![0; skylift_encoder::MOST + 1];
    for (old, new) in [(&[][..], &[][..]), (&[], &large), (&large, &[1])] {
        let refused = encode(old, new, ChunkLog::DELTA, &mut unwatched);
        assert!(matches!(refused, Err(EncodeError::Size { .. })), "{refused:?}");
    }
}
