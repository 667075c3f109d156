//! Gzip, in which envelopes are published.

use std::fs::{File, Metadata};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;

use super::{EnvelopeError, Undecodable, ar};

/// Begins every gzip'ed file.
pub(super) const MAGIC: &[u8] = &[0x1f, 0x8b];

/// Whether a file that can be read begins as one that is gzip'ed.
pub(super) fn is_packed(path: &Path) -> bool {
    let mut head = [0; 2];
    // Opening a pipe would wait for its writer.
    let file = path.metadata().ok().filter(Metadata::is_file).and_then(|_| File::open(path).ok());
    file.is_some_and(|mut file| file.read_exact(&mut head).is_ok()) && head == MAGIC
}

/// What is packed in these bytes, if an archive could be so large.
pub(super) fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    let mut plain = Vec::new();
    let most = ar::MAX_BYTES as u64 + 1;
    MultiGzDecoder::new(bytes)
        .take(most)
        .read_to_end(&mut plain)
        .map_err(|_| EnvelopeError::Archive(Undecodable::Malformed("it cannot be unpacked")))?;
    if plain.len() > ar::MAX_BYTES {
        return Err(EnvelopeError::Archive(Undecodable::TooLarge));
    }
    Ok(plain)
}

/// The bytes, packed.
pub(super) fn packed(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}
