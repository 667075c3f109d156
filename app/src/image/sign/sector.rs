//! The signature sector of an image file: written, and read with the device's own check.

use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};
use skylift_protocol::Digest;
use skylift_updater::SECTOR;
use skylift_updater::signature::{
    BLOCK_LEN, BlockFault, MAX_BLOCKS, Scheme, SignatureError, read_blocks, sector_at,
};

use super::{SignError, SigningKey};
use crate::image::Image;

/// What a block of a signature sector is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureReport {
    /// Who signed, or says so.
    pub signer: Digest,
    /// In which way.
    pub scheme: Scheme,
    /// Whether the signature holds.
    pub holds: Result<(), BlockFault>,
}

/// The signatures of an image; or that there are none, or why they are worth nothing.
pub type Signatures = Result<Vec<SignatureReport>, SignatureError>;

/// The signatures of an image, once somebody has asked for them: whoever asks again does not wait for the arithmetic.
#[derive(Clone, Default)]
pub(in crate::image) struct Judged(Arc<OnceLock<Signatures>>);

impl PartialEq for Judged {
    /// They follow from the bytes of the image, whoever has asked already.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The signatures of an image, in their order.
///
/// # Errors
/// There are none, or the sector is damaged.
pub fn signatures(image: &Image) -> Signatures {
    image.judged.0.get_or_init(|| judge(image)).clone()
}

fn judge(image: &Image) -> Signatures {
    let at = sector_at(image.info.len, image.size())? as usize;
    let (signed, sector) = image.bytes.split_at_checked(at).ok_or(SignatureError::Misplaced)?;
    let digest = Sha256::digest(signed).into();
    let mut reports = Vec::new();
    let read = |from: u32, buf: &mut [u8]| {
        // Inside the sector by its own bounds.
        for (to, from) in buf.iter_mut().zip(sector.iter().skip(from as usize)) {
            *to = *from;
        }
        Ok(())
    };
    read_blocks(read, |block| {
        reports.push(SignatureReport {
            signer: Digest(block.signer()),
            scheme: block.scheme(),
            holds: block.verify(&digest),
        });
    })?;
    Ok(reports)
}

/// The same image with a signature by `key`; see [`add_signature`].
///
/// # Errors
/// The signatures that are there cannot be kept, or there is no room for one more.
pub fn signed(image: &Image, key: &SigningKey, append: bool) -> Result<Image, SignError> {
    // Read as any file is: were anything of it wrong, it would not get out of here.
    Ok(Image::from_bytes(&image.path, add_signature(image, key, append)?)?)
}

/// The file of an image with a signature by `key`. Those that are there stay with `append`, and go without.
///
/// # Errors
/// The signatures that are there cannot be kept, or there is no room for one more.
pub fn add_signature(image: &Image, key: &SigningKey, append: bool) -> Result<Vec<u8>, SignError> {
    let at = image.info.len.next_multiple_of(SECTOR) as usize;
    let mut file = image.bytes.get(..at).unwrap_or(&image.bytes).to_vec();
    file.resize(at, 0xFF);
    let mut sector = if append { kept(image, key)? } else { Vec::new() };
    let signed = Sha256::digest(&file).into();
    sector.extend(key.block(&signed)?);
    sector.resize(SECTOR as usize, 0xFF);
    file.extend(sector);
    Ok(file)
}

/// The blocks that are there.
fn kept(image: &Image, key: &SigningKey) -> Result<Vec<u8>, SignError> {
    let reports = match signatures(image) {
        Err(SignatureError::Unsigned) => return Ok(Vec::new()),
        reports => reports.map_err(SignError::Damaged)?,
    };
    if reports.iter().any(|report| report.signer == key.verifying_key().digest()) {
        return Err(SignError::Already);
    }
    if reports.iter().any(|report| matches!(report.holds, Err(BlockFault::OtherImage))) {
        return Err(SignError::OtherImage);
    }
    if reports.len() >= usize::from(MAX_BLOCKS) {
        return Err(SignError::Full);
    }
    let sector = image.bytes.len().saturating_sub(SECTOR as usize);
    Ok(image.bytes.iter().skip(sector).take(reports.len() * BLOCK_LEN).copied().collect())
}
