//! The library: the images that this computer knows, each with the ELF that belongs to it.
//!
//! In the data folder: `images/<file_sha256>.bin` with its description `.json` beside it, and
//! `images/elf/<elf_sha256>.elf`. An image is in the library once its description is there.

mod backtrace;
mod elf;
mod entry;
mod error;
mod folder;
mod resolve;
mod sent;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use skylift_protocol::Digest;

use super::Image;
use crate::store::DataDir;
use folder::{Folder, read_description};

pub use elf::{Elf, MAX_ELF_BYTES};
pub use entry::Entry;
pub use error::{Damaged, DamagedFlaw, LibraryError, ShortDigest};
pub use resolve::{OpenError, open_image};
pub use sent::SentImages;

/// The images that this computer knows. Several processes may use it at the same time.
#[derive(Clone, Debug)]
pub struct Library {
    folder: Folder,
}

/// What is in the library.
#[derive(Debug, Default)]
pub struct Listing {
    /// The images, the newest first.
    pub entries: Vec<Entry>,
    /// What is not what it was; it is left alone.
    pub damaged: Vec<Damaged>,
}

impl Library {
    /// The library in a data folder. Nothing is created before something is added.
    #[must_use]
    pub fn new(data: &DataDir) -> Self {
        Self { folder: Folder::new(data.path().join("images")) }
    }

    /// Adds an image, and its ELF if there is one. An image that is there already stays as it is.
    ///
    /// # Errors
    /// The ELF is of another build, or the folder cannot be written to.
    pub fn add(&self, image: &Image, elf: Option<&Elf>, source: &str) -> Result<Entry, LibraryError> {
        if let Some(elf) = elf {
            elf.check_belongs_to(image)?;
        }
        let _writing = self.folder.write()?;
        if let Some(elf) = elf {
            self.put_elf(elf)?;
        }
        let digest = image.file_sha256;
        if let Ok(entry) = self.entry(digest)
            && self.open(&entry).is_ok()
        {
            return Ok(entry);
        }
        let entry = Entry::new(image, source);
        self.folder.put(&self.folder.image(digest), &image.bytes)?;
        let description = serde_json::to_vec_pretty(&entry).unwrap_or_default();
        self.folder.put(&self.folder.description(digest), &description)?;
        Ok(entry)
    }

    /// What is in the library. Images are not opened for it; their sizes are looked at.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Listing, LibraryError> {
        let mut listing = Listing::default();
        for digest in self.folder.names()? {
            match self.entry(digest) {
                Ok(entry) => listing.entries.push(entry),
                // Forgotten by another process in this moment: the description goes first.
                Err(damaged) if !damaged.path.exists() => {}
                Err(damaged) => listing.damaged.push(damaged),
            }
        }
        listing.entries.sort_by_key(|entry| (std::cmp::Reverse(entry.added), entry.file_sha256.0));
        listing.damaged.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(listing)
    }

    /// The image that a user calls by its version, or by the first digits (at least 4) of its digest.
    ///
    /// # Errors
    /// There is none, or there are several.
    pub fn find(&self, called: &str) -> Result<Entry, LibraryError> {
        let mut entries = self.list()?.entries;
        entries.retain(|entry| entry.answers_to(called));
        match entries.len() {
            0 => Err(LibraryError::Unknown(called.to_owned())),
            1 => Ok(entries.remove(0)),
            _ => Err(LibraryError::Ambiguous { called: called.to_owned(), entries }),
        }
    }

    /// The entry of these bytes.
    ///
    /// # Errors
    /// There is none, or it is damaged.
    pub fn get(&self, file_sha256: Digest) -> Result<Entry, LibraryError> {
        if !self.folder.description(file_sha256).exists() {
            return Err(LibraryError::Unknown(file_sha256.to_string()));
        }
        Ok(self.entry(file_sha256)?)
    }

    /// The image of an entry, read and checked again.
    ///
    /// # Errors
    /// It is not what was added.
    pub fn open(&self, entry: &Entry) -> Result<Image, LibraryError> {
        let path = self.path(entry);
        let damaged = |flaw| LibraryError::from(Damaged { path: path.clone(), flaw });
        let image = Image::open(&path).map_err(|error| damaged(DamagedFlaw::NotAnImage(error)))?;
        if image.file_sha256 == entry.file_sha256 { Ok(image) } else { Err(damaged(DamagedFlaw::OtherBytes)) }
    }

    /// When images last came or went; `None` before the first.
    #[must_use]
    pub fn changed(&self) -> Option<SystemTime> {
        self.folder.path().metadata().and_then(|folder| folder.modified()).ok()
    }

    /// Where the image of an entry lies.
    #[must_use]
    pub fn path(&self, entry: &Entry) -> PathBuf {
        self.folder.image(entry.file_sha256)
    }

    /// The ELF that images with this `elf_sha256` were made from, if it is known.
    #[must_use]
    pub fn elf(&self, elf_sha256: Digest) -> Option<PathBuf> {
        Some(self.folder.elf(elf_sha256)).filter(|path| path.is_file())
    }

    /// Forgets an image, and its ELF unless another image was made from it too.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn forget(&self, entry: &Entry) -> Result<(), LibraryError> {
        let _writing = self.folder.write()?;
        self.folder.remove(&self.folder.description(entry.file_sha256))?;
        self.folder.remove(&self.folder.image(entry.file_sha256))?;
        let shared = self.list()?.entries.iter().any(|other| other.elf_sha256 == entry.elf_sha256);
        if shared { Ok(()) } else { self.folder.remove(&self.folder.elf(entry.elf_sha256)) }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn put_elf(&self, elf: &Elf) -> Result<(), LibraryError> {
        let path = self.folder.elf(elf.sha256);
        // Its name is its digest; whole files are renamed into place, so the size is enough to look at.
        if path.metadata().is_ok_and(|found| found.len() == elf.bytes.len() as u64) {
            return Ok(());
        }
        self.folder.put(&path, &elf.bytes)
    }

    fn entry(&self, digest: Digest) -> Result<Entry, Damaged> {
        let path = self.folder.description(digest);
        let description = match read_description(&path) {
            Ok(description) => description,
            Err(error) => return Err(Damaged { path, flaw: DamagedFlaw::Unreadable(error) }),
        };
        let Ok(entry) = serde_json::from_slice::<Entry>(&description) else {
            return Err(Damaged { path, flaw: DamagedFlaw::NotUnderstood });
        };
        if entry.file_sha256 != digest {
            return Err(Damaged { path, flaw: DamagedFlaw::OtherName });
        }
        let size =
            self.path(&entry).metadata().ok().filter(std::fs::Metadata::is_file).map(|file| file.len());
        if size == Some(u64::from(entry.size)) {
            Ok(entry)
        } else {
            Err(Damaged { path, flaw: DamagedFlaw::NoImage })
        }
    }
}

#[cfg(test)]
mod tests;
