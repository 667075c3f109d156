//! Whose images a device takes.

use heapless::Vec;

/// SHA-256 of the key as it stands in a signature block: what `espsecure digest-sbv2-public-key` writes.
pub type KeyDigest = [u8; 32];

/// The most signers that a device trusts, as a chip's fuses hold.
pub const MAX_SIGNERS: usize = 3;

/// Whose images a device takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Everybody's, signed or not.
    #[default]
    Anybody,
    /// Only what one of these has signed. None of them: nobody's.
    Signers(Vec<KeyDigest, MAX_SIGNERS>),
}
