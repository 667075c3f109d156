//! The key that a device and its owner share, and the name by which it is told from others.

use core::fmt;

use hmac::{Hmac, KeyInit};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of a pairing key.
const LEN: usize = 32;
/// Bytes of a block of SHA-256, to which HMAC fills its key up with zeros (RFC 2104).
const BLOCK: usize = 64;

/// The secret that a device and its owner share: 32 random bytes, wiped from memory when dropped.
#[derive(Clone)]
pub struct PairingKey([u8; LEN]);

/// Bytes that are no pairing key: not 32 of them, or erased flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAKey;

/// Tells one key from another and reveals nothing of it: 16 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 16]);

impl PairingKey {
    /// The key itself, for the flash and the key file.
    #[must_use]
    pub const fn reveal(&self) -> &[u8; LEN] {
        &self.0
    }

    /// The first 8 bytes of SHA-256 over `skylift key id` and the key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let hash = Sha256::new().chain_update("skylift key id").chain_update(self.0).finalize();
        let mut hex = [0; 16];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(hash) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        KeyId(hex)
    }
}

impl TryFrom<&[u8]> for PairingKey {
    type Error = NotAKey;

    /// Exactly 32 bytes; 32 times 0x00 or 0xFF is flash that nobody wrote, which must not open a device.
    fn try_from(bytes: &[u8]) -> Result<Self, NotAKey> {
        let key = Self(bytes.try_into().map_err(|_| NotAKey)?);
        let blank = key.0.ct_eq(&[0; LEN]) | key.0.ct_eq(&[0xFF; LEN]);
        if bool::from(blank) { Err(NotAKey) } else { Ok(key) }
    }
}

impl PartialEq for PairingKey {
    /// Takes the same time whatever differs.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for PairingKey {}

impl fmt::Debug for PairingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Drop for PairingKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for PairingKey {}

impl fmt::Display for NotAKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a pairing key: 32 random bytes are expected")
    }
}

impl core::error::Error for NotAKey {}

impl KeyId {
    /// The key id in this text; `None` if it is not 16 lower-case hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits: [u8; 16] = text.as_bytes().try_into().ok()?;
        digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')).then_some(Self(digits))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An HMAC-SHA-256 with this key of at most 64 bytes.
pub(super) fn hmac(key: &[u8]) -> Hmac<Sha256> {
    // A whole block is the form of a key that cannot fail.
    let mut block = Zeroizing::new([0; BLOCK]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let block: &[u8; BLOCK] = &block;
    Hmac::new(block.into())
}
