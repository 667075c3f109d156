//! Why a file cannot be sent to a device, in sentences for people.

use std::io;
use std::path::PathBuf;

use skylift_updater::image::ImageError;

use super::{MAX_FILE_BYTES, WrongFile};
use crate::advice::Advice;

/// A file that is no app image, or cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {flaw}", path.display())]
pub struct InspectError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    /// The operating system does not give it.
    #[error("it cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// It is a directory or a device.
    #[error("it is not a file")]
    NotAFile,
    /// It has no bytes.
    #[error("it is empty")]
    Empty,
    /// It is larger than any slot.
    #[error("it is larger than {} MiB, and no slot is", MAX_FILE_BYTES / (1024 * 1024))]
    TooLarge,
    /// It is something else.
    #[error("it is {}", .0.what())]
    WrongFile(WrongFile),
    /// It breaks a rule of ESP-IDF's image format.
    #[error("it is no image a device would boot: {0}")]
    NotAnImage(ImageError),
    /// Something follows the image that is no signature.
    #[error("{extra} bytes follow the end of the image (at {end}), and they are no signature")]
    TrailingBytes {
        /// Where the image ends.
        end: u32,
        /// How many bytes follow.
        extra: usize,
    },
}

impl Advice for InspectError {
    fn advice(&self) -> Vec<String> {
        let advice = match &self.flaw {
            Flaw::Unreadable(error) if error.kind() == io::ErrorKind::NotFound => {
                "check the path; relative paths begin at the current directory"
            }
            Flaw::Unreadable(_) => "check that this user may read it",
            Flaw::NotAFile => "name the image itself, usually <project>.bin or ota.bin",
            Flaw::Empty => "build or download it again; the last attempt may have been cut short",
            Flaw::TooLarge => "check that this is the app image alone, and not a dump of the whole flash",
            Flaw::WrongFile(kind) => kind.advice(),
            Flaw::NotAnImage(error) => image_advice(*error),
            Flaw::TrailingBytes { .. } => "build the image again, without padding or appending anything",
        };
        vec![advice.to_owned()]
    }
}

fn image_advice(error: ImageError) -> &'static str {
    match error {
        ImageError::NoDescriptor => {
            "if this is a bootloader, give the app instead; an esp-hal app gets its descriptor from esp_app_desc!()"
        }
        ImageError::NoDigest => {
            "build it with an appended SHA-256: espflash does so, and esptool elf2image too"
        }
        ImageError::Checksum | ImageError::Digest | ImageError::Truncated => {
            "build or copy it again; the file was damaged or cut short on its way"
        }
        _ => "make it with espflash save-image, or with ESP-IDF's build",
    }
}
