//! The same firmware under another version: the descriptor's text, and the checksum and SHA-256 that follow from it.
//!
//! Formats: ESP-IDF's `esp_app_desc_t` (version: 32 bytes at offset 16) and `esp_app_format.h` (the last byte before the
//! digest is the XOR of all segments' data).

use sha2::{Digest as _, Sha256};

use crate::advice::Advice;
use crate::image::{Image, InspectError, Signature};

/// Where the version lies in the descriptor, and how many bytes it has, the closing zero included.
const VERSION_AT: usize = 16;
const VERSION_LEN: usize = 32;
/// Bytes of the SHA-256 behind the checksum.
const DIGEST_LEN: usize = 32;

/// Why an image cannot have another version.
#[derive(Debug, thiserror::Error)]
pub enum RestampError {
    /// It is signed.
    #[error(
        "the image {project} {version} is signed, and its signature would not hold for another version of it"
    )]
    Signed {
        /// Its project.
        project: String,
        /// Its version.
        version: String,
    },
    /// What came of it is no image.
    #[error(transparent)]
    Image(#[from] InspectError),
}

impl Advice for RestampError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Signed { .. } => {
                vec!["sign a build that fails, and drill with that".to_owned()]
            }
            Self::Image(error) => error.advice(),
        }
    }
}

/// The image with another version, cut to the 31 bytes that a descriptor holds.
///
/// # Errors
/// It is signed.
pub(super) fn restamp(image: &Image, version: &str) -> Result<Image, RestampError> {
    if image.signature == Signature::Present {
        let (project, version) = (image.project.clone(), image.version.clone());
        return Err(RestampError::Signed { project, version });
    }
    let mut bytes = image.bytes.to_vec();
    let descriptor = image.info.segments.first().map_or(0, |segment| segment.offset as usize);
    let version = fitting(version).bytes().chain(std::iter::repeat(0)).take(VERSION_LEN);
    let mut change = 0;
    for (place, new) in bytes.iter_mut().skip(descriptor + VERSION_AT).zip(version) {
        change ^= *place ^ new;
        *place = new;
    }
    let digest_at = bytes.len().saturating_sub(DIGEST_LEN);
    if let Some(checksum) = bytes.get_mut(digest_at.saturating_sub(1)) {
        *checksum ^= change;
    }
    let digest = Sha256::digest(bytes.get(..digest_at).unwrap_or_default());
    bytes.splice(digest_at.., digest);
    // Read as any file is: were anything of it wrong, it would not get out of here.
    Ok(Image::from_bytes(&image.path, bytes)?)
}

/// As much of a text as a descriptor holds.
pub(super) fn fitting(text: &str) -> &str {
    let end = (0..VERSION_LEN).rev().find(|&end| text.is_char_boundary(end.min(text.len())));
    text.get(..end.unwrap_or(0).min(text.len())).unwrap_or_default()
}
