//! What an ota.bin is: an app image read from a file, checked as the bootloader will check it.

pub mod backtrace;
mod bounded_file;
mod bounded_folder;
pub mod build;
pub mod bundled;
mod dump;
pub mod envelope;
mod error;
mod inspect;
pub mod library;
pub mod newest;
pub mod sign;
pub mod source;
pub mod stream;
pub mod toit;
pub mod watch;
mod whole_file;
mod wrong_file;

pub use bounded_file::read_bounded;
pub(crate) use dump::Dump;
pub use error::{Flaw, InspectError};
pub use inspect::{Image, MAX_FILE_BYTES, Signature};
pub(crate) use whole_file::is_left_over;
pub use whole_file::{write_private, write_whole};
pub use wrong_file::WrongFile;
