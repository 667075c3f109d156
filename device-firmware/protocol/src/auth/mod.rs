//! Request authentication: a paired device takes orders only from who holds its key, and signs what it answers.
//!
//! HTTP Message Signatures (RFC 9421, `hmac-sha256`) over method, path, query and the body's Content-Digest (RFC 9530).
//! The device hands out nonces in `Accept-Signature`; they cost it nothing, see [`Gate`]. An answer covers its status,
//! its body and the signature of the request it answers, so that nobody else can claim success or replay an old one.
//! RFC 9421 §2.4 advises against covering a signature, because with public keys another key may fit it. Here one secret
//! does both, and an HMAC stands for all that it covers: the method, the path, the body and the nonce of that request.
//!
//! On the device, which has a [`Gate`] if it is paired:
//! 1. 401 and other answers to strangers carry [`Gate::challenge`];
//! 2. [`Gate::check`] judges the head of a request, [`Signed::with_body`] its body;
//! 3. [`Gate::answer`] signs the answer to the [`Owner`] that comes out of it; a new challenge goes along.
//!
//! On the host: [`Challenge::parse`], [`SignedRequest::new`], [`SignedRequest::check_answer`].

mod answer;
mod base;
mod challenge;
mod denied;
mod digest;
mod fields;
mod gate;
mod input;
mod key;
mod nonce;
mod request;
mod sf;
mod signature;
mod used;
#[cfg(test)]
mod vectors;

pub use answer::{Answer, SignedAnswer};
pub use challenge::Challenge;
pub use denied::Denied;
pub use digest::{BodyDigest, BodyHasher};
pub use gate::{Gate, Owner, Signed};
pub use key::{KeyId, NotAKey, PairingKey};
pub use nonce::Nonce;
pub use request::{Body, Request, SignedRequest};

/// The field a device hands out nonces in, RFC 9421 §5.1.
pub const ACCEPT_SIGNATURE: &str = "accept-signature";
/// The field with the digest of a body, RFC 9530.
pub const CONTENT_DIGEST: &str = "content-digest";
/// The field that says what a signature covers, RFC 9421 §4.1.
pub const SIGNATURE_INPUT: &str = "signature-input";
/// The field with the signature, RFC 9421 §4.2.
pub const SIGNATURE: &str = "signature";

/// The label of the one signature that counts in a message.
const LABEL: &str = "sig";
/// The one algorithm, RFC 9421 §3.3.3.
const ALGORITHM: &str = "hmac-sha256";
