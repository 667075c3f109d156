//! The `ar` archives of Toit, and gzip around them.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

/// An archive of the entries, in their order. The names have at most 16 bytes.
#[must_use]
pub fn archive(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, data) in entries {
        assert!(name.len() <= 16, "{name} is too long for an entry");
        let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 644, data.len());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(data);
        if data.len() % 2 == 1 {
            bytes.push(b'\n');
        }
    }
    bytes
}

/// The bytes as a gzip file, as envelopes are published.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}
