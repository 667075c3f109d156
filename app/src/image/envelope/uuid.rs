//! The identifiers of Toit: of systems, snapshots and containers.

use std::fmt;
use std::str::FromStr;

use sha1::{Digest as _, Sha1};

use super::EnvelopeError;

/// An identifier of 16 bytes. Not all of them carry the bits of an RFC 9562 UUID: those of containers are plain digests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// All zero: no system.
    pub const NIL: Self = Self([0; 16]);

    /// A random one (version 4).
    ///
    /// # Errors
    /// The operating system gives no random numbers.
    pub fn fresh() -> Result<Self, EnvelopeError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(EnvelopeError::Random)?;
        Ok(Self(marked(bytes, 4)))
    }

    /// The system that containers of this SDK belong to, unless the envelope names another.
    ///
    /// As version 5, with one difference that Toit's tool has: the namespace is hashed as text.
    #[must_use]
    pub fn sdk_uuid(version: &str) -> Self {
        let digest = Sha1::new().chain_update(b"toit:sdk-version").chain_update(version).finalize();
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest).for_each(|(byte, from)| *byte = from);
        Self(marked(bytes, 5))
    }
}

/// The version and the variant of RFC 9562 in their bits.
const fn marked(mut bytes: [u8; 16], version: u8) -> [u8; 16] {
    bytes[6] = (bytes[6] & 0x0f) | (version << 4);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    bytes
}

impl FromStr for Uuid {
    type Err = EnvelopeError;

    /// 32 hex digits, with dashes between bytes or without any.
    fn from_str(text: &str) -> Result<Self, EnvelopeError> {
        parse(text).map(Self).ok_or_else(|| EnvelopeError::Uuid(text.to_owned()))
    }
}

/// As Toit reads it: before each byte there may be a dash.
fn parse(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0_u8; 16];
    let mut rest = text.as_bytes();
    for byte in &mut bytes {
        rest = rest.strip_prefix(b"-").unwrap_or(rest);
        let (digits, after) = rest.split_first_chunk::<2>()?;
        for digit in digits {
            let value = u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
            *byte = (*byte << 4) | value;
        }
        rest = after;
    }
    rest.is_empty().then_some(bytes)
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_may_stand_between_any_two_bytes() {
        let text = "00112233-4455-6677-8899-aabbccddeeff";
        let uuid: Uuid = text.parse().unwrap();
        assert_eq!(uuid.0[..3], [0, 0x11, 0x22]);
        assert_eq!(uuid.to_string(), text);
        for same in [&text.replace('-', "").to_uppercase(), "0011223344556677-8899-aabbccddeeff"] {
            assert_eq!(same.parse::<Uuid>().unwrap(), uuid);
        }
        let long = format!("{text}0");
        for wrong in ["", "0011", "g", &text[1..], &long, "0011223344556677889-aabbccddeeff", "--001122"] {
            assert!(wrong.parse::<Uuid>().is_err(), "{wrong}");
        }
        for wrong in ["0011223344556677--8899aabbccddeeff", "00112233445566778899aabbccddeeff-"] {
            assert!(wrong.parse::<Uuid>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn fresh_ones_differ_and_carry_their_version() {
        let (one, other) = (Uuid::fresh().unwrap(), Uuid::fresh().unwrap());
        assert_ne!(one, other);
        assert_eq!((one.0[6] >> 4, one.0[8] >> 6), (4, 2));
    }

    #[test]
    fn an_sdk_has_the_uuid_that_follows_from_its_version() {
        // Worked out with Python's hashlib.
        assert_eq!(Uuid::sdk_uuid("v2.0.0-alpha.195").to_string(), "98e7236d-227b-5022-b2fb-deb9b26d0966");
    }
}
