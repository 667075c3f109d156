//! The numbers, texts and lists that Toit's binary forms are made of, read one after the other.

use super::Undecodable;

/// What has not been read yet.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// All that has not been read yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// So many bytes.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8], Undecodable> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Undecodable::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// So many bytes that are text.
    pub fn text(&mut self, length: usize) -> Result<&'a str, Undecodable> {
        std::str::from_utf8(self.bytes(length)?).map_err(|_| Undecodable::NotText)
    }

    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Undecodable> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(Undecodable::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub fn byte(&mut self) -> Result<u8, Undecodable> {
        self.array().map(|[byte]| byte)
    }

    pub fn u32(&mut self) -> Result<u32, Undecodable> {
        self.array().map(u32::from_le_bytes)
    }

    /// Seven bits a byte, the low ones first; the top bit says that more follows. At most 64 bits.
    pub fn cardinal(&mut self) -> Result<u64, Undecodable> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if (bits << shift) >> shift != bits {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Undecodable::Malformed("a number in it has more than 64 bits"))
    }

    /// A cardinal that counts things of at least one byte each.
    pub fn count(&mut self) -> Result<usize, Undecodable> {
        let count = self.cardinal()?;
        self.there(count)
    }

    /// So many things of at least one byte each must be there still.
    pub fn there(&self, count: u64) -> Result<usize, Undecodable> {
        let count = usize::try_from(count).map_err(|_| Undecodable::Truncated)?;
        Some(count).filter(|count| *count <= self.rest.len()).ok_or(Undecodable::Truncated)
    }

    /// Counted items of `width` bytes each, as they stand.
    pub fn list(&mut self, width: usize) -> Result<&'a [u8], Undecodable> {
        let count = self.array().map(i32::from_le_bytes)?;
        let count =
            usize::try_from(count).map_err(|_| Undecodable::Malformed("a list has a negative length"))?;
        self.bytes(count.checked_mul(width).ok_or(Undecodable::Truncated)?)
    }
}
