//! The ELF that an image was made from: what backtraces are read with.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use skylift_protocol::Digest;

use super::super::Image;
use super::{LibraryError, error::ShortDigest};

/// Larger ELFs are not kept; debug info makes them large.
pub const MAX_ELF_BYTES: u64 = 256 * 1024 * 1024;

/// An ELF in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Elf {
    /// Where it came from.
    pub path: PathBuf,
    /// All of it.
    pub bytes: Bytes,
    /// Its digest, as an app descriptor names it.
    pub sha256: Digest,
}

impl Elf {
    /// Reads an ELF.
    ///
    /// # Errors
    /// It cannot be read, is too large, or is no ELF.
    pub fn open(path: &Path) -> Result<Self, LibraryError> {
        let bad = |why: String| LibraryError::BadElf { path: path.to_owned(), why };
        if !path.metadata().map_err(|error| bad(error.to_string()))?.is_file() {
            return Err(bad("it is not a file".to_owned()));
        }
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(MAX_ELF_BYTES + 1).read_to_end(&mut bytes));
        read.map_err(|error| bad(error.to_string()))?;
        if bytes.len() as u64 > MAX_ELF_BYTES {
            return Err(bad(format!("it is larger than {} MiB", MAX_ELF_BYTES >> 20)));
        }
        if !bytes.starts_with(b"\x7fELF") {
            return Err(bad("its first bytes are those of something else".to_owned()));
        }
        Ok(Self::new(path, bytes))
    }

    fn new(path: &Path, bytes: Vec<u8>) -> Self {
        let sha256 = Digest(Sha256::digest(&bytes).into());
        Self { path: path.to_owned(), bytes: bytes.into(), sha256 }
    }

    /// Whether the image was made from it.
    ///
    /// # Errors
    /// It was made from another.
    pub fn check_belongs_to(&self, image: &Image) -> Result<(), LibraryError> {
        let named = Digest(image.info.descriptor().elf_sha256);
        if named == self.sha256 {
            return Ok(());
        }
        let (found, named) = (ShortDigest(self.sha256), ShortDigest(named));
        Err(LibraryError::OtherElf { path: self.path.clone(), found, named })
    }

    /// The ELF of an image at a path, if it is there and belongs to it.
    #[must_use]
    pub fn of(image: &Image, path: &Path) -> Option<Self> {
        let elf = Self::open(path).ok()?;
        elf.check_belongs_to(image).ok()?;
        Some(elf)
    }
}

impl std::fmt::Debug for Elf {
    /// Leaves out the bytes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Elf").field("path", &self.path).field("sha256", &self.sha256).finish_non_exhaustive()
    }
}
