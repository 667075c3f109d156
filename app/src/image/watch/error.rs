//! Why a source cannot be watched, in sentences for people.

use std::io;
use std::path::{Path, PathBuf};

use super::super::build::BuildError;
use crate::advice::Advice;

/// Why a source cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// It cannot be read, or is nothing that an image can be made from.
    #[error(transparent)]
    Source(#[from] BuildError),
    /// What a build writes is not there yet.
    #[error("{}: it is not there yet, so it cannot be watched", .0.display())]
    NotThere(PathBuf),
    /// The operating system watches no more folders.
    #[error("{}: the operating system watches no more folders for this user", .0.display())]
    TooMany(PathBuf),
    /// The operating system does not watch it.
    #[error("{}: it cannot be watched: {why}", path.display())]
    NotWatched {
        /// The file or folder.
        path: PathBuf,
        /// Half a sentence.
        why: String,
    },
}

impl WatchError {
    /// What the library's error means for a path.
    pub(super) fn of(path: &Path, error: &notify::Error) -> Self {
        let path = error.paths.first().map_or(path, PathBuf::as_path).to_owned();
        match &error.kind {
            notify::ErrorKind::MaxFilesWatch => Self::TooMany(path),
            notify::ErrorKind::PathNotFound => Self::NotThere(path),
            notify::ErrorKind::Io(error) if error.kind() == io::ErrorKind::NotFound => Self::NotThere(path),
            notify::ErrorKind::Io(error) => Self::NotWatched { path, why: error.to_string() },
            kind => Self::NotWatched { path, why: format!("{kind:?}") },
        }
    }
}

impl Advice for WatchError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Source(error) => return error.advice(),
            Self::NotThere(_) => "build it once, and begin again",
            Self::TooMany(_) => {
                "raise the limit: sudo sysctl fs.inotify.max_user_watches=524288; or end another program that watches files"
            }
            Self::NotWatched { .. } => "check that this user may read it; on a network drive copy it here",
        };
        vec![advice.to_owned()]
    }
}
