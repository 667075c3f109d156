//! The folder of the library: names, bounded reading, and one writer at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use skylift_protocol::Digest;

use super::super::whole_file::{UNFINISHED, write_whole};
use super::LibraryError;

/// No description of an image is longer.
const MAX_DESCRIPTION: u64 = 64 * 1024;
const LOCK: &str = "lock";

/// Where the library is kept.
#[derive(Clone, Debug)]
pub(super) struct Folder(PathBuf);

/// As long as this lives, no other process writes to the library.
pub(super) struct Writing(#[expect(dead_code, reason = "closing the file ends the lock")] File);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn image(&self, file_sha256: Digest) -> PathBuf {
        self.0.join(format!("{file_sha256}.bin"))
    }

    pub(super) fn description(&self, file_sha256: Digest) -> PathBuf {
        self.0.join(format!("{file_sha256}.json"))
    }

    pub(super) fn elf(&self, elf_sha256: Digest) -> PathBuf {
        self.0.join("elf").join(format!("{elf_sha256}.elf"))
    }

    /// Creates the folder, and waits until no other process writes to it.
    pub(super) fn write(&self) -> Result<Writing, LibraryError> {
        let elves = self.0.join("elf");
        fs::create_dir_all(&elves).map_err(|error| self.failed("created", error))?;
        let path = self.0.join(LOCK);
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = open.map_err(|error| self.failed("written to", error))?;
        match file.lock() {
            Ok(()) => {
                // Nobody else writes now, so these were left by a crash.
                sweep(&self.0, |name| is_unfinished(name) || self.is_undescribed(name));
                sweep(&elves, is_unfinished);
            }
            // Some network drives know no locks; each file is still whole by itself.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(error) => return Err(self.failed("written to", error)),
        }
        Ok(Writing(file))
    }

    pub(super) fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), LibraryError> {
        write_whole(path, bytes).map_err(|error| self.failed("written to", error))
    }

    pub(super) fn remove(&self, path: &Path) -> Result<(), LibraryError> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed("written to", error)),
            _ => Ok(()),
        }
    }

    /// The digests of all descriptions, in no order.
    pub(super) fn names(&self) -> Result<Vec<Digest>, LibraryError> {
        let files = match fs::read_dir(&self.0) {
            // Nothing has been added yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files.map_err(|error| self.failed("read", error))?,
        };
        let names = files.filter_map(|file| {
            let name = file.ok()?.file_name();
            name.to_str()?.strip_suffix(".json")?.parse().ok()
        });
        Ok(names.collect())
    }

    /// Whether it is an image whose adding or forgetting was cut short.
    fn is_undescribed(&self, name: &str) -> bool {
        let digest = name.strip_suffix(".bin").and_then(|digest| digest.parse().ok());
        digest.is_some_and(|digest| !self.description(digest).exists())
    }

    fn failed(&self, doing: &'static str, error: io::Error) -> LibraryError {
        LibraryError::Io { path: self.0.clone(), doing, error }
    }
}

/// Reads a description; a longer one than there are is cut, and then not understood.
pub(super) fn read_description(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_DESCRIPTION).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_unfinished(name: &str) -> bool {
    name.starts_with(UNFINISHED)
}

fn sweep(folder: &Path, is_left: impl Fn(&str) -> bool) {
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        if file.file_name().to_str().is_some_and(&is_left) {
            // Next time, then.
            let _ = fs::remove_file(file.path());
        }
    }
}
