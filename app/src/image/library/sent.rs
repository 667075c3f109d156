//! The images that were sent from this computer, over the air or by cable: what devices run, so that the next update can
//! be a delta.
//!
//! In the data folder: `sent/<image_sha256>.bin`, without a signature. It is no part of the library: what is forgotten
//! there may still be what a device runs. The folder is bounded, and what was not needed for longest goes first.

use std::io;
use std::path::{Path, PathBuf};

use skylift_protocol::Digest;

use super::super::bounded_folder::BoundedFolder;
use super::super::{Flaw, Image, InspectError};
use crate::store::DataDir;

/// Ends the names of images.
const ENDING: &str = ".bin";

/// The images that were sent. Several processes may use the folder at the same time.
#[derive(Clone, Debug)]
pub struct SentImages(BoundedFolder);

impl SentImages {
    /// Bytes that are kept at most: more than a hundred images of a usual size.
    pub const MOST: u64 = 256 << 20;

    /// Those of a data folder. Nothing is created before something is kept.
    #[must_use]
    pub fn new(data: &DataDir) -> Self {
        Self(BoundedFolder::new(data.path().join("sent"), ENDING, Self::MOST))
    }

    /// The same, with another bound in bytes.
    #[must_use]
    pub fn bounded(self, most: u64) -> Self {
        Self(self.0.bounded(most))
    }

    /// Keeps an image, and lets go of what was not needed for longest if there is no room for it.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn keep(&self, image: &Image) -> io::Result<()> {
        let name = image.image_sha256.to_string();
        if self.path(image.image_sha256).is_file() {
            return self.0.mark_used(&name);
        }
        let length = usize::try_from(image.info.len).unwrap_or(usize::MAX);
        let bytes = image.bytes.get(..length).unwrap_or(&image.bytes);
        Ok(self.0.write(&name, bytes)?)
    }

    /// The image of a digest, read and checked again; `None` if it is not here, or is not what it was.
    #[must_use]
    pub fn get(&self, image_sha256: Digest) -> Option<Image> {
        let name = image_sha256.to_string();
        match Image::open(&self.path(image_sha256)) {
            Ok(image) if image.image_sha256 == image_sha256 => {
                // Without the mark it only goes sooner.
                let _ = self.0.mark_used(&name);
                return Some(image);
            }
            // Not there, or not readable just now: that says nothing of what is in it.
            Err(InspectError { flaw: Flaw::Unreadable(_) | Flaw::NotAFile, .. }) => {}
            // What is damaged helps nobody, and is kept anew with the next update.
            Ok(_) | Err(_) => drop(self.0.remove(&name)),
        }
        None
    }

    /// Bytes on the disk now.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.bytes()
    }

    /// Lets go of all of them: the next update of each device has more bytes, unless the library has what it runs.
    ///
    /// # Errors
    /// A file cannot be removed; the others are gone all the same.
    pub fn clear(&self) -> io::Result<()> {
        Ok(self.0.clear()?)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    fn path(&self, image_sha256: Digest) -> PathBuf {
        self.0.file(&image_sha256.to_string())
    }
}

#[cfg(test)]
mod tests;
