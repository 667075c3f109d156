//! Tokens and nonces: 128 random bits in lower-case hex digits, and the hash under which they are looked up.

use sha2::{Digest as _, Sha256};

use super::ServerError;

const DIGITS: usize = 32;

/// Stands for a secret in the tables. An attacker cannot steer it, so how long its comparison takes tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct SecretHash([u8; 32]);

impl SecretHash {
    pub(super) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret).into())
    }

    /// `None` for a text that no secret can be equal to, whatever its length.
    pub(super) fn of_guess(guess: &str) -> Option<Self> {
        (guess.len() == DIGITS).then(|| Self::of(guess))
    }
}

/// A new secret.
pub(super) fn random_hex() -> Result<String, ServerError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(ServerError::NoRandomBytes)?;
    Ok(format!("{:0width$x}", u128::from_be_bytes(bytes), width = DIGITS))
}
