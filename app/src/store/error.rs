//! What can go wrong with what is kept, in sentences for people.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::advice::Advice;

/// Why something is not kept, or cannot be read again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no folder to keep anything in.
    #[error("nothing can be kept in the folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// There is something that is no database.
    #[error("{} is not a database, or is damaged", .0.display())]
    NotADatabase(PathBuf),
    /// It is a database, but no history of Skylift's.
    #[error("{} is a database of another program", .0.display())]
    Foreign(PathBuf),
    /// A later version has changed its tables.
    #[error("{} was written by a later Skylift (form {found}; this one knows forms up to {known})", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The form of its tables.
        found: i64,
        /// The latest form that is known here.
        known: i64,
    },
    /// It must not be written, or not be opened.
    #[error("{} cannot be written: {problem}", path.display())]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        problem: String,
    },
    /// No space is left.
    #[error("there is no space left for {}", .0.display())]
    Full(PathBuf),
    /// Others hold it for too long.
    #[error("another program holds {}", .0.display())]
    Busy(PathBuf),
    /// Anything else.
    #[error("{} cannot be used: {source}", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// No thread to write the history on.
    #[error("the operating system does not let Skylift start the thread that keeps its history: {0}")]
    Thread(#[source] std::io::Error),
}

impl StoreError {
    /// What an error of SQLite means for this file.
    pub(super) fn of(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::NotADatabase(path),
            Some(
                ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure,
            ) => Self::NotWritable { path, problem: error.to_string() },
            Some(ErrorCode::DiskFull) => Self::Full(path),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(path),
            _ => Self::Other { path, source: error },
        }
    }
}

impl Advice for StoreError {
    fn advice(&self) -> Vec<String> {
        let other_folder = "--data-dir DIR, or SKYLIFT_HOME, keeps everything in another folder".to_owned();
        let advice = match self {
            Self::Folder { .. } => "a folder that you may write in".to_owned(),
            Self::NotADatabase(path) | Self::Foreign(path) => {
                format!("move {} away; a new history is begun then", path.display())
            }
            Self::Newer { .. } => "the later Skylift".to_owned(),
            Self::NotWritable { .. } => "to make the file and its folder writable for you".to_owned(),
            Self::Full(_) => "to free some space".to_owned(),
            Self::Busy(_) => "again, when no other Skylift is at work".to_owned(),
            Self::Other { .. } | Self::Thread(_) => "again".to_owned(),
        };
        vec![advice, other_folder]
    }
}
