//! What the decoder refuses: headers, tables and payloads that were changed. What it reads and gives out is watched by
//! [`Memory`](crate::support::Memory) and `decode`.

use skylift_updater::FlashError;
use skylift_updater::stream::{
    CHUNK_LOGS, Decoder, Entry, MAX_SIZE, RING, Side, Source, Status, StreamError, Table,
};

use crate::support::{Memory, chunk_starts, decode, decode_from, header, vectors};

/// The header with a field of four bytes set.
fn with_word(stream: &[u8], at: usize, word: u32) -> Vec<u8> {
    let mut changed = stream.to_vec();
    changed[at..at + 4].copy_from_slice(&word.to_le_bytes());
    changed
}

#[test]
fn headers_keep_every_bound() {
    for vector in vectors() {
        let refused = |changed: Vec<u8>| assert_eq!(header(&changed), Err(StreamError::Header));
        for at in [0, 1, 2, 3, 4, 6, 7, 20, 21, 22, 23] {
            for bit in 0..8 {
                let mut changed = vector.stream.clone();
                changed[at] ^= 1 << bit;
                refused(changed);
            }
        }
        for log in 0..=u8::MAX {
            let mut changed = vector.stream.clone();
            changed[5] = log;
            assert_eq!(header(&changed).is_ok(), CHUNK_LOGS.contains(&log));
        }
        for at in [8, 12, 16] {
            assert!(header(&with_word(&vector.stream, at, MAX_SIZE)).is_ok() || vector.old.is_empty());
            refused(with_word(&vector.stream, at, MAX_SIZE + 1));
            refused(with_word(&vector.stream, at, u32::MAX));
        }
        refused(with_word(&vector.stream, 12, 0));
    }
}

#[test]
fn a_stream_of_nothing_old_has_no_digest_of_it() {
    let [text, ..] = vectors();
    let mut changed = text.stream;
    changed[24] = 1;
    assert_eq!(header(&changed), Err(StreamError::Header));
}

#[test]
fn chunks_end_one_behind_the_other_and_the_last_where_the_payload_does() {
    let [.., two] = vectors();
    let header = header(&two.stream).unwrap();
    let ends = |ends: &[u32]| {
        let mut table = Table::new(&header);
        ends.iter().map(|&end| table.take(Entry { end, tag: [0; 4] })).collect::<Result<Vec<u32>, _>>()
    };
    let (payload, damaged) = (header.payload, Err(StreamError::Table));
    assert_eq!(ends(&[59, payload]), Ok(vec![0, 59]));
    assert_eq!(ends(&[4, payload]), Ok(vec![0, 4]));
    assert_eq!(ends(&[3, payload]), damaged);
    assert_eq!(ends(&[payload - 3, payload]), damaged);
    assert_eq!(ends(&[payload + 1]), damaged);
    assert_eq!(ends(&[59, payload - 1]), damaged);
    assert_eq!(ends(&[59, payload + 1]), damaged);
    assert_eq!(ends(&[59, 40]), damaged);
    assert_eq!(ends(&[59, payload, payload]), damaged);
}

#[test]
fn a_payload_is_neither_shorter_nor_longer_than_it_says() {
    for vector in vectors() {
        let payload = header(&vector.stream).unwrap().payload;
        for less in 1..=payload {
            let short = with_word(&vector.stream, 16, payload - less);
            let short = &short[..short.len() - less as usize];
            assert!(decode(short, &vector.old, 9).is_err(), "{less} bytes less");
        }
        let mut long = with_word(&vector.stream, 16, payload + 1);
        long.push(0);
        assert_eq!(decode(&long, &vector.old, 9), Err(StreamError::Corrupt));
    }
}

#[test]
fn no_change_of_the_payload_makes_more_than_was_declared_or_reads_elsewhere() {
    let mut right = 0;
    for vector in vectors() {
        for at in header(&vector.stream).unwrap().payload_at() as usize..vector.stream.len() {
            for value in 0..=u8::MAX {
                let mut changed = vector.stream.clone();
                changed[at] = value;
                // Whole or refused; `decode` looks at the length of each page.
                if let Ok(new) = decode(&changed, &vector.old, 64) {
                    assert_eq!(new.len(), vector.new.len());
                    right += usize::from(new == vector.new);
                }
            }
        }
    }
    // Each byte once had its own value; what else makes the same file may be in bits that nothing depends on.
    assert!(right >= vectors().iter().map(|it| header(&it.stream).unwrap().payload as usize).sum());
}

#[test]
fn a_new_size_that_is_too_great_for_the_payload_ends_as_damage() {
    for vector in vectors() {
        for new_size in [MAX_SIZE, 1 << 20, vector.new.len() as u32 + 1] {
            let bomb = with_word(&vector.stream, 12, new_size);
            let payload = bomb[header(&vector.stream).unwrap().payload_at() as usize..].to_vec();
            let bombs_head = header(&bomb).unwrap().payload_at() as usize;
            let mut stream = bomb[..88].to_vec();
            stream.resize(bombs_head, 0);
            stream.extend(payload);
            assert!(decode(&stream, &vector.old, 50).is_err());
        }
    }
}

#[test]
fn chunks_in_the_wrong_order_are_damage() {
    let [.., two] = vectors();
    let (head, second) = (88 + 16, chunk_starts(&two.stream).unwrap()[1] as usize);
    let swapped =
        [&two.stream[..head], &two.stream[head + second..], &two.stream[head..head + second]].concat();
    assert!(decode(&swapped, &two.old, 8) != Ok(two.new));
}

#[test]
fn errors_are_final_and_a_decoder_that_was_not_started_has_one() {
    let [text, ..] = vectors();
    let mut memory = Memory { old: &[], new: vec![] };
    let (mut decoder, mut ring) = (Decoder::new(), [0; RING]);
    assert_eq!(decoder.feed(&mut &text.stream[96..], &mut ring, &mut memory), Err(StreamError::Header));
    let header = header(&text.stream).unwrap();
    decoder.start(&header, 0, 0, &mut ring, &mut memory).unwrap();
    let ones = [0xFF; 64];
    assert_eq!(decoder.feed(&mut &ones[..], &mut ring, &mut memory), Err(StreamError::Corrupt));
    assert_eq!(decoder.feed(&mut &text.stream[96..], &mut ring, &mut memory), Err(StreamError::Corrupt));
    decoder.start(&header, 0, 0, &mut ring, &mut memory).unwrap();
    let page = decoder.feed(&mut &text.stream[96..], &mut ring, &mut memory);
    assert_eq!(page, Ok(Status::Page { at: 0, len: text.new.len() as u32 }));
}

#[test]
fn there_is_no_start_at_a_chunk_that_is_not_there() {
    for vector in vectors() {
        let header = header(&vector.stream).unwrap();
        let memory = || Memory { old: &vector.old, new: vector.new.clone() };
        let damaged = Err(StreamError::Table);
        assert_eq!(decode_from(&vector.stream, memory(), header.chunks(), 0, 8), damaged);
        let mut ring = [0; RING];
        let behind = Decoder::new().start(&header, 0, header.payload + 1, &mut ring, &mut memory());
        assert_eq!(behind, Err(StreamError::Table));
    }
}

/// A flash that cannot be read.
struct Dead;

impl Source for Dead {
    fn read(&mut self, _: Side, _: u32, _: &mut [u8]) -> Result<(), FlashError> {
        Err(FlashError)
    }
}

#[test]
fn a_flash_that_cannot_be_read_is_told_as_such() {
    let [text, delta, two] = vectors();
    let mut ring = [0; RING];
    let mut decoder = Decoder::new();
    decoder.start(&header(&delta.stream).unwrap(), 0, 0, &mut ring, &mut Dead).unwrap();
    assert_eq!(decoder.feed(&mut &delta.stream[96..], &mut ring, &mut Dead), Err(StreamError::Flash));
    let second = chunk_starts(&two.stream).unwrap()[1];
    let started = decoder.start(&header(&two.stream).unwrap(), 1, second, &mut ring, &mut Dead);
    assert_eq!(started, Err(StreamError::Flash));
    // What needs nothing is made all the same.
    decoder.start(&header(&text.stream).unwrap(), 0, 0, &mut ring, &mut Dead).unwrap();
    assert!(decoder.feed(&mut &text.stream[96..], &mut ring, &mut Dead).is_ok());
}
