//! Reading a file that may be anything.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads a file that has at most so many bytes.
///
/// # Errors
/// It cannot be read, is no file, or is longer.
pub fn read_bounded(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // Looked at before it is opened: opening a pipe would wait for its writer.
    if !path.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large"));
    }
    Ok(bytes)
}
