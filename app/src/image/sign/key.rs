//! A signing key, its public half, and what both are called.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::SystemTime;

use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::elliptic_curve::zeroize::Zeroizing;
use p256::pkcs8::{DecodePublicKey as _, EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use p256::{PublicKey, SecretKey};
use skylift_protocol::Digest;
use skylift_updater::signature::{BLOCK_LEN, p256_block, p256_signer};

use super::SignError;

/// Name of a key on this computer, and of its file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignerName(String);

impl SignerName {
    /// The one that is meant where none is named.
    #[must_use]
    pub fn usual() -> Self {
        Self("default".to_owned())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SignerName {
    type Err = SignError;

    fn from_str(text: &str) -> Result<Self, SignError> {
        let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
        let edges = text.starts_with(['.', '-']) || text.ends_with('.');
        if (1..=32).contains(&text.len()) && text.chars().all(fits) && !edges {
            Ok(Self(text.to_owned()))
        } else {
            Err(SignError::Name(text.to_owned()))
        }
    }
}

impl fmt::Display for SignerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key on this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// Its name.
    pub name: SignerName,
    /// What devices know it by.
    pub digest: Digest,
    /// When its file was written; `None` where the system does not tell.
    pub created: Option<SystemTime>,
}

impl Signer {
    /// The one among those that are known whose key has this digest.
    #[must_use]
    pub fn of(known: &[Self], digest: Digest) -> Option<&Self> {
        known.iter().find(|signer| signer.digest == digest)
    }
}

/// A private key of ECDSA P-256. It is wiped from memory when it goes.
pub struct SigningKey(SecretKey);

impl SigningKey {
    /// A new key, from the system's random numbers.
    ///
    /// # Errors
    /// The system has none.
    pub fn random() -> Result<Self, SignError> {
        loop {
            let mut bytes = Zeroizing::new([0; 32]);
            getrandom::fill(bytes.as_mut()).map_err(SignError::Random)?;
            // One of 2^32 numbers is no key.
            if let Ok(key) = SecretKey::from_slice(bytes.as_ref()) {
                return Ok(Self(key));
            }
        }
    }

    /// The key of a PEM text: PKCS#8, or SEC 1 as espsecure and OpenSSL write it.
    pub(super) fn from_pem(text: &str) -> Option<Self> {
        SecretKey::from_pem(text).ok().map(Self)
    }

    /// The key as PKCS#8 in PEM.
    pub(super) fn to_pem(&self) -> Result<Zeroizing<String>, SignError> {
        self.0.to_pkcs8_pem(LineEnding::LF).map_err(|_| SignError::Key)
    }

    /// Its public half.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(self.0.public_key())
    }

    /// A block that signs the bytes of this SHA-256. The same again gives the same signature (RFC 6979).
    pub(super) fn block(&self, signed: &[u8; 32]) -> Result<[u8; BLOCK_LEN], SignError> {
        let key = p256::ecdsa::SigningKey::from(&self.0);
        let signature: p256::ecdsa::Signature = key.sign_prehash(signed).map_err(|_| SignError::Key)?;
        Ok(p256_block(signed, &self.verifying_key().point(), &signature.to_bytes().into()))
    }
}

impl fmt::Debug for SigningKey {
    /// Tells nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// A public key of ECDSA P-256.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey(PublicKey);

impl VerifyingKey {
    /// The public key in a PEM file, or that of the private key in it.
    ///
    /// # Errors
    /// It cannot be read, or holds neither.
    pub fn read(path: &Path) -> Result<Self, SignError> {
        let text = super::keyring::read_key_file(path)?;
        let public = PublicKey::from_public_key_pem(&text).ok().map(Self);
        let found = public.or_else(|| SigningKey::from_pem(&text).map(|key| key.verifying_key()));
        found.ok_or_else(|| SignError::NotAKey { path: path.to_owned(), wanted: "key" })
    }

    /// What devices know it by: what `espsecure digest-sbv2-public-key` writes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest(p256_signer(&self.point()))
    }

    /// The key as PEM, as espsecure and OpenSSL read it.
    ///
    /// # Errors
    /// It cannot be written down, which does not happen.
    pub fn to_pem(&self) -> Result<String, SignError> {
        self.0.to_public_key_pem(LineEnding::LF).map_err(|_| SignError::Key)
    }

    /// x and y, the highest bytes first.
    fn point(&self) -> [u8; 64] {
        let mut point = [0; 64];
        let sec1 = self.0.to_sec1_point(false);
        // Uncompressed, it has one byte and the two.
        if let Some(both) = sec1.as_bytes().get(1..).filter(|both| both.len() == point.len()) {
            point.copy_from_slice(both);
        }
        point
    }
}
