//! The device's side: who may pass, and signed answers to who did.

use super::nonce::Nonces;
use super::signature::{Bytes, Claim};
use super::used::Used;
use super::{BodyDigest, Challenge, Denied, KeyId, PairingKey, Request, SignedAnswer};

/// Guards a paired device, from one boot to the next.
///
/// Nonces are recognised, not remembered: a counter with the uptime in it, and its MAC. Those of requests that
/// authenticated are remembered, so that none counts twice and only an owner can fill that table.
pub struct Gate {
    key: PairingKey,
    key_id: KeyId,
    nonces: Nonces,
    used: Used,
}

/// A request whose head is from the owner; its body has still to be judged.
#[must_use]
pub struct Signed {
    body: SignedBody,
    signature: Bytes,
}

/// How the signature binds the body.
enum SignedBody {
    Digest(BodyDigest),
    Image,
}

/// A request of who holds the key, body and all. Exists only behind a [`Gate`].
#[must_use]
pub struct Owner {
    signature: Bytes,
}

impl Gate {
    /// A gate for this key. `boot_secret` is drawn from the hardware's randomness at every start, or nonces of before
    /// the restart would count again. A nonce is good for `nonce_life_ms` milliseconds.
    #[must_use]
    pub fn new(key: PairingKey, boot_secret: [u8; 32], nonce_life_ms: u32) -> Self {
        Self { key_id: key.id(), key, nonces: Nonces::new(boot_secret, nonce_life_ms), used: Used::default() }
    }

    /// Which key opens it.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// A new nonce, for the next request. `now_ms` is the uptime in milliseconds, here and below.
    #[must_use]
    pub fn challenge(&mut self, now_ms: u64) -> Challenge {
        Challenge { key_id: self.key_id, nonce: self.nonces.issue(now_ms) }
    }

    /// Judges the head of a request. Its nonce is used up by that, if the request is the owner's.
    ///
    /// # Errors
    /// Why the request is not believed. The answer to that is 401, with a new [`Gate::challenge`].
    pub fn check<'a, F, I>(&mut self, request: &Request<'a, F>, now_ms: u64) -> Result<Signed, Denied>
    where
        F: Fn() -> I,
        I: Iterator<Item = (&'a str, &'a [u8])>,
    {
        let claim = Claim::find(&request.fields)?;
        claim.check_terms(&self.key, request.required())?;
        let body = if request.is_image() {
            SignedBody::Image
        } else {
            SignedBody::Digest(BodyDigest::find((request.fields)())?)
        };
        let counter = self.nonces.check(claim.input.nonce().ok_or(Denied::Incomplete)?, now_ms)?;
        claim.verify(&self.key, request)?;
        self.used.spend(counter)?;
        Ok(Signed { body, signature: claim.signature })
    }

    /// Signs an answer to the owner. It carries a new [`Gate::challenge`] besides, for the next request.
    #[must_use]
    pub fn answer(&self, owner: &Owner, status: u16, body: BodyDigest) -> SignedAnswer {
        SignedAnswer::new(&self.key, &owner.signature, status, body)
    }
}

impl Signed {
    /// The request with its whole body; empty if it has none.
    ///
    /// # Errors
    /// [`Denied::DigestMismatch`] if it is another body, [`Denied::Incomplete`] if the signature covers an image.
    pub fn with_body(self, body: &[u8]) -> Result<Owner, Denied> {
        let SignedBody::Digest(digest) = &self.body else { return Err(Denied::Incomplete) };
        digest.check(body)?;
        Ok(Owner { signature: self.signature })
    }

    /// The request with an image, of which the signature covers the length. The bytes must be judged by the digest in
    /// the order that they belong to.
    ///
    /// # Errors
    /// [`Denied::Incomplete`] if this is not a request with an image: its body has a digest, which must be checked.
    pub fn with_image(self) -> Result<Owner, Denied> {
        match self.body {
            SignedBody::Image => Ok(Owner { signature: self.signature }),
            SignedBody::Digest(_) => Err(Denied::Incomplete),
        }
    }
}
