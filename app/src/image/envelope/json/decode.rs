//! Reads JSON, with what Toit's library accepts: leading zeros, any escaped character, a key twice (the last one counts).

use super::super::value::put;
use super::super::{Undecodable, Value};
use super::number::take_number;

/// Lists in lists: properties have two or three.
const MAX_DEPTH: usize = 64;
/// Keys of one map.
const MAX_KEYS: usize = 4096;
/// Properties have some hundred bytes.
const MAX_BYTES: usize = 1 << 20;

/// The value that these bytes are, all of them.
///
/// # Errors
/// They are no JSON, have more than 1 MiB, or are nested more than 64 deep.
pub fn decode(bytes: &[u8]) -> Result<Value, Undecodable> {
    if bytes.len() > MAX_BYTES {
        return Err(Undecodable::TooLarge);
    }
    let mut reader = Reader { rest: bytes };
    let value = reader.value(0)?;
    reader.skip_space();
    if reader.rest.is_empty() { Ok(value) } else { Err(Undecodable::Trailing) }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, Undecodable> {
        if depth > MAX_DEPTH {
            return Err(Undecodable::TooDeep);
        }
        self.skip_space();
        match self.peek()? {
            b'"' => self.text().map(Value::Text),
            b'{' => self.map(depth),
            b'[' => self.list(depth),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'n' => self.word("null", Value::Null),
            b'-' | b'0'..=b'9' => {
                let (value, length) = take_number(self.rest)?;
                self.advance(length);
                Ok(value)
            }
            _ => Err(Undecodable::Malformed("it is no JSON")),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Undecodable> {
        self.expect(b'[')?;
        let mut values = Vec::new();
        while !self.ends_with(b']', values.is_empty())? {
            values.push(self.value(depth + 1)?);
        }
        Ok(Value::List(values))
    }

    fn map(&mut self, depth: usize) -> Result<Value, Undecodable> {
        self.expect(b'{')?;
        let mut pairs = Vec::new();
        while !self.ends_with(b'}', pairs.is_empty())? {
            self.skip_space();
            let key = self.text()?;
            self.skip_space();
            self.expect(b':')?;
            put(&mut pairs, &key, self.value(depth + 1)?);
            if pairs.len() > MAX_KEYS {
                return Err(Undecodable::TooLarge);
            }
        }
        Ok(Value::Map(pairs))
    }

    /// Whether a list or a map ends here; if it does not, a comma is passed over, unless it has just begun.
    fn ends_with(&mut self, end: u8, begun: bool) -> Result<bool, Undecodable> {
        self.skip_space();
        if self.peek()? == end {
            self.advance(1);
            return Ok(true);
        }
        if !begun {
            self.expect(b',')?;
        }
        Ok(false)
    }

    fn text(&mut self) -> Result<String, Undecodable> {
        self.expect(b'"')?;
        let mut text = Vec::new();
        loop {
            match self.next()? {
                b'"' => return String::from_utf8(text).map_err(|_| Undecodable::NotText),
                b'\\' => self.escape(&mut text)?,
                byte => text.push(byte),
            }
        }
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), Undecodable> {
        let byte = match self.next()? {
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let char = self.code_point()?;
                text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            other => other,
        };
        text.push(byte);
        Ok(())
    }

    fn code_point(&mut self) -> Result<char, Undecodable> {
        let mut code = self.four_digits()?;
        if (0xd800..0xdc00).contains(&code) {
            self.expect(b'\\')?;
            self.expect(b'u')?;
            let low = self.four_digits()?;
            if !(0xdc00..0xe000).contains(&low) {
                return Err(Undecodable::NotText);
            }
            code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
        }
        char::from_u32(code).ok_or(Undecodable::NotText)
    }

    fn four_digits(&mut self) -> Result<u32, Undecodable> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16);
            code = code * 16 + digit.ok_or(Undecodable::Malformed("an escape in it is broken"))?;
        }
        Ok(code)
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Undecodable> {
        word.bytes().try_for_each(|byte| self.expect(byte))?;
        Ok(value)
    }

    fn expect(&mut self, wanted: u8) -> Result<(), Undecodable> {
        if self.next()? == wanted { Ok(()) } else { Err(Undecodable::Malformed("it is no JSON")) }
    }

    fn next(&mut self) -> Result<u8, Undecodable> {
        let byte = self.peek()?;
        self.advance(1);
        Ok(byte)
    }

    fn peek(&self) -> Result<u8, Undecodable> {
        self.rest.first().copied().ok_or(Undecodable::Truncated)
    }

    fn advance(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    fn skip_space(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }
}
