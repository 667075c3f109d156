//! What can go wrong with the folder of streams, in sentences for people.

use std::io;
use std::path::{Path, PathBuf};

use crate::advice::Advice;
use crate::image::bounded_folder::Failed;

/// Why streams cannot be kept. Each is still made, and made again the next time.
#[derive(Debug, thiserror::Error)]
#[error("{}: encoded images cannot be {doing}: {error}", path.display())]
pub struct StreamsError {
    /// The folder.
    pub path: PathBuf,
    /// What was tried, as a participle.
    pub doing: &'static str,
    /// What the operating system says.
    #[source]
    pub error: io::Error,
}

impl StreamsError {
    pub(super) fn new(folder: &Path, Failed { doing, error }: Failed) -> Self {
        Self { path: folder.to_owned(), doing, error }
    }
}

impl Advice for StreamsError {
    fn advice(&self) -> Vec<String> {
        vec!["check that this user may write there, or name another folder with --data-dir".to_owned()]
    }
}
