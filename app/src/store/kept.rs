//! Small files of JSON in the data folder: read, written whole or not at all, by one process at a time.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::DataDir;
use crate::advice::Advice;
use crate::image::write_private;

/// Nothing that is kept so is longer.
const MOST: u64 = 16 * 1024 * 1024;

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The operating system does not let them be read or written.
    #[error("{} cannot be read or written: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// It holds something else.
    #[error("{} is damaged: {error}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: serde_json::Error,
    },
}

impl Advice for KeptError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Io { .. } => vec!["--data-dir DIR, or SKYLIFT_HOME, keeps everything elsewhere".to_owned()],
            Self::Damaged { path, .. } => vec![format!("remove {}: what it held is lost", path.display())],
        }
    }
}

/// Two processes may share the folder: only one of them changes what this lock is for at a time.
pub(super) fn lock(data_dir: &DataDir, name: &str) -> Result<File, KeptError> {
    let path = data_dir.path().join(name);
    let file = data_dir.create().and_then(|()| File::create(&path));
    let file = file.map_err(|error| KeptError::Io { path: path.clone(), error })?;
    match file.lock() {
        // Some network drives know no locks.
        Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(KeptError::Io { path, error }),
        _ => Ok(file),
    }
}

pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, KeptError> {
    let unreadable = |error| KeptError::Io { path: path.to_owned(), error };
    let file = match File::open(path) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        file => file.map_err(unreadable)?,
    };
    let mut text = Vec::new();
    // What is cut is not understood.
    file.take(MOST).read_to_end(&mut text).map_err(unreadable)?;
    let read = serde_json::from_slice(&text);
    read.map(Some).map_err(|error| KeptError::Damaged { path: path.to_owned(), error })
}

pub(super) fn write(path: &Path, what: &impl Serialize) -> Result<(), KeptError> {
    let text = serde_json::to_vec_pretty(what)
        .map_err(|error| KeptError::Damaged { path: path.to_owned(), error })?;
    // Addresses of devices and of sources are nobody else's business.
    write_private(path, &text).map_err(|error| KeptError::Io { path: path.to_owned(), error })
}
