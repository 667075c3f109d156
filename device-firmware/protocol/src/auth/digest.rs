//! `Content-Digest` (RFC 9530): the SHA-256 of a body, by which a signature covers it.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use super::sf::{self, Cursor};
use super::signature::{self, BytesText};
use super::{CONTENT_DIGEST, Denied, fields};

/// The one algorithm that has to be there; others beside it are not looked at.
const SHA_256: &str = "sha-256";

/// The SHA-256 of a whole body. No body has the digest of nothing.
#[derive(Clone, Copy)]
pub struct BodyDigest([u8; 32]);

/// Digests a body that comes in pieces.
#[derive(Clone, Default)]
pub struct BodyHasher(Sha256);

impl BodyDigest {
    /// The digest of a body.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    /// What the field says; all of its members have to be byte sequences.
    pub(super) fn find<'a>(fields: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<Self, Denied> {
        let field = fields::one(fields, CONTENT_DIGEST)?.ok_or(Denied::Incomplete)?;
        let digest = sf::member(field, SHA_256, Cursor::bytes)?.ok_or(Denied::Incomplete)?;
        sf::decode_32(digest).map(Self)
    }

    /// Insists that this is the digest of `body`.
    pub(super) fn check(&self, body: &[u8]) -> Result<(), Denied> {
        let same = self.0.ct_eq(&Self::of(body).0);
        if bool::from(same) { Ok(()) } else { Err(Denied::DigestMismatch) }
    }

    /// The value of the field.
    pub(super) fn text(&self) -> BytesText {
        signature::text(SHA_256, &self.0)
    }
}

impl BodyHasher {
    /// Takes the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces.
    #[must_use]
    pub fn finish(self) -> BodyDigest {
        BodyDigest(self.0.finalize().into())
    }
}
