//! `Accept-Signature` (RFC 9421 §5.1): how a device asks for a signature, and hands out the nonce for it.

use core::fmt;

use super::input::{self, Input};
use super::{Denied, KeyId, LABEL, Nonce, request, sf};

/// What a device asks for: a signature with this key and this nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// The device's key.
    pub key_id: KeyId,
    /// To be used once, and soon.
    pub nonce: Nonce,
}

impl Challenge {
    /// Reads the value of the field.
    ///
    /// # Errors
    /// It is malformed, without a nonce, or asks for something else than `hmac-sha256` with a key of this kind.
    pub fn parse(field: &[u8]) -> Result<Self, Denied> {
        let input = sf::member(field, LABEL, Input::read)?.ok_or(Denied::Missing)?;
        input.check_algorithm()?;
        let nonce = input.nonce().and_then(Nonce::parse).ok_or(Denied::Malformed)?;
        Ok(Self { key_id: input.key_id()?, nonce })
    }
}

impl fmt::Display for Challenge {
    /// The value of the field; at most 256 bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&input::write(&request::ASKED_FOR, self.key_id, Some(&self.nonce)))
    }
}
