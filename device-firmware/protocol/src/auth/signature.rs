//! The two fields of a signature: found, computed, compared and written.

use base64ct::{Base64, Encoding};
use heapless::String;
use hmac::Mac;

use super::base::{self, Message};
use super::input::Input;
use super::sf::{self, Cursor};
use super::{Denied, LABEL, PairingKey, SIGNATURE, SIGNATURE_INPUT, fields, key};

/// A signature's bytes.
pub(super) type Bytes = [u8; 32];
/// `LABEL=:BASE64:`, which is also how a Content-Digest looks.
pub(super) type BytesText = String<64>;

/// The signature of a message, not yet verified.
pub(super) struct Claim<'a> {
    pub input: Input<'a>,
    pub signature: Bytes,
}

impl<'a> Claim<'a> {
    /// Finds the signature among a message's fields.
    pub fn find<I>(fields: impl Fn() -> I) -> Result<Self, Denied>
    where
        I: Iterator<Item = (&'a str, &'a [u8])>,
    {
        let input = fields::one(fields(), SIGNATURE_INPUT)?;
        let signature = fields::one(fields(), SIGNATURE)?;
        let (Some(input), Some(signature)) = (input, signature) else { return Err(Denied::Missing) };
        let input = sf::member(input, LABEL, Input::read)?.ok_or(Denied::Missing)?;
        let signature = sf::member(signature, LABEL, Cursor::bytes)?.ok_or(Denied::Missing)?;
        Ok(Self { input, signature: sf::decode_32(signature)? })
    }

    /// Insists on key, algorithm and components.
    pub fn check_terms(&self, key: &PairingKey, required: &[&str]) -> Result<(), Denied> {
        if self.input.key_id()? != key.id() {
            return Err(Denied::UnknownKey);
        }
        self.input.check_algorithm()?;
        self.input.check_covers(required)
    }

    /// Insists on the signature, in the same time whatever is wrong with it.
    pub fn verify(&self, key: &PairingKey, message: &impl Message) -> Result<(), Denied> {
        let mut mac = key::hmac(key.reveal());
        base::write(&self.input, message, &mut |bytes| mac.update(bytes))?;
        mac.verify_slice(&self.signature).map_err(|_| Denied::WrongSignature)
    }
}

/// The signature over what `input`, a whole field, covers of a message.
pub(super) fn sign(key: &[u8], input: &str, message: &impl Message) -> Result<Bytes, Denied> {
    let input = sf::member(input.as_bytes(), LABEL, Input::read)?.ok_or(Denied::Missing)?;
    let mut mac = key::hmac(key);
    base::write(&input, message, &mut |bytes| mac.update(bytes))?;
    Ok(mac.finalize().into_bytes().into())
}

/// A dictionary of one byte sequence.
pub(super) fn text(label: &str, bytes: &Bytes) -> BytesText {
    // It fits: a short label, 44 digits and three signs.
    [label, "=", &item(bytes)].into_iter().collect()
}

/// A byte sequence.
pub(super) fn item(bytes: &Bytes) -> BytesText {
    let mut buffer = [0; 44];
    let base64 = Base64::encode(bytes, &mut buffer).unwrap_or_default();
    [":", base64, ":"].into_iter().collect()
}
