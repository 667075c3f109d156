//! Small files of JSON in the data folder: read, written whole or not at all, by one process at a time.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::DataDir;
use crate::advice::Advice;
use crate::image::write_whole;

const LOCK: &str = "waiting.lock";

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WaitingError {
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

impl Advice for WaitingError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Io { .. } => vec!["--data-dir DIR, or SKYLIFT_HOME, keeps everything elsewhere".to_owned()],
            Self::Damaged { path, .. } => vec![format!("remove {}: what it held is lost", path.display())],
        }
    }
}

/// Two processes may share the folder: only one of them changes the list at a time.
pub(super) fn lock(data_dir: &DataDir) -> Result<File, WaitingError> {
    let path = data_dir.path().join(LOCK);
    let file = data_dir.create().and_then(|()| File::create(&path));
    let file = file.map_err(|error| WaitingError::Io { path: path.clone(), error })?;
    match file.lock() {
        // Some network drives know no locks.
        Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(WaitingError::Io { path, error }),
        _ => Ok(file),
    }
}

pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, WaitingError> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        text => text.map_err(|error| WaitingError::Io { path: path.to_owned(), error })?,
    };
    let read = serde_json::from_slice(&text);
    read.map(Some).map_err(|error| WaitingError::Damaged { path: path.to_owned(), error })
}

pub(super) fn write(path: &Path, what: &impl Serialize) -> Result<(), WaitingError> {
    let text = serde_json::to_vec_pretty(what)
        .map_err(|error| WaitingError::Damaged { path: path.to_owned(), error })?;
    write_whole(path, &text).map_err(|error| WaitingError::Io { path: path.to_owned(), error })
}
