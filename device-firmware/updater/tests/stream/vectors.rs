//! The format's own test vectors.

use crate::support::{Memory, chunk_starts, decode, decode_from, header, vectors};

#[test]
fn the_vectors_decode_whatever_pieces_they_come_in() {
    for vector in vectors() {
        for piece in 1..=vector.stream.len() {
            assert_eq!(
                decode(&vector.stream, &vector.old, piece).as_ref(),
                Ok(&vector.new),
                "pieces of {piece}"
            );
        }
    }
}

#[test]
fn every_chunk_can_be_the_first() {
    for vector in vectors() {
        let header = header(&vector.stream).unwrap();
        for (chunk, begins) in (0..).zip(chunk_starts(&vector.stream).unwrap()) {
            let there = if chunk == 0 { 0 } else { header.chunk_end(chunk - 1) as usize };
            let memory = Memory { old: &vector.old, new: vector.new[..there].to_vec() };
            assert_eq!(decode_from(&vector.stream, memory, chunk, begins, 7), Ok(vector.new.clone()));
        }
    }
}

#[test]
fn headers_and_entries_are_encoded_as_they_are_read() {
    for vector in vectors() {
        let header = header(&vector.stream).unwrap();
        assert_eq!(header.encode(), vector.stream[..88]);
        assert_eq!(header.len() as usize, vector.stream.len());
    }
}
