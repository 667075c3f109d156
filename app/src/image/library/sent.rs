//! The images that were sent from this computer, over the air or by cable: what devices run, so that the next update can
//! be a delta.
//!
//! In the data folder: `sent/<image_sha256>.bin`, without a signature. It is no part of the library: what is forgotten
//! there may still be what a device runs. The folder is bounded, and what was not needed for longest goes first.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use skylift_protocol::Digest;

use super::super::whole_file::{UNFINISHED, write_private};
use super::super::{Flaw, Image, InspectError};
use crate::store::DataDir;

/// What was left unfinished for so long was left by a crash.
const LEFT: Duration = Duration::from_secs(3600);

/// The images that were sent. Several processes may use the folder at the same time.
#[derive(Clone, Debug)]
pub struct SentImages {
    folder: PathBuf,
    most: u64,
}

/// A file of the folder.
struct Kept {
    path: PathBuf,
    bytes: u64,
    needed: SystemTime,
}

impl SentImages {
    /// Bytes that are kept at most: more than a hundred images of a usual size.
    pub const MOST: u64 = 256 << 20;

    /// Those of a data folder. Nothing is created before something is kept.
    #[must_use]
    pub fn new(data: &DataDir) -> Self {
        Self { folder: data.path().join("sent"), most: Self::MOST }
    }

    /// The same, with another bound in bytes.
    #[must_use]
    pub fn bounded(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// Keeps an image, and lets go of what was not needed for longest if there is no room for it.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn keep(&self, image: &Image) -> io::Result<()> {
        let path = self.path(image.image_sha256);
        if path.is_file() {
            return needed(&path);
        }
        let length = usize::try_from(image.info.len).unwrap_or(usize::MAX);
        let bytes = image.bytes.get(..length).unwrap_or(&image.bytes);
        if bytes.len() as u64 > self.most {
            return Ok(());
        }
        self.create()?;
        self.make_room(bytes.len() as u64)?;
        write_private(&path, bytes)
    }

    /// The image of a digest, read and checked again; `None` if it is not here, or is not what it was.
    #[must_use]
    pub fn get(&self, image_sha256: Digest) -> Option<Image> {
        let path = self.path(image_sha256);
        match Image::open(&path) {
            Ok(image) if image.image_sha256 == image_sha256 => {
                // Without the mark it only goes sooner.
                let _ = needed(&path);
                return Some(image);
            }
            // Not there, or not readable just now: that says nothing of what is in it.
            Err(InspectError { flaw: Flaw::Unreadable(_) | Flaw::NotAFile, .. }) => {}
            // What is damaged helps nobody, and is kept anew with the next update.
            Ok(_) | Err(_) => drop(remove(&path)),
        }
        None
    }

    /// Bytes on the disk now.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.kept().map_or(0, |kept| kept.iter().map(|kept| kept.bytes).sum())
    }

    /// Lets go of all of them: the next update of each device has more bytes, unless the library has what it runs.
    ///
    /// # Errors
    /// A file cannot be removed; the others are gone all the same.
    pub fn clear(&self) -> io::Result<()> {
        if !self.folder.exists() {
            return Ok(());
        }
        self.kept()?.iter().map(|kept| remove(&kept.path)).fold(Ok(()), io::Result::and)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, image_sha256: Digest) -> PathBuf {
        self.folder.join(format!("{image_sha256}.bin"))
    }

    /// The folder is its owner's alone, as firmware may hold secrets.
    fn create(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.folder)
    }

    fn make_room(&self, wanted: u64) -> io::Result<()> {
        let mut kept = self.kept()?;
        kept.sort_by_key(|kept| std::cmp::Reverse(kept.needed));
        let mut held: u64 = kept.iter().map(|kept| kept.bytes).sum();
        while held + wanted > self.most {
            let Some(oldest) = kept.pop() else { break };
            remove(&oldest.path)?;
            held -= oldest.bytes;
        }
        Ok(())
    }

    /// What is here; what a crash has left is swept out meanwhile.
    fn kept(&self) -> io::Result<Vec<Kept>> {
        let mut kept = Vec::new();
        for file in fs::read_dir(&self.folder)?.flatten() {
            let (path, name) = (file.path(), file.file_name());
            let Ok(metadata) = file.metadata() else { continue };
            let needed = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if name.to_string_lossy().starts_with(UNFINISHED) {
                if needed.elapsed().is_ok_and(|age| age > LEFT) {
                    // Next time, then.
                    let _ = fs::remove_file(&path);
                }
            } else if path.extension().is_some_and(|extension| extension == "bin") {
                kept.push(Kept { path, bytes: metadata.len(), needed });
            }
        }
        Ok(kept)
    }
}

/// Marks a file as needed now.
fn needed(path: &Path) -> io::Result<()> {
    File::options().write(true).open(path)?.set_modified(SystemTime::now())
}

/// Removes a file, unless another process was quicker.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
