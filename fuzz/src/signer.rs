//! A signer for signature sectors whose private key everybody knows.

use std::sync::OnceLock;

use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::ecdsa::{Signature, SigningKey};
use sha2::{Digest as _, Sha256};
use skylift_updater::signature::{BLOCK_LEN, KeyDigest, p256_block};

/// The digest of what is signed.
pub const SIGNED: [u8; 32] = [0x5A; 32];

/// A block with a signature over [`SIGNED`].
///
/// # Panics
/// It cannot be signed.
#[must_use]
pub fn block() -> [u8; BLOCK_LEN] {
    let key = SigningKey::from_slice(&[7; 32]).expect("a private key");
    let point = key.verifying_key().to_sec1_point(false);
    let public: &[u8; 64] = point.as_bytes()[1..].try_into().expect("two coordinates");
    let signature: Signature = key.sign_prehash(&SIGNED).expect("a signature");
    p256_block(&SIGNED, public, &signature.to_bytes().into())
}

/// By which devices know the signer.
pub fn digest() -> KeyDigest {
    static DIGEST: OnceLock<KeyDigest> = OnceLock::new();
    *DIGEST.get_or_init(|| Sha256::digest(&block()[36..101]).into())
}
