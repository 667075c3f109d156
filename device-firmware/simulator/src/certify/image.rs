//! An image under test: its bytes, with everything that is known of them.

use sha2::{Digest as _, Sha256};
use skylift_updater::image::{ImageError, ImageInfo, ImageScan};

/// A complete image.
#[derive(Clone, Debug)]
pub struct Image {
    /// What it is called in reports.
    pub name: String,
    /// All bytes that are sent.
    pub bytes: Vec<u8>,
    /// Digest of these bytes.
    pub file_sha256: [u8; 32],
    /// What is in it.
    pub info: ImageInfo,
}

impl Image {
    /// Reads an image.
    ///
    /// # Errors
    /// The bytes are not one that would boot.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, ImageError> {
        let mut scan = ImageScan::new();
        scan.push(&bytes)?;
        let info = scan.finish()?;
        Ok(Self { name: name.into(), file_sha256: Sha256::digest(&bytes).into(), bytes, info })
    }

    /// Digest that the bootloader checks.
    #[must_use]
    pub const fn image_sha256(&self) -> [u8; 32] {
        self.info.image_sha256
    }

    /// Digest of the program that it was made from.
    #[must_use]
    pub const fn elf_sha256(&self) -> [u8; 32] {
        self.info.head.descriptor.elf_sha256
    }

    /// Whether Skylift's boot guard is in it.
    #[must_use]
    pub const fn is_guarded(&self) -> bool {
        self.info.head.guard.is_some()
    }
}
