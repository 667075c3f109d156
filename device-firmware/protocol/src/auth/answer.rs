//! Answers: signed by the device over status, body and the request's signature; verified by the host.

use core::fmt::Write;

use heapless::String;

use super::base::{self, Message, Put};
use super::input::{self, InputText};
use super::signature::{self, Bytes, BytesText, Claim};
use super::{BodyDigest, CONTENT_DIGEST, Denied, LABEL, PairingKey, SIGNATURE, SIGNATURE_INPUT, fields};

const STATUS: &str = r#""@status""#;
/// The request's signature, RFC 9421 §2.4.
const ANSWERED: &str = r#""signature";req;key="sig""#;
/// What an answer's signature must cover.
const REQUIRED: [&str; 3] = [STATUS, r#""content-digest""#, ANSWERED];

/// An answer, as it was received.
#[derive(Clone, Copy)]
pub struct Answer<'a, F> {
    /// The HTTP status.
    pub status: u16,
    /// All header fields; called more than once.
    pub fields: F,
    /// The whole body.
    pub body: &'a [u8],
}

/// An answer, and the request's signature that it has to belong to.
pub(super) struct Pair<'s, F> {
    pub status: u16,
    pub fields: F,
    pub request: &'s Bytes,
}

impl<'a, F, I> Message for Pair<'_, F>
where
    F: Fn() -> I,
    I: Iterator<Item = (&'a str, &'a [u8])>,
{
    fn value(&self, component: &str, put: Put<'_>) -> Result<(), Denied> {
        match component {
            STATUS => {
                let mut digits = String::<5>::new();
                write!(digits, "{}", self.status).map_err(|_| Denied::Malformed)?;
                base::put_value(digits.as_bytes(), put)
            }
            ANSWERED => {
                put(signature::item(self.request).as_bytes());
                Ok(())
            }
            _ => {
                let name = base::field_name(component)?;
                base::put_value(fields::one((self.fields)(), name)?.ok_or(Denied::Incomplete)?, put)
            }
        }
    }
}

impl<'a, F, I> Answer<'a, F>
where
    F: Fn() -> I,
    I: Iterator<Item = (&'a str, &'a [u8])>,
{
    /// Insists that it is signed with this key, and in answer to the request with this signature.
    pub(super) fn check(&self, key: &PairingKey, request: &Bytes) -> Result<(), Denied> {
        let claim = Claim::find(&self.fields)?;
        claim.check_terms(key, &REQUIRED)?;
        let digest = BodyDigest::find((self.fields)())?;
        claim.verify(key, &Pair { status: self.status, fields: &self.fields, request })?;
        digest.check(self.body)
    }
}

/// The fields that sign an answer.
pub struct SignedAnswer {
    digest: BytesText,
    input: InputText,
    signature: BytesText,
}

impl SignedAnswer {
    /// Signs the answer to the request with this signature.
    pub(super) fn new(key: &PairingKey, request: &Bytes, status: u16, body: BodyDigest) -> Self {
        let digest = body.text();
        let field = (CONTENT_DIGEST, digest.as_bytes());
        let pair = Pair { status, fields: || core::iter::once(field), request };
        let input = input::write(&REQUIRED, key.id(), None);
        // Digits and a digest can always be signed; no host would take the zeros.
        let signature = signature::sign(key.reveal(), &input, &pair).unwrap_or_default();
        Self { signature: signature::text(LABEL, &signature), digest, input }
    }

    /// The fields to send, name and value; some 280 bytes on the wire.
    pub fn fields(&self) -> [(&'static str, &str); 3] {
        [(CONTENT_DIGEST, &self.digest), (SIGNATURE_INPUT, &self.input), (SIGNATURE, &self.signature)]
    }
}
