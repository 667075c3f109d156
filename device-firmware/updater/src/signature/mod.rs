//! Signed images: ESP-IDF's signature sector of Secure Boot v2, and whether somebody trusted signed with it.
//!
//! Format: ESP-IDF Programming Guide, "Secure Boot v2"; `espsecure sign-data --version 2` writes it. The image is
//! padded with ones to 4 KiB; one more sector follows, with up to three blocks and ones behind them.

mod block;
mod sector;
mod trust;

pub use block::{BLOCK_LEN, BlockFault, MAGIC, Scheme, SignatureBlock, p256_block, p256_signer};
pub use sector::{MAX_BLOCKS, read_blocks, sector_at, verify};
pub use trust::{KeyDigest, MAX_SIGNERS, Trust};

use crate::flash::FlashError;

/// Why a device that trusts certain signers does not take a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// The flash could not be read.
    Flash,
    /// Nothing is signed: there is no signature sector, or it is blank.
    Unsigned,
    /// What follows the image is not at the place of a signature sector.
    Misplaced,
    /// A block, from 0, is damaged; 3 is what lies behind the last one.
    Damaged {
        /// Number of the block.
        block: u8,
    },
    /// It is signed in ways that are not verified here.
    Unsupported(Scheme),
    /// It is signed by nobody whom the device trusts.
    UnknownSigner,
    /// It names a trusted signer, and is not what that one signed.
    Invalid(BlockFault),
}

impl From<FlashError> for SignatureError {
    fn from(_: FlashError) -> Self {
        Self::Flash
    }
}

impl core::fmt::Display for SignatureError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Flash => f.write_str("the flash could not be read"),
            Self::Unsigned => {
                f.write_str("the image is not signed, and this device takes signed images only")
            }
            Self::Misplaced => {
                f.write_str("what follows the image is not where a signature lies: moved or cut short")
            }
            Self::Damaged { block: 3 } => f.write_str("something follows the blocks of the signature"),
            Self::Damaged { block } => write!(f, "block {block} of the signature is damaged"),
            Self::Unsupported(scheme) => {
                write!(f, "the image is signed with {scheme}; this device verifies ECDSA P-256 only")
            }
            Self::UnknownSigner => f.write_str("the image is signed by nobody whom this device trusts"),
            Self::Invalid(fault) => {
                write!(f, "the image names a trusted signer, who did not sign it: {fault}")
            }
        }
    }
}

impl core::error::Error for SignatureError {}
