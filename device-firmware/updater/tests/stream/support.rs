//! A decoder with two images in memory, and the test vectors.
#![allow(clippy::unwrap_used, reason = "tests")]

use skylift_updater::FlashError;
use skylift_updater::stream::{
    Decoder, ENTRY_LEN, Entry, HEADER_LEN, Header, RING, Side, Source, Status, StreamError, Table,
};

/// A stream, what it builds on, and what it makes.
pub struct Vector {
    pub stream: Vec<u8>,
    pub old: Vec<u8>,
    pub new: Vec<u8>,
}

/// The vectors of the format, each file in hexadecimal.
pub fn vectors() -> [Vector; 3] {
    let squares: Vec<u8> = (0..64u32).map(|i| (i * i) as u8).collect();
    let mut edited = squares.clone();
    edited[10] ^= 5;
    edited[11] = edited[11].wrapping_add(9);
    edited.splice(30..30, *b"abc");
    edited.extend(&squares[..20]);
    [
        Vector {
            stream: from_hex(include_str!("data/text.hex")),
            old: vec![],
            new: b"to be or not to be, that is the question".to_vec(),
        },
        Vector { stream: from_hex(include_str!("data/squares-delta.hex")), old: squares, new: edited },
        Vector {
            stream: from_hex(include_str!("data/two-chunks.hex")),
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

/// Two images in memory. Only pages that were given out can be read back, and what else is asked for fails the test.
pub struct Memory<'a> {
    pub old: &'a [u8],
    pub new: Vec<u8>,
}

impl Source for Memory<'_> {
    fn read(&mut self, side: Side, at: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        let image = match side {
            Side::Old => self.old,
            Side::New => &self.new,
        };
        buf.copy_from_slice(&image[at as usize..][..buf.len()]);
        Ok(())
    }
}

/// The header of a stream.
pub fn header(stream: &[u8]) -> Result<Header, StreamError> {
    Header::parse(stream[..HEADER_LEN].try_into().unwrap())
}

/// The bytes of the payload where the chunks begin.
pub fn chunk_starts(stream: &[u8]) -> Result<Vec<u32>, StreamError> {
    let header = header(stream)?;
    let mut table = Table::new(&header);
    let entries = stream[HEADER_LEN..header.payload_at() as usize].chunks(ENTRY_LEN);
    entries.map(|raw| table.take(Entry::parse(raw.try_into().unwrap()))).collect()
}

/// Decodes from the first chunk on, with input in pieces of `piece` bytes.
pub fn decode(stream: &[u8], old: &[u8], piece: usize) -> Result<Vec<u8>, StreamError> {
    decode_from(stream, Memory { old, new: vec![] }, 0, 0, piece)
}

/// Decodes from a chunk on; the whole file, what was there included. Pages must come in order, and be no longer than the
/// header says.
pub fn decode_from(
    stream: &[u8],
    mut memory: Memory<'_>,
    first: u32,
    begins: u32,
    piece: usize,
) -> Result<Vec<u8>, StreamError> {
    let header = header(stream)?;
    let (mut decoder, mut ring) = (Decoder::new(), [0xA5; RING]);
    decoder.start(&header, first, begins, &mut ring, &mut memory)?;
    for mut input in stream[(header.payload_at() + begins) as usize..].chunks(piece) {
        loop {
            match decoder.feed(&mut input, &mut ring, &mut memory)? {
                Status::NeedInput => break assert!(input.is_empty()),
                Status::Done => return Ok(memory.new),
                Status::Page { at, len } => {
                    assert_eq!(at as usize, memory.new.len());
                    assert_eq!(len, (header.new_size - at).min(RING as u32));
                    assert!(ring[len as usize..].iter().all(|&byte| byte == 0xFF));
                    memory.new.extend(&ring[..len as usize]);
                    assert_eq!(decoder.position() as usize, memory.new.len());
                }
            }
        }
    }
    Err(StreamError::Truncated)
}
