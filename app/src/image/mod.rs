//! What an ota.bin is: an app image read from a file, checked as the bootloader will check it.

pub mod backtrace;
pub mod build;
pub mod bundled;
mod error;
mod inspect;
pub mod library;
pub mod newest;
pub mod sign;
pub mod source;
pub mod watch;
mod whole_file;
mod wrong_file;

pub use error::{Flaw, InspectError};
pub use inspect::{Image, MAX_FILE_BYTES, Signature};
pub use whole_file::{write_private, write_whole};
pub use wrong_file::WrongFile;
