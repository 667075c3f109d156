//! The heap of an image: each object is written where it is met first, and its values after it.

use std::collections::HashMap;

use super::SnapshotError;
use super::memory::{Memory, OBJECT_TAG};
use super::objects::{Body, LONGEST_INSIDE, Objects, Value};
use super::program::Program;
use crate::image::envelope::{Undecodable, WordSize};

/// Stands where the length of a text would stand, if that is kept outside of the heap.
const OUTSIDE: u16 = 0xffff;
/// No text has this hash.
const NO_HASH: u16 = 0xffff;

/// Writes objects, each once.
pub(super) struct Heap<'p, 'a> {
    objects: &'p Objects<'a>,
    word: usize,
    /// Where the objects are that have been met; 0 for others.
    addresses: Vec<usize>,
    large_integer: Option<i64>,
    large_integers: HashMap<i64, u64>,
    /// Objects whose values are being written: no recursion, for they could be nested without end.
    open: Vec<Open<'p>>,
}

struct Open<'p> {
    values: std::slice::Iter<'p, Value>,
    at: usize,
}

impl<'p, 'a> Heap<'p, 'a> {
    pub fn new(program: &'p Program<'a>, word: WordSize) -> Self {
        Self {
            objects: &program.objects,
            word: word.bytes(),
            addresses: vec![0; program.objects.len()],
            large_integer: program.large_integer_header(),
            large_integers: HashMap::new(),
            open: Vec::new(),
        }
    }

    /// Puts a value there, and everything below it that has not been written into the heap.
    pub fn put(&mut self, at: usize, value: Value, memory: &mut Memory) -> Result<(), SnapshotError> {
        let encoded = self.begin(value, memory)?;
        while let Some(open) = self.open.last_mut() {
            let Some(value) = open.values.next() else {
                self.open.pop();
                continue;
            };
            let at = open.at;
            open.at += self.word;
            let encoded = self.begin(*value, memory)?;
            memory.put_value(at, encoded)?;
        }
        memory.put_value(at, encoded)
    }

    /// What stands for a value where it is used. An object that has values is left open.
    fn begin(&mut self, value: Value, memory: &mut Memory) -> Result<u64, SnapshotError> {
        match value {
            Value::Int(number) => match small(number, self.word) {
                Some(encoded) => Ok(encoded),
                None => self.large_integer(number, memory),
            },
            Value::Object(number) => {
                let known = self.addresses.get(number).copied().filter(|address| *address != 0);
                let address = known.map_or_else(|| self.object(number, memory), Ok)?;
                Ok(address as u64 + OBJECT_TAG)
            }
        }
    }

    fn large_integer(&mut self, number: i64, memory: &mut Memory) -> Result<u64, SnapshotError> {
        if let Some(known) = self.large_integers.get(&number) {
            return Ok(*known);
        }
        let header = self.large_integer.ok_or(malformed("it has no class for large numbers"))?;
        let at = memory.inside(self.word + 8)?;
        self.put_header(at, header, memory)?;
        memory.put(at + self.word, &number.to_le_bytes())?;
        let encoded = at as u64 + OBJECT_TAG;
        self.large_integers.insert(number, encoded);
        Ok(encoded)
    }

    fn object(&mut self, number: usize, memory: &mut Memory) -> Result<usize, SnapshotError> {
        let objects = self.objects;
        let object = objects.get(number).ok_or(malformed("it lacks an object"))?;
        let word = self.word;
        let at = match &object.body {
            Body::Array(values) => {
                let at = memory.inside((2 + values.len()) * word)?;
                memory.put_word(at + word, values.len() as u64)?;
                self.open.push(Open { values: values.iter(), at: at + 2 * word });
                at
            }
            Body::Instance(values) => {
                let at = memory.inside((1 + values.len()) * word)?;
                self.open.push(Open { values: values.iter(), at: at + word });
                at
            }
            Body::Oddball => memory.inside(word)?,
            Body::Float(bytes) => {
                let at = memory.inside(word + bytes.len())?;
                memory.put(at + word, bytes)?;
                at
            }
            Body::Text(text) => put_text(text, word, memory)?,
            Body::Bytes(bytes) => put_bytes(bytes, word, memory)?,
        };
        self.put_header(at, object.header, memory)?;
        if let Some(address) = self.addresses.get_mut(number) {
            *address = at;
        }
        Ok(at)
    }

    fn put_header(&self, at: usize, header: i64, memory: &mut Memory) -> Result<(), SnapshotError> {
        let header = small(header, self.word).ok_or(malformed("the header of an object is too large"))?;
        memory.put_word(at, header)
    }
}

/// A number in a word with a bit that tells it from an address, if it fits.
fn small(number: i64, word: usize) -> Option<u64> {
    let most = if word == 4 { i64::from(i32::MAX >> 1) } else { i64::MAX >> 1 };
    (-most - 1..=most).contains(&number).then(|| number.cast_unsigned() << 1)
}

fn put_text(text: &[u8], word: usize, memory: &mut Memory) -> Result<usize, SnapshotError> {
    let half = word / 2;
    let short = u16::try_from(text.len()).ok().filter(|length| usize::from(*length) <= LONGEST_INSIDE);
    let at = match short {
        // The byte after the text ends it, and is zero already; outside of the heap as well.
        Some(_) => memory.inside(2 * word + text.len() + 1)?,
        None => memory.inside(4 * word)?,
    };
    memory.put_half_word(at + word, hash(text))?;
    memory.put_half_word(at + word + half, short.unwrap_or(OUTSIDE))?;
    if short.is_some() {
        memory.put(at + 2 * word, text)?;
    } else {
        let outside = memory.outside(text.len() + 1)?;
        memory.put(outside, text)?;
        memory.put_word(at + 2 * word, text.len() as u64)?;
        memory.put_address(at + 3 * word, outside)?;
    }
    Ok(at)
}

fn put_bytes(bytes: &[u8], word: usize, memory: &mut Memory) -> Result<usize, SnapshotError> {
    if bytes.len() <= LONGEST_INSIDE {
        let at = memory.inside(2 * word + bytes.len())?;
        memory.put_word(at + word, bytes.len() as u64)?;
        memory.put(at + 2 * word, bytes)?;
        return Ok(at);
    }
    // The complement of the length says that the bytes are elsewhere; the last word, that they are plain bytes.
    let at = memory.inside(4 * word)?;
    let outside = memory.outside(bytes.len())?;
    memory.put(outside, bytes)?;
    memory.put_word(at + word, !(bytes.len() as u64))?;
    memory.put_address(at + 2 * word, outside)?;
    Ok(at)
}

/// The hash that a text carries, so that maps need not reckon it on the device.
fn hash(text: &[u8]) -> u16 {
    let length = (text.len() & 0xffff) as u16;
    let step = |hash: u16, byte: &u8| hash.wrapping_mul(31).wrapping_add(u16::from(*byte));
    match text.iter().fold(length, step) {
        NO_HASH => 0,
        hash => hash,
    }
}

fn malformed(why: &'static str) -> SnapshotError {
    SnapshotError::Damaged { part: "snapshot", why: Undecodable::Malformed(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_of_the_virtual_machine() {
        // The one value that Toit's own tool asserts.
        assert_eq!(hash(b"hello world"), 64985);
        assert_eq!(hash(b""), 0);
    }

    #[test]
    fn numbers_fit_a_word_less_one_bit_and_the_sign() {
        assert_eq!(small((1 << 30) - 1, 4), Some(0x7fff_fffe));
        assert_eq!(small(-(1 << 30), 4).map(|value| value as u32), Some(0x8000_0000));
        assert_eq!((small(1 << 30, 4), small(-(1 << 30) - 1, 4)), (None, None));
        assert_eq!(small(-1, 8), Some(u64::MAX - 1));
        assert_eq!((small(1 << 62, 8), small(-(1 << 62), 8)), (None, Some(1 << 63)));
    }
}
