//! The folder of streams: bounded, its owner's alone, and shared by any number of processes.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::StreamsError;
use crate::image::{UNFINISHED, read_bounded, write_private};

/// Ends the names of streams.
const ENDING: &str = ".odf";
/// An unfinished file this old was left by a crash.
const LEFT: Duration = Duration::from_secs(3600);

/// Where streams are kept.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Bytes of all files at most.
    most: u64,
}

/// One file of the folder.
struct Kept {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl Folder {
    pub(super) fn new(path: PathBuf, most: u64) -> Self {
        Self { path, most }
    }

    /// What is kept under a name, if it has at most so many bytes. From now on it counts as used.
    pub(super) fn read(&self, name: &str, most: u64) -> Option<Vec<u8>> {
        let path = self.file(name);
        let bytes = read_bounded(&path, most).ok()?;
        // If not, it only goes earlier than it might.
        let _ =
            File::options().append(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(bytes)
    }

    /// Keeps bytes; what was not used for the longest time goes, until there is room.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StreamsError> {
        if bytes.len() as u64 > self.most {
            return Ok(());
        }
        let written = self.create().and_then(|()| write_private(&self.file(name), bytes));
        written.map_err(|error| self.failed("kept", error))?;
        self.shrink(self.most, name)
    }

    /// Removes a file, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<(), StreamsError> {
        remove(&self.file(name)).map_err(|error| self.failed("removed", error))
    }

    /// Removes all there are.
    pub(super) fn clear(&self) -> Result<(), StreamsError> {
        self.shrink(0, "")
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> u64 {
        self.kept().unwrap_or_default().iter().map(|kept| kept.bytes).sum()
    }

    /// Removes files until `most` bytes are left, the one that is `spared` last of all.
    fn shrink(&self, most: u64, spared: &str) -> Result<(), StreamsError> {
        let mut kept = self.kept().map_err(|error| self.failed("read", error))?;
        let spared = self.file(spared);
        kept.sort_by_key(|kept| (kept.path == spared, kept.used));
        let mut bytes: u64 = kept.iter().map(|kept| kept.bytes).sum();
        for kept in kept {
            if bytes <= most {
                break;
            }
            remove(&kept.path).map_err(|error| self.failed("removed", error))?;
            bytes -= kept.bytes;
        }
        Ok(())
    }

    /// All files, in no order. What a crash has left goes on the way.
    fn kept(&self) -> io::Result<Vec<Kept>> {
        let files = match fs::read_dir(&self.path) {
            // Nothing has been kept yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files?,
        };
        let mut kept = Vec::new();
        for file in files.flatten() {
            // Another process may have removed it.
            let (name, Ok(metadata)) = (file.file_name(), file.metadata()) else { continue };
            let (Some(name), Ok(used)) = (name.to_str(), metadata.modified()) else { continue };
            if name.ends_with(ENDING) {
                kept.push(Kept { path: file.path(), bytes: metadata.len(), used });
            } else if name.starts_with(UNFINISHED) && used.elapsed().is_ok_and(|age| age > LEFT) {
                remove(&file.path())?;
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

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}{ENDING}"))
    }

    fn failed(&self, doing: &'static str, error: io::Error) -> StreamsError {
        StreamsError { path: self.path.clone(), doing, error }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
