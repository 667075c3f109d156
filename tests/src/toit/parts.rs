//! The extraction in parts: a document in UBJSON that says where each part of the app image is.

use super::body::{Body, DROM_OFFSET};
use super::extension::Extension;

/// The document about an app image that `extension` is in.
#[must_use]
pub fn parts(body: &Body, extension: &Extension, image: &[u8]) -> Vec<u8> {
    let start = DROM_OFFSET + body.constants;
    let end = image.len() - 1 - if body.hashed { 32 } else { 0 };
    let ends = [
        ("binary", start),
        ("images", start + extension.used),
        ("config", start + extension.bytes.len()),
        ("binary", end),
        ("checksum", image.len()),
    ];
    let mut bytes = b"{#U\x02".to_vec();
    key(&mut bytes, "parts");
    bytes.extend_from_slice(b"[#U\x05");
    let mut from = 0;
    for (kind, to) in ends {
        bytes.extend_from_slice(b"{#U\x03");
        key(&mut bytes, "type");
        bytes.push(b'S');
        key(&mut bytes, kind);
        for (name, offset) in [("from", from), ("to", to)] {
            key(&mut bytes, name);
            bytes.extend(number(offset));
        }
        from = to;
    }
    key(&mut bytes, "binary");
    bytes.extend_from_slice(b"[$U#");
    bytes.extend(number(image.len()));
    bytes.extend_from_slice(image);
    bytes
}

fn key(bytes: &mut Vec<u8>, name: &str) {
    bytes.extend(number(name.len()));
    bytes.extend_from_slice(name.as_bytes());
}

/// A number in the smallest size that holds it, the high byte first.
fn number(value: usize) -> Vec<u8> {
    let sized = |kind: u8, bytes: &[u8]| [&[kind], bytes].concat();
    match value {
        0..=0xff => sized(b'U', &[value as u8]),
        0x100..=0x7fff => sized(b'I', &(value as i16).to_be_bytes()),
        _ => sized(b'l', &(value as i32).to_be_bytes()),
    }
}
