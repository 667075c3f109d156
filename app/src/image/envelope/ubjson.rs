//! Universal Binary JSON, as Toit writes it: what `firmware.config` is on a device. Numbers are big endian.

use super::reader::Reader;
use super::value::put;
use super::{Undecodable, Value};

const MAX_DEPTH: usize = 64;
/// Values in one document: a typed list of nulls takes no bytes for them.
const MAX_VALUES: usize = 1 << 16;
const MAX_KEYS: usize = 4096;

/// The value as UBJSON.
#[must_use]
pub fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    put_value(&mut out, value);
    out
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(b'Z'),
        Value::Bool(true) => out.push(b'T'),
        Value::Bool(false) => out.push(b'F'),
        Value::Int(number) => put_int(out, *number),
        Value::Float(number) => put_tagged(out, b'D', &number.to_be_bytes()),
        Value::Text(text) => {
            out.push(b'S');
            put_sized(out, text.as_bytes());
        }
        Value::Bytes(bytes) => {
            out.extend_from_slice(b"[$U#");
            put_sized(out, bytes);
        }
        Value::List(values) => {
            out.extend_from_slice(b"[#");
            put_length(out, values.len());
            values.iter().for_each(|value| put_value(out, value));
        }
        Value::Map(pairs) => {
            out.extend_from_slice(b"{#");
            put_length(out, pairs.len());
            for (key, value) in pairs {
                put_sized(out, key.as_bytes());
                put_value(out, value);
            }
        }
    }
}

fn put_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    put_int(out, i64::try_from(length).unwrap_or(i64::MAX));
}

/// In the smallest type that holds it; from 128 to 255 that is the one without a sign.
fn put_int(out: &mut Vec<u8>, number: i64) {
    if let Ok(number) = u8::try_from(number) {
        put_tagged(out, b'U', &[number]);
    } else if let Ok(number) = i8::try_from(number) {
        put_tagged(out, b'i', &number.to_be_bytes());
    } else if let Ok(number) = i16::try_from(number) {
        put_tagged(out, b'I', &number.to_be_bytes());
    } else if let Ok(number) = i32::try_from(number) {
        put_tagged(out, b'l', &number.to_be_bytes());
    } else {
        put_tagged(out, b'L', &number.to_be_bytes());
    }
}

fn put_tagged(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    out.extend_from_slice(bytes);
}

/// The value that these bytes are, all of them.
///
/// # Errors
/// They are no UBJSON, have a number of arbitrary precision, or more than 65,536 values.
pub fn decode(bytes: &[u8]) -> Result<Value, Undecodable> {
    let mut values = Values { reader: Reader::new(bytes), left: MAX_VALUES };
    let tag = values.tag()?;
    let value = values.value(tag, 0)?;
    if values.reader.rest().iter().all(|byte| *byte == b'N') { Ok(value) } else { Err(Undecodable::Trailing) }
}

struct Values<'a> {
    reader: Reader<'a>,
    left: usize,
}

impl Values<'_> {
    fn value(&mut self, tag: u8, depth: usize) -> Result<Value, Undecodable> {
        self.left = self.left.checked_sub(1).ok_or(Undecodable::TooLarge)?;
        Ok(match tag {
            b'Z' => Value::Null,
            b'T' => Value::Bool(true),
            b'F' => Value::Bool(false),
            b'd' => Value::Float(f32::from_be_bytes(self.reader.array()?).into()),
            b'D' => Value::Float(f64::from_be_bytes(self.reader.array()?)),
            b'S' => Value::Text(self.text()?),
            b'[' if depth < MAX_DEPTH => self.list(depth + 1)?,
            b'{' if depth < MAX_DEPTH => self.map(depth + 1)?,
            b'[' | b'{' => return Err(Undecodable::TooDeep),
            other => Value::Int(self.int(other)?),
        })
    }

    fn int(&mut self, tag: u8) -> Result<i64, Undecodable> {
        Ok(match tag {
            b'U' => u8::from_be_bytes(self.reader.array()?).into(),
            b'i' => i8::from_be_bytes(self.reader.array()?).into(),
            b'I' => i16::from_be_bytes(self.reader.array()?).into(),
            b'l' => i32::from_be_bytes(self.reader.array()?).into(),
            b'L' => i64::from_be_bytes(self.reader.array()?),
            _ => return Err(Undecodable::Malformed("it is no UBJSON")),
        })
    }

    fn list(&mut self, depth: usize) -> Result<Value, Undecodable> {
        let shape = self.shape()?;
        if shape.of == Some(b'U') {
            let count = shape.count.ok_or(Undecodable::Malformed("a typed list without a length"))?;
            return Ok(Value::Bytes(self.reader.bytes(count)?.to_vec()));
        }
        let mut values = Vec::new();
        while let Some(tag) = self.member(&shape, values.len(), b']')? {
            values.push(self.value(tag, depth)?);
        }
        Ok(Value::List(values))
    }

    fn map(&mut self, depth: usize) -> Result<Value, Undecodable> {
        let shape = self.shape()?;
        let (mut pairs, mut seen) = (Vec::new(), 0);
        while !self.is_over(&shape, seen, b'}')? {
            let key = self.text()?;
            let tag = shape.of.map_or_else(|| self.tag(), Ok)?;
            put(&mut pairs, &key, self.value(tag, depth)?);
            seen += 1;
            if pairs.len() > MAX_KEYS {
                return Err(Undecodable::TooLarge);
            }
        }
        Ok(Value::Map(pairs))
    }

    /// The tag of the next value of a list; `None` at its end.
    fn member(&mut self, shape: &Shape, seen: usize, end: u8) -> Result<Option<u8>, Undecodable> {
        if self.is_over(shape, seen, end)? {
            return Ok(None);
        }
        shape.of.map_or_else(|| self.tag(), Ok).map(Some)
    }

    fn is_over(&mut self, shape: &Shape, seen: usize, end: u8) -> Result<bool, Undecodable> {
        if let Some(count) = shape.count {
            return Ok(seen == count);
        }
        self.skip_nothing();
        let over = self.reader.rest().first().ok_or(Undecodable::Truncated)? == &end;
        if over {
            self.reader.byte()?;
        }
        Ok(over)
    }

    fn shape(&mut self) -> Result<Shape, Undecodable> {
        let of = self.optional(b'$').then(|| self.tag()).transpose()?;
        let count = self.optional(b'#').then(|| self.length()).transpose()?;
        if of.is_some() && count.is_none() {
            return Err(Undecodable::Malformed("a typed list without a length"));
        }
        Ok(Shape { of, count })
    }

    fn text(&mut self) -> Result<String, Undecodable> {
        let length = self.length()?;
        self.reader.text(length).map(str::to_owned)
    }

    fn length(&mut self) -> Result<usize, Undecodable> {
        let tag = self.tag()?;
        let length = self.int(tag)?;
        usize::try_from(length).map_err(|_| Undecodable::Malformed("a length in it is negative"))
    }

    fn tag(&mut self) -> Result<u8, Undecodable> {
        self.skip_nothing();
        self.reader.byte()
    }

    /// `N` stands for nothing, between values.
    fn skip_nothing(&mut self) {
        while self.optional(b'N') {}
    }

    fn optional(&mut self, byte: u8) -> bool {
        let found = self.reader.rest().first() == Some(&byte);
        found && self.reader.byte().is_ok()
    }
}

/// What stands before the values of a list or map.
struct Shape {
    of: Option<u8>,
    count: Option<usize>,
}

#[cfg(test)]
mod tests;
