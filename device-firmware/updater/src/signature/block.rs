//! One block of a signature sector: who signed, in which way, and whether it holds.
//!
//! | offset | bytes | ECDSA P-256 |
//! |---|---|---|
//! | 0 | 4 | 0xE7, version 3, digest 0 (SHA-256), 0 |
//! | 4 | 32 | SHA-256 of all that is signed |
//! | 36 | 1 + 64 | curve 2, x and y of the key, each the lowest byte first |
//! | 101 | 64 | r and s, each the lowest byte first |
//! | 1196 | 4 | CRC-32 of all before it |
//! | 1200 | 16 | zero |

use core::fmt;

use crc::{CRC_32_ISO_HDLC, Crc};
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};

use super::KeyDigest;

/// Bytes of a block.
pub const BLOCK_LEN: usize = 1216;

/// First byte of every block.
pub const MAGIC: u8 = 0xE7;
/// Versions of blocks.
const RSA: u8 = 2;
const ECDSA: u8 = 3;
/// Number of the curve.
const P256: u8 = 2;
const CRC_AT: usize = 1196;
const PADDING_AT: usize = 1200;
const DIGEST_AT: usize = 4;
const CURVE_AT: usize = 36;
const KEY_AT: usize = CURVE_AT + 1;
const SIGNATURE_AT: usize = KEY_AT + 64;
const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

/// How a block is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// ECDSA on NIST P-256 with SHA-256: the only one that is verified here.
    EcdsaP256,
    /// ECDSA on NIST P-192.
    EcdsaP192,
    /// ECDSA on NIST P-384.
    EcdsaP384,
    /// RSA-3072 with PSS.
    Rsa3072,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaP256 => "ECDSA P-256",
            Self::EcdsaP192 => "ECDSA P-192",
            Self::EcdsaP384 => "ECDSA P-384",
            Self::Rsa3072 => "RSA-3072",
        })
    }
}

impl Scheme {
    /// Where the key lies in a block of this kind: these bytes are what the signer's digest covers.
    const fn key(self) -> core::ops::Range<usize> {
        match self {
            Self::EcdsaP256 | Self::EcdsaP192 => CURVE_AT..SIGNATURE_AT,
            // Its digest is SHA-384, 16 bytes longer.
            Self::EcdsaP384 => 52..149,
            Self::Rsa3072 => 36..812,
        }
    }
}

/// Why a block does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockFault {
    /// It is no block, or was changed: magic, version, CRC or padding is wrong.
    Damaged,
    /// It is of a kind that is not verified here.
    Unsupported(Scheme),
    /// It was made for other bytes.
    OtherImage,
    /// Its key is no point of the curve.
    Key,
    /// The signature is not the key's.
    Signature,
}

impl fmt::Display for BlockFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => f.write_str("the block is damaged"),
            Self::Unsupported(_) => f.write_str("devices verify ECDSA P-256 only"),
            Self::OtherImage => f.write_str("the signature is for another image"),
            Self::Key => f.write_str("the key is no key"),
            Self::Signature => f.write_str("the signature does not match"),
        }
    }
}

impl core::error::Error for BlockFault {}

/// A block that is undamaged. Whether its signature holds, [`verify`](Self::verify) says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureBlock {
    scheme: Scheme,
    signer: KeyDigest,
    /// What it says is the digest of what is signed.
    image: [u8; 32],
    key: [u8; 64],
    signature: [u8; 64],
}

impl SignatureBlock {
    /// Reads a block.
    ///
    /// # Errors
    /// [`BlockFault::Damaged`]: it is no block of any kind.
    pub fn parse(raw: &[u8; BLOCK_LEN]) -> Result<Self, BlockFault> {
        let sound = raw[0] == MAGIC
            && raw[CRC_AT..PADDING_AT] == CRC.checksum(&raw[..CRC_AT]).to_le_bytes()
            // ESP-IDF does not look at these; a signature of ours has one form only.
            && raw[PADDING_AT..].iter().all(|&byte| byte == 0);
        if !sound {
            return Err(BlockFault::Damaged);
        }
        let scheme = scheme_of(raw).ok_or(BlockFault::Damaged)?;
        let mut block = Self { scheme, signer: [0; 32], image: [0; 32], key: [0; 64], signature: [0; 64] };
        block.signer = Sha256::digest(&raw[scheme.key()]).into();
        block.image.copy_from_slice(&raw[DIGEST_AT..CURVE_AT]);
        block.key.copy_from_slice(&raw[KEY_AT..SIGNATURE_AT]);
        block.signature.copy_from_slice(&raw[SIGNATURE_AT..SIGNATURE_AT + 64]);
        Ok(block)
    }

    /// How it is signed.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Who signed, or says so.
    #[must_use]
    pub const fn signer(&self) -> KeyDigest {
        self.signer
    }

    /// Whether the signer signed the bytes of this SHA-256.
    ///
    /// # Errors
    /// The signature does not hold.
    pub fn verify(&self, signed: &[u8; 32]) -> Result<(), BlockFault> {
        if self.scheme != Scheme::EcdsaP256 {
            return Err(BlockFault::Unsupported(self.scheme));
        }
        if self.image != *signed {
            return Err(BlockFault::OtherImage);
        }
        // SEC 1: an uncompressed point is 4, x, y, the highest bytes first.
        let mut point = [4; 65];
        point[1..].copy_from_slice(&turned(&self.key));
        let key = VerifyingKey::from_sec1_bytes(&point).map_err(|_| BlockFault::Key)?;
        let signature = Signature::from_slice(&turned(&self.signature)).map_err(|_| BlockFault::Signature)?;
        key.verify_prehash(signed, &signature).map_err(|_| BlockFault::Signature)
    }
}

/// A block of ECDSA P-256, as `espsecure` writes it: the SHA-256 of what is signed, x and y of the key, r and s of the
/// signature, each number with its highest byte first.
#[must_use]
pub fn p256_block(signed: &[u8; 32], key: &[u8; 64], signature: &[u8; 64]) -> [u8; BLOCK_LEN] {
    let mut raw = [0; BLOCK_LEN];
    raw[..2].copy_from_slice(&[MAGIC, ECDSA]);
    raw[DIGEST_AT..CURVE_AT].copy_from_slice(signed);
    raw[CURVE_AT] = P256;
    raw[KEY_AT..SIGNATURE_AT].copy_from_slice(&turned(key));
    raw[SIGNATURE_AT..SIGNATURE_AT + 64].copy_from_slice(&turned(signature));
    let crc = CRC.checksum(&raw[..CRC_AT]);
    raw[CRC_AT..PADDING_AT].copy_from_slice(&crc.to_le_bytes());
    raw
}

/// What devices know a key of ECDSA P-256 by: x and y, each with its highest byte first.
#[must_use]
pub fn p256_signer(key: &[u8; 64]) -> KeyDigest {
    let mut hash = Sha256::new();
    hash.update([P256]);
    hash.update(turned(key));
    hash.finalize().into()
}

fn scheme_of(raw: &[u8; BLOCK_LEN]) -> Option<Scheme> {
    match (raw[1], raw[2], raw[CURVE_AT], raw[52]) {
        (RSA, ..) => Some(Scheme::Rsa3072),
        (ECDSA, 0, 1, _) => Some(Scheme::EcdsaP192),
        (ECDSA, 0, P256, _) => Some(Scheme::EcdsaP256),
        (ECDSA, 1, _, 3) => Some(Scheme::EcdsaP384),
        _ => None,
    }
}

/// Two numbers of 32 bytes, each with its highest byte first instead of last.
fn turned(pair: &[u8; 64]) -> [u8; 64] {
    let mut turned = *pair;
    turned.chunks_exact_mut(32).for_each(<[u8]>::reverse);
    turned
}
