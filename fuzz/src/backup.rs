//! The zip file of a backup, with its digests put right.

use std::io::{Cursor, Write as _};

use md5::{Digest as _, Md5};
use serde_json::json;
use sha2::Sha256;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Bytes of the flash of such a backup: one piece.
pub const FLASH: usize = 0x1_0000;

/// A backup of this flash, as Skylift writes one; what matters to nobody is not packed.
///
/// # Panics
/// The zip file cannot be written, which in memory it can.
#[must_use]
pub fn backup(flash: &[u8; FLASH]) -> Vec<u8> {
    let about = json!({
        "format": 1,
        "skylift": "0.1.0",
        "taken": "2026-11-23T08:15:02.123Z",
        "chip": "ESP32-C3",
        "revision": "0.4",
        "mac": "a0:b1:c2:00:00:07",
        "secure_boot": false,
        "flash_encryption": false,
        "flash_size": FLASH,
        "sha256": hex(&Sha256::digest(flash)),
        "partitions": [],
        "slots": [],
        "pieces_md5": [hex(&Md5::digest(flash))],
    });
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in
        [("backup.json", about.to_string().as_bytes()), ("partitions.csv", b""), ("flash.bin", flash)]
    {
        zip.start_file(name, options).expect("a file in the zip file");
        zip.write_all(bytes).expect("bytes in the zip file");
    }
    zip.finish().expect("a zip file").into_inner()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
