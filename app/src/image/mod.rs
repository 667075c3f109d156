//! What an ota.bin is: an app image read from a file, checked as the bootloader will check it.

mod error;
mod inspect;
mod wrong_file;

pub use error::{Flaw, InspectError};
pub use inspect::{Image, MAX_FILE_BYTES, Signature};
pub use wrong_file::WrongFile;
