//! TISON, the form of the virtual machine's messages: what the assets `wifi`, `images` and `config` are written in.

use super::reader::Reader;
use super::value::put;
use super::{Undecodable, Value};

/// Magic number with the version, 1, in its second byte.
const MAGIC: [u8; 4] = [0xf7, 0x01, 0x89, 0xa6];
/// The virtual machine nests no deeper: a number in seven lists is the eighth.
const MAX_DEPTH: usize = 8;
const MAX_KEYS: usize = 4096;
/// Assets in this form have some hundred bytes.
const MAX_BYTES: usize = 1 << 20;

const POSITIVE: u8 = 1;
const NEGATIVE: u8 = 2;
const NULL: u8 = 3;
const TRUE: u8 = 4;
const FALSE: u8 = 5;
const LIST: u8 = 6;
const DOUBLE: u8 = 7;
const LARGE_INT: u8 = 8;
const MAP: u8 = 9;
const TEXT: u8 = 11;
const BYTES: u8 = 13;

/// The whole numbers that the tool, on a host of 64 bits, keeps in a word: 63 bits.
const SMALL: std::ops::Range<i64> = -(1 << 62)..1 << 62;

/// The value as TISON.
///
/// # Errors
/// It is nested more than 8 deep.
pub fn encode(value: &Value) -> Result<Vec<u8>, Undecodable> {
    let mut payload = Vec::new();
    put_value(&mut payload, value, 1)?;
    let mut out = MAGIC.to_vec();
    put_cardinal(&mut out, payload.len() as u64);
    out.append(&mut payload);
    Ok(out)
}

fn put_value(out: &mut Vec<u8>, value: &Value, depth: usize) -> Result<(), Undecodable> {
    if depth > MAX_DEPTH {
        return Err(Undecodable::TooDeep);
    }
    match value {
        Value::Null => out.push(NULL),
        Value::Bool(true) => out.push(TRUE),
        Value::Bool(false) => out.push(FALSE),
        Value::Int(number) => put_int(out, *number),
        Value::Float(number) => {
            out.push(DOUBLE);
            out.extend_from_slice(&number.to_le_bytes());
        }
        Value::Text(text) => put_sized(out, TEXT, text.as_bytes()),
        Value::Bytes(bytes) => put_sized(out, BYTES, bytes),
        Value::List(values) => {
            put_count(out, LIST, values.len());
            values.iter().try_for_each(|value| put_value(out, value, depth + 1))?;
        }
        Value::Map(pairs) => {
            put_count(out, MAP, pairs.len());
            for (key, value) in pairs {
                put_sized(out, TEXT, key.as_bytes());
                put_value(out, value, depth + 1)?;
            }
        }
    }
    Ok(())
}

fn put_int(out: &mut Vec<u8>, number: i64) {
    if SMALL.contains(&number) {
        out.push(if number < 0 { NEGATIVE } else { POSITIVE });
        put_cardinal(out, number.unsigned_abs());
    } else {
        out.push(LARGE_INT);
        out.extend_from_slice(&number.to_le_bytes());
    }
}

fn put_sized(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    put_count(out, tag, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_count(out: &mut Vec<u8>, tag: u8, count: usize) {
    out.push(tag);
    put_cardinal(out, count as u64);
}

/// Seven bits a byte, the low ones first; the eighth says that more follow.
fn put_cardinal(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or_default());
}

/// The value that these bytes are, all of them.
///
/// # Errors
/// They are no TISON, have more than 1 MiB, are nested more than 8 deep, or a map has a key that is no text.
pub fn decode(bytes: &[u8]) -> Result<Value, Undecodable> {
    if bytes.len() > MAX_BYTES {
        return Err(Undecodable::TooLarge);
    }
    let rest = bytes.strip_prefix(&MAGIC).ok_or(Undecodable::Malformed("it is no TISON"))?;
    let mut reader = Reader::new(rest);
    let length = reader.cardinal()?;
    match length.cmp(&(reader.rest().len() as u64)) {
        std::cmp::Ordering::Greater => return Err(Undecodable::Truncated),
        std::cmp::Ordering::Less => return Err(Undecodable::Trailing),
        std::cmp::Ordering::Equal => {}
    }
    let value = value(&mut reader, 0)?;
    if reader.rest().is_empty() { Ok(value) } else { Err(Undecodable::Trailing) }
}

fn value(reader: &mut Reader, depth: usize) -> Result<Value, Undecodable> {
    if depth > MAX_DEPTH {
        return Err(Undecodable::TooDeep);
    }
    Ok(match reader.byte()? {
        POSITIVE => Value::Int(small_int(reader)?),
        NEGATIVE => Value::Int(-small_int(reader)?),
        NULL => Value::Null,
        TRUE => Value::Bool(true),
        FALSE => Value::Bool(false),
        LIST => Value::List(list(reader, depth)?),
        DOUBLE => Value::Float(f64::from_le_bytes(reader.array()?)),
        LARGE_INT => Value::Int(i64::from_le_bytes(reader.array()?)),
        MAP => map(reader, depth)?,
        TEXT => Value::Text(text(reader)?),
        BYTES => Value::Bytes(sized(reader)?.to_vec()),
        _ => return Err(Undecodable::Malformed("it has a value of an unknown kind")),
    })
}

fn small_int(reader: &mut Reader) -> Result<i64, Undecodable> {
    i64::try_from(reader.cardinal()?).map_err(|_| Undecodable::Malformed("a number in it is too large"))
}

fn list(reader: &mut Reader, depth: usize) -> Result<Vec<Value>, Undecodable> {
    // Each value takes a byte at least, so what is read bounds what is kept.
    let count = reader.cardinal()?;
    (0..count).map(|_| value(reader, depth + 1)).collect()
}

fn map(reader: &mut Reader, depth: usize) -> Result<Value, Undecodable> {
    let count = reader.cardinal()?;
    let mut pairs = Vec::new();
    for _ in 0..count {
        if reader.byte()? != TEXT {
            return Err(Undecodable::Malformed("it has a key that is no text"));
        }
        let key = text(reader)?;
        put(&mut pairs, &key, value(reader, depth + 1)?);
        if pairs.len() > MAX_KEYS {
            return Err(Undecodable::TooLarge);
        }
    }
    Ok(Value::Map(pairs))
}

fn text(reader: &mut Reader) -> Result<String, Undecodable> {
    let length = length(reader)?;
    reader.text(length).map(str::to_owned)
}

fn sized<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Undecodable> {
    let length = length(reader)?;
    reader.bytes(length)
}

fn length(reader: &mut Reader) -> Result<usize, Undecodable> {
    usize::try_from(reader.cardinal()?).map_err(|_| Undecodable::Truncated)
}

#[cfg(test)]
mod tests;
