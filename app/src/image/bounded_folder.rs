//! A folder of files that could be had again: bounded in bytes, its owner's alone, shared by any number of processes.
//!
//! When a file was last used is its time of modification; what was not used for the longest time goes first.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::whole_file::{is_left_over, write_private};

/// Where files of one kind are kept.
#[derive(Clone, Debug)]
pub(super) struct BoundedFolder {
    path: PathBuf,
    /// Ends the names of the files.
    ending: &'static str,
    /// Bytes of all files at most.
    most: u64,
}

/// What could not be done.
pub(super) struct Failed {
    /// As a participle: kept, read or removed.
    pub(super) doing: &'static str,
    /// What the operating system says.
    pub(super) error: io::Error,
}

impl Failed {
    fn while_it_is(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self { doing, error }
    }
}

impl From<Failed> for io::Error {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

/// One file of the folder.
struct Kept {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl BoundedFolder {
    /// Nothing is created before something is kept.
    pub(super) fn new(path: PathBuf, ending: &'static str, most: u64) -> Self {
        Self { path, ending, most }
    }

    /// The same, with another bound in bytes.
    pub(super) fn bounded(self, most: u64) -> Self {
        Self { most, ..self }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the file of this name is, or would be.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}{}", self.ending))
    }

    /// Marks a file as used now.
    ///
    /// # Errors
    /// It is not there, or not this user's.
    pub(super) fn mark_used(&self, name: &str) -> io::Result<()> {
        File::options().append(true).open(self.file(name))?.set_modified(SystemTime::now())
    }

    /// Keeps bytes; others go until there is room. More than the folder may hold is not kept.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failed> {
        if bytes.len() as u64 > self.most {
            return Ok(());
        }
        let path = self.file(name);
        let written = self.create().and_then(|()| write_private(&path, bytes));
        written.map_err(Failed::while_it_is("kept"))?;
        self.make_room(&path)
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<(), Failed> {
        remove(&self.file(name)).map_err(Failed::while_it_is("removed"))
    }

    /// Removes all there are. What cannot be removed keeps no other.
    pub(super) fn clear(&self) -> Result<(), Failed> {
        let kept = self.kept().map_err(Failed::while_it_is("read"))?;
        let removed = kept.iter().map(|kept| remove(&kept.path)).fold(Ok(()), io::Result::and);
        removed.map_err(Failed::while_it_is("removed"))
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.kept().unwrap_or_default().iter().map(|kept| kept.bytes).sum()
    }

    /// Removes files until no more are left than there may be, the one that is `spared` last of all.
    fn make_room(&self, spared: &Path) -> Result<(), Failed> {
        let mut kept = self.kept().map_err(Failed::while_it_is("read"))?;
        kept.sort_by_key(|kept| (kept.path == spared, kept.used));
        let mut bytes: u64 = kept.iter().map(|kept| kept.bytes).sum();
        for kept in kept {
            if bytes <= self.most {
                break;
            }
            remove(&kept.path).map_err(Failed::while_it_is("removed"))?;
            bytes -= kept.bytes;
        }
        Ok(())
    }

    /// All files, in no order. What a crash has left goes on the way.
    fn kept(&self) -> io::Result<Vec<Kept>> {
        let files = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files?,
        };
        let mut kept = Vec::new();
        for file in files.flatten() {
            // Another process may have removed it.
            let (name, Ok(metadata)) = (file.file_name(), file.metadata()) else { continue };
            if name.to_string_lossy().ends_with(self.ending) {
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                kept.push(Kept { path: file.path(), bytes: metadata.len(), used });
            } else if is_left_over(&file) {
                // If not now, then the next time.
                let _ = remove(&file.path());
            }
        }
        Ok(kept)
    }

    fn create(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path)
    }
}

/// Removes a file, unless another process was quicker.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
