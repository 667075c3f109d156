//! The part of Structured Fields (RFC 9651) that signatures need, read strictly and without copies.
//!
//! Only what a serialiser writes is taken: one spelling for each meaning, so that two readers cannot differ.
//! Around the commas of a dictionary spaces are free, because proxies join lines there.

use base64ct::{Base64, Encoding};

use super::Denied;

/// No field is longer than this, in bytes.
pub(super) const MAX_FIELD: usize = 512;

/// A field that is read from left to right.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// At the start of a field, which is visible ASCII and spaces.
    pub fn new(field: &'a [u8]) -> Result<Self, Denied> {
        let field = field.trim_ascii();
        let plain = field.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\t'));
        match core::str::from_utf8(field) {
            Ok(rest) if plain && field.len() <= MAX_FIELD => Ok(Self { rest }),
            _ => Err(Denied::Malformed),
        }
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a str {
        self.rest
    }

    /// What was read since the rest was `start`.
    pub fn since(&self, start: &'a str) -> &'a str {
        start.get(..start.len().saturating_sub(self.rest.len())).unwrap_or_default()
    }

    /// Reads `text`, if that comes next.
    pub fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads `text`, which has to come next.
    pub fn expect(&mut self, text: &str) -> Result<(), Denied> {
        if self.eat(text) { Ok(()) } else { Err(Denied::Malformed) }
    }

    /// Reads bytes of a kind, at least one.
    fn run(&mut self, kind: fn(u8) -> bool) -> Result<&'a str, Denied> {
        let len = self.rest.bytes().take_while(|&byte| kind(byte)).count();
        let (run, rest) = self.rest.split_at_checked(len).ok_or(Denied::Malformed)?;
        self.rest = rest;
        if run.is_empty() { Err(Denied::Malformed) } else { Ok(run) }
    }

    /// A key: lower-case letters, digits and `_-.*`, the first a letter or `*`.
    pub fn key(&mut self) -> Result<&'a str, Denied> {
        let key = self.run(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'*'))?;
        if key.starts_with(|first: char| first.is_ascii_lowercase() || first == '*') {
            Ok(key)
        } else {
            Err(Denied::Malformed)
        }
    }

    /// A string without spaces and escapes, which no name and no parameter here needs; not empty.
    pub fn string(&mut self) -> Result<&'a str, Denied> {
        self.expect("\"")?;
        let text = self.run(|byte| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~'))?;
        self.expect("\"")?;
        Ok(text)
    }

    /// A whole number of at most 15 digits, in its shortest form.
    pub fn integer(&mut self) -> Result<(), Denied> {
        let negative = self.eat("-");
        let digits = self.run(|byte| byte.is_ascii_digit())?;
        let shortest = !digits.starts_with('0') || (digits == "0" && !negative);
        if shortest && digits.len() <= 15 { Ok(()) } else { Err(Denied::Malformed) }
    }

    /// A byte sequence: its base64.
    pub fn bytes(&mut self) -> Result<&'a str, Denied> {
        self.expect(":")?;
        let text = self.run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))?;
        self.expect(":")?;
        Ok(text)
    }

    /// Goes on behind a comma; `false` at the end of the field.
    fn next_member(&mut self) -> Result<bool, Denied> {
        self.rest = self.rest.trim_ascii_start();
        if self.rest.is_empty() {
            return Ok(false);
        }
        self.expect(",")?;
        self.rest = self.rest.trim_ascii_start();
        Ok(true)
    }
}

/// The member `label` of a dictionary, of which `value` reads every member; `None` if it is not there.
pub(super) fn member<'a, T>(
    field: &'a [u8],
    label: &str,
    value: impl Fn(&mut Cursor<'a>) -> Result<T, Denied>,
) -> Result<Option<T>, Denied> {
    let mut cursor = Cursor::new(field)?;
    let mut found = None;
    loop {
        let key = cursor.key()?;
        cursor.expect("=")?;
        let read = value(&mut cursor)?;
        // RFC 9651 lets the last one win; others take the first.
        if key == label && found.replace(read).is_some() {
            return Err(Denied::Malformed);
        }
        if !cursor.next_member()? {
            return Ok(found);
        }
    }
}

/// 32 bytes of base64, in the one spelling that has no stray bits.
pub(super) fn decode_32(base64: &str) -> Result<[u8; 32], Denied> {
    let mut bytes = [0; 32];
    match Base64::decode(base64, &mut bytes) {
        Ok(decoded) if decoded.len() == 32 && base64.len() == 44 => Ok(bytes),
        _ => Err(Denied::Malformed),
    }
}
