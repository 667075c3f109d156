//! The format's own test vectors.

use skylift_encoder::decode;

/// A stream, what it builds on, and what it makes.
pub struct Vector {
    pub stream: Vec<u8>,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
}

/// The vectors beside the decoder's tests.
pub fn vectors() -> [Vector; 3] {
    macro_rules! stream {
        ($name:literal) => {
            from_hex(include_str!(concat!("../../../../device-firmware/updater/tests/stream/data/", $name)))
        };
    }
    let squares: Vec<u8> = (0..64u32).map(|i| (i * i) as u8).collect();
    let mut edited = squares.clone();
    edited[10] ^= 5;
    edited[11] = edited[11].wrapping_add(9);
    edited.splice(30..30, *b"abc");
    edited.extend(&squares[..20]);
    [
        Vector {
            stream: stream!("text.hex"),
            old: vec![],
            new: b"to be or not to be, that is the question".to_vec(),
        },
        Vector { stream: stream!("squares-delta.hex"), old: squares, new: edited },
        Vector {
            stream: stream!("two-chunks.hex"),
            old: vec![],
            new: (0..4100u32).map(|i| (i / 100) as u8).collect(),
        },
    ]
}

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

#[test]
fn the_vectors_decode() {
    for vector in vectors() {
        assert_eq!(decode(&vector.old, &vector.stream), Ok(vector.new));
    }
}

#[test]
fn a_vector_against_other_bytes_decodes_to_nothing() {
    let [_, delta, _] = vectors();
    let mut other = delta.old.clone();
    other[63] ^= 1;
    for old in [&other, &vec![], &delta.new] {
        assert!(decode(old, &delta.stream).is_err());
    }
}
