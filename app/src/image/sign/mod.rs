//! Signing images, and telling who signed one: ESP-IDF's signature sector of Secure Boot v2, ECDSA P-256.

mod error;
mod key;
mod keyring;
mod sector;

pub use error::SignError;
pub use key::{Signer, SignerName, SigningKey, VerifyingKey};
pub use keyring::Keyring;
pub(in crate::image) use sector::Judged;
pub use sector::{SignatureReport, Signatures, add_signature, signatures, signed};
