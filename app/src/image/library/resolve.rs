//! IMAGE on the command line: a file, what the library calls one, or the firmware that comes with Skylift.

use std::path::Path;

use super::super::bundled::{BundledFirmware, PREFIX};
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
    /// For this chip no firmware comes with Skylift.
    #[error("no firmware for the chip {0:?} comes with Skylift")]
    NotBundled(String),
}

impl Advice for OpenError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::File(error) => error.advice(),
            Self::Library(error) => error.advice(),
            Self::NotBundled(_) => {
                let there: Vec<String> =
                    BundledFirmware::all().map(|firmware| firmware.chip.to_string()).collect();
                vec![format!("there is one for {}; for another chip: skylift build", there.join(", "))]
            }
        }
    }
}

/// Opens an image that a user calls by its file, or else by its version or digest in the library, or `bundled:<chip>`.
///
/// # Errors
/// There is no such file and no such image, or a device would not boot it.
pub fn open_image(library: &Library, called: &Path) -> Result<Image, OpenError> {
    // A file goes first: what a version is called, the build decided; what a file is called, the user did.
    match called.to_str() {
        Some(name) if !called.exists() && !looks_like_a_file(called) => by_name(library, name),
        _ => Ok(Image::open(called)?),
    }
}

fn by_name(library: &Library, name: &str) -> Result<Image, OpenError> {
    if let Some(found) = BundledFirmware::called(name) {
        let firmware =
            found.ok_or_else(|| OpenError::NotBundled(name.trim_start_matches(PREFIX).to_owned()))?;
        return Ok(firmware.image()?);
    }
    match library.find(name) {
        Err(LibraryError::Unknown(_)) => Ok(Image::open(Path::new(name))?),
        found => Ok(library.open(&found?)?),
    }
}

fn looks_like_a_file(path: &Path) -> bool {
    path.components().count() > 1 || path.extension().is_some_and(|extension| extension == "bin")
}
