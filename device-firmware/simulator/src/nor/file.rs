//! The file behind a persistent flash: opened exclusively, written through at every change.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use skylift_updater::SECTOR;

/// Bytes of the largest flash that is taken.
const MAX_CAPACITY: u64 = 128 << 20;

/// Why a flash could not be made; the sentences are for people.
#[derive(Debug, thiserror::Error)]
pub enum NorError {
    /// Not a whole number of sectors, or none, or too many.
    #[error("a flash has a whole number of 4096-byte sectors and at most 128 MiB, not {0} bytes")]
    Size(u64),
    /// The file has such a size.
    #[error("{} is not a flash file: it has {bytes} bytes, a flash a whole number of 4096-byte sectors and at most 128 MiB", path.display())]
    FileSize {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// Another process, or another flash of this one, has it open.
    #[error("the flash file {} is in use by another simulated device", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} the flash file {}: {source}", path.display())]
    File {
        /// What was tried: open, create, read, write.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

pub(super) fn check_size(bytes: u64) -> Result<(), NorError> {
    let fits = bytes > 0 && bytes <= MAX_CAPACITY && bytes.is_multiple_of(u64::from(SECTOR));
    if fits { Ok(()) } else { Err(NorError::Size(bytes)) }
}

/// An open flash file. It stays locked until it is dropped.
#[derive(Debug)]
pub(super) struct FlashFile {
    file: File,
    path: PathBuf,
}

impl FlashFile {
    /// Opens an existing file and reads it.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<u8>), NorError> {
        let opened = OpenOptions::new().read(true).write(true).open(path);
        let file = opened.map_err(|source| failed("open", path, source))?;
        let mut flash_file = Self { file, path: path.to_owned() };
        flash_file.lock()?;
        // Looked at first, so that a wrong path to something huge is not read into memory.
        let bytes = flash_file.file.metadata().map_err(|source| failed("read", path, source))?.len();
        check_size(bytes).map_err(|_| NorError::FileSize { path: path.to_owned(), bytes })?;
        let mut cells = Vec::new();
        flash_file.file.read_to_end(&mut cells).map_err(|source| failed("read", path, source))?;
        Ok((flash_file, cells))
    }

    /// Makes a new file of `cells`; an existing one is left alone and is an error.
    pub(super) fn create(path: &Path, cells: &[u8]) -> Result<Self, NorError> {
        let created = OpenOptions::new().read(true).write(true).create_new(true).open(path);
        let file = created.map_err(|source| failed("create", path, source))?;
        let mut flash_file = Self { file, path: path.to_owned() };
        flash_file.lock()?;
        flash_file.write(0, cells)?;
        Ok(flash_file)
    }

    /// Writes `bytes` at `offset`, at once: what the system has taken outlives this process.
    pub(super) fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), NorError> {
        let sought = self.file.seek(SeekFrom::Start(u64::from(offset)));
        sought.and_then(|_| self.file.write_all(bytes)).map_err(|source| failed("write", &self.path, source))
    }

    fn lock(&self) -> Result<(), NorError> {
        match self.file.try_lock() {
            Ok(()) => Ok(()),
            Err(TryLockError::WouldBlock) => Err(NorError::InUse { path: self.path.clone() }),
            // Some network file systems know no locks; the flash works there all the same.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => Ok(()),
            Err(TryLockError::Error(source)) => Err(failed("lock", &self.path, source)),
        }
    }
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> NorError {
    NorError::File { action, path: path.to_owned(), source }
}
