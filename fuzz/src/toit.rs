//! Toit's envelopes and snapshots around what a target was given: archives, a small app image, and the entries' names.

/// Entries of envelopes, by number.
pub const ENTRIES: [&str; 14] = [
    "$firmware.bin",
    "system",
    "+system",
    "$properties",
    "blink",
    "+blink",
    "$firmware.elf",
    "$bootloader.bin",
    "$partitions.bin",
    "$otadata.bin",
    "$flashing.json",
    "$run-image",
    "ready",
    "other file",
];

/// A version whose snapshots are converted.
pub const SDK: &str = "v2.0.0-alpha.195";

/// The archive of these entries.
#[must_use]
pub fn archive<'a>(entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, data) in entries {
        bytes.extend(format!("{name:<16}0           0     0     644     {:<10}`\n", data.len()).into_bytes());
        bytes.extend_from_slice(data);
        bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    }
    bytes
}

/// An envelope with these entries, for a chip or for a computer of 64 bits.
#[must_use]
pub fn envelope<'a>(host: bool, entries: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<u8> {
    let (kind, word) = if host { ("host", 8) } else { ("esp32", 4) };
    let metadata = format!(r#"{{"sdk-version":"{SDK}","kind":"{kind}","word-size":{word}}}"#);
    let mut bytes =
        archive([("$envelope", &b"\x70\xca\xbe\x0a\x08\0\0\0"[..]), ("$metadata", metadata.as_bytes())]);
    bytes.extend_from_slice(&archive(entries)[8..]);
    bytes
}

/// A bundle with this program.
#[must_use]
pub fn bundle(snapshot: &[u8]) -> Vec<u8> {
    archive([
        ("toit", b"like a tiger".as_slice()),
        ("sdk-version", SDK.as_bytes()),
        ("snapshot", snapshot),
        ("uuid", &[7; 16]),
        ("source-map", b"lines"),
    ])
}

/// A snapshot whose first words are right: its mark, and its length.
#[must_use]
pub fn sealed(snapshot: &[u8]) -> Vec<u8> {
    let mut bytes = 70_177_017_u32.to_le_bytes().to_vec();
    bytes.extend((snapshot.len() as u32 + 8).to_le_bytes());
    bytes.extend_from_slice(snapshot);
    bytes
}

/// A small app image for an ESP32 with the place where containers are noted. Its checksum and hash are wrong.
#[must_use]
pub fn firmware() -> Vec<u8> {
    let mut constants = vec![0; 288];
    constants[..4].copy_from_slice(&0xABCD_5432_u32.to_le_bytes());
    constants[256..260].copy_from_slice(&0x7017_DA7A_u32.to_le_bytes());
    constants[280..284].copy_from_slice(&0x00C0_9F19_u32.to_le_bytes());
    let mut bytes = vec![0xE9, 2, 2, 0x20];
    bytes.resize(23, 0);
    bytes.push(1);
    for (address, data) in [(0x3F40_0020_u32, constants), (0x4008_0000, vec![7; 20])] {
        bytes.extend(address.to_le_bytes());
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
    }
    bytes
}
