//! The signature sector: where it lies, its blocks, and the verdict over all of them.

use super::block::{BLOCK_LEN, BlockFault, Scheme, SignatureBlock};
use super::{KeyDigest, SignatureError};
use crate::flash::{FlashError, SECTOR};

/// Blocks that a sector can hold.
pub const MAX_BLOCKS: u8 = 3;

/// Where the sector of a file begins whose image has `image_len` bytes. All before it is signed.
///
/// # Errors
/// The file has no such sector.
pub fn sector_at(image_len: u32, file_len: u32) -> Result<u32, SignatureError> {
    let at = image_len.checked_next_multiple_of(SECTOR).ok_or(SignatureError::Misplaced)?;
    match file_len.checked_sub(at) {
        Some(SECTOR) => Ok(at),
        None | Some(0) => Err(SignatureError::Unsigned),
        Some(_) => Err(SignatureError::Misplaced),
    }
}

/// Hands out the blocks of a sector; `read` reads from a place inside the sector.
///
/// # Errors
/// There are none, one is damaged, or something else lies behind them.
pub fn read_blocks(
    mut read: impl FnMut(u32, &mut [u8]) -> Result<(), FlashError>,
    mut each: impl FnMut(&SignatureBlock),
) -> Result<(), SignatureError> {
    let mut raw = [0; BLOCK_LEN];
    let mut count = 0;
    for number in 0..MAX_BLOCKS {
        read(u32::from(number) * BLOCK_LEN as u32, &mut raw)?;
        if is_blank(&raw) {
            continue;
        }
        let damaged = |_: BlockFault| SignatureError::Damaged { block: number };
        // Blocks stand one behind the other.
        let block = if number == count { SignatureBlock::parse(&raw) } else { Err(BlockFault::Damaged) };
        each(&block.map_err(damaged)?);
        count += 1;
    }
    let behind = u32::from(MAX_BLOCKS) * BLOCK_LEN as u32;
    let rest = &mut raw[..(SECTOR - behind) as usize];
    read(behind, rest)?;
    match count {
        _ if !is_blank(rest) => Err(SignatureError::Damaged { block: MAX_BLOCKS }),
        0 => Err(SignatureError::Unsigned),
        _ => Ok(()),
    }
}

/// Whether one of `signers` signed the bytes of the SHA-256 `signed`; `read` as for [`read_blocks`].
///
/// Every block must be undamaged; of those that are, one by a trusted signer is enough.
///
/// # Errors
/// None of them did.
pub fn verify(
    read: impl FnMut(u32, &mut [u8]) -> Result<(), FlashError>,
    signed: &[u8; 32],
    signers: &[KeyDigest],
) -> Result<(), SignatureError> {
    let mut verdict: Option<Result<(), SignatureError>> = None;
    read_blocks(read, |block| {
        let now = match block.scheme() {
            // Verifying takes a chip a while: not more than needed.
            _ if verdict == Some(Ok(())) => return,
            Scheme::EcdsaP256 if signers.contains(&block.signer()) => {
                block.verify(signed).map_err(SignatureError::Invalid)
            }
            Scheme::EcdsaP256 => Err(SignatureError::UnknownSigner),
            foreign => Err(SignatureError::Unsupported(foreign)),
        };
        if verdict.is_none_or(|before| weight(&now) > weight(&before)) {
            verdict = Some(now);
        }
    })?;
    verdict.unwrap_or(Err(SignatureError::Unsigned))
}

/// What counts more of two blocks: who comes closest tells why.
const fn weight(verdict: &Result<(), SignatureError>) -> u8 {
    match verdict {
        Ok(()) => 3,
        Err(SignatureError::Invalid(_)) => 2,
        Err(SignatureError::UnknownSigner) => 1,
        Err(_) => 0,
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0xFF)
}
