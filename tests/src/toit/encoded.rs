//! The small encodings of Toit: the blob of assets, TISON, and UUIDs.

use sha2::{Digest as _, Sha256};

/// A UUID, as the formats store it.
pub type Uuid = [u8; 16];

/// A number of seven bits a byte, the low ones first.
#[must_use]
pub fn cardinal(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// The assets of a container: names and contents, in their order.
#[must_use]
pub fn assets(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = 0x6395_f9f1_u32.to_le_bytes().to_vec();
    bytes.extend_from_slice(&(entries.len() as u32).to_le_bytes());
    for (name, content) in entries {
        for field in [name.as_bytes(), content] {
            bytes.extend_from_slice(&(field.len() as u32).to_le_bytes());
            bytes.extend_from_slice(field);
            pad(&mut bytes, 4);
        }
    }
    bytes
}

/// A TISON document that is a map from strings to values which are encoded already: see [`text`] and [`bytes`].
#[must_use]
pub fn tison_map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut payload = vec![9];
    payload.extend(cardinal(entries.len() as u64));
    for (key, value) in entries {
        payload.extend(text(key));
        payload.extend_from_slice(value);
    }
    let mut document = vec![0xf7, 0x01, 0x89, 0xa6];
    document.extend(cardinal(payload.len() as u64));
    document.extend(payload);
    document
}

/// A string as a value of TISON.
#[must_use]
pub fn text(value: &str) -> Vec<u8> {
    tagged(11, value.as_bytes())
}

/// A byte array as a value of TISON.
#[must_use]
pub fn bytes(value: &[u8]) -> Vec<u8> {
    tagged(13, value)
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut value = vec![tag];
    value.extend(cardinal(content.len() as u64));
    value.extend_from_slice(content);
    value
}

/// The UUID that stands for an SDK version where no other is set.
#[must_use]
pub fn sdk_uuid(version: &str) -> Uuid {
    use sha1::Digest as _;
    marked(&sha1::Sha1::digest(format!("toit:sdk-version{version}")))
}

/// The UUID of a snapshot.
#[must_use]
pub fn snapshot_uuid(version: &str, snapshot: &[u8]) -> Uuid {
    let mut hash = Sha256::new();
    for field in [version.as_bytes(), snapshot] {
        hash.update((field.len() as u32).to_le_bytes());
        hash.update(field);
    }
    marked(&hash.finalize())
}

/// The id of a container that comes from a snapshot: no bits of a UUID are set in it.
#[must_use]
pub fn container_id(snapshot: &Uuid, assets: Option<&[u8]>) -> Uuid {
    let mut hash = Sha256::new();
    hash.update(snapshot);
    hash.update(assets.unwrap_or_default());
    hash.finalize()[..16].try_into().unwrap()
}

/// Text with dashes.
#[must_use]
pub fn dashed(uuid: &Uuid) -> String {
    let hex: String = uuid.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// Fills up with zeros to a multiple of `unit`.
pub fn pad(bytes: &mut Vec<u8>, unit: usize) {
    bytes.resize(bytes.len().next_multiple_of(unit), 0);
}

fn marked(hash: &[u8]) -> Uuid {
    let mut uuid: Uuid = hash[..16].try_into().unwrap();
    uuid[6] = uuid[6] & 0x0f | 0x50;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    uuid
}
