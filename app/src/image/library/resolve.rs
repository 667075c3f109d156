//! IMAGE on the command line: a file, or what the library calls one.

use std::path::Path;

use super::super::{Image, InspectError};
use super::{Library, LibraryError};
use crate::advice::Advice;

/// Why what a user calls an image cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file is no image, or there is none.
    #[error(transparent)]
    File(#[from] InspectError),
    /// The library has none, several, or a damaged one.
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl Advice for OpenError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::File(error) => error.advice(),
            Self::Library(error) => error.advice(),
        }
    }
}

/// Opens an image that a user calls by its file, or else by its version or digest in the library.
///
/// # Errors
/// There is no such file and no such image, or a device would not boot it.
pub fn open_image(library: &Library, called: &Path) -> Result<Image, OpenError> {
    // A file goes first: what a version is called, the build decided; what a file is called, the user did.
    match called.to_str() {
        Some(name) if !called.exists() && !looks_like_a_file(called) => match library.find(name) {
            Err(LibraryError::Unknown(_)) => Ok(Image::open(called)?),
            found => Ok(library.open(&found?)?),
        },
        _ => Ok(Image::open(called)?),
    }
}

fn looks_like_a_file(path: &Path) -> bool {
    path.components().count() > 1 || path.extension().is_some_and(|extension| extension == "bin")
}
