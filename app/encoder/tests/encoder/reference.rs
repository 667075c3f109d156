//! Streams read by a decoder in another language, `reference.py`, which shares nothing with encoder and decoder.

use std::path::Path;
use std::process::Command;

use skylift_encoder::{ChunkLog, encode_at_any_size, unwatched};

use crate::pairs::{Edit, corners, firmware};
use crate::vectors::vectors;

/// What the reference makes of a stream; `None` if there is no Python here.
fn reference(old: &[u8], stream: &[u8]) -> Option<Result<Vec<u8>, String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("old"), old).unwrap();
    std::fs::write(path("stream"), stream).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/encoder/reference.py");
    let python = Command::new("python3").arg(script).args(["old", "stream", "new"].map(path)).output();
    let Ok(output) = python else {
        println!("SKIPPED: the program python3 is not installed");
        assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "nothing may be skipped here");
        return None;
    };
    let failed = || String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { Ok(std::fs::read(path("new")).unwrap()) } else { Err(failed()) })
}

fn reads(old: &[u8], new: &[u8], stream: &[u8]) {
    if let Some(read) = reference(old, stream) {
        assert!(read.as_deref() == Ok(new), "{:?}", read.err());
    }
}

#[test]
fn the_reference_reads_the_vectors_and_what_the_encoder_makes_of_them() {
    for vector in vectors() {
        reads(&vector.old, &vector.new, &vector.stream);
        let stream =
            encode_at_any_size(&vector.old, &vector.new, ChunkLog::new(12).unwrap(), &mut unwatched).unwrap();
        reads(&vector.old, &vector.new, &stream);
    }
}

#[test]
fn the_reference_reads_versions_of_firmware() {
    let old = firmware(31, 90_000);
    let edits = [
        Edit::Overwrite { at: 300, bytes: b"version 2".to_vec() },
        Edit::Insert { at: 20_000, bytes: firmware(32, 500) },
        Edit::Shift { from: 5000, every: 97, by: 4 },
        Edit::Move { from: 60_000, len: 9000, to: 1000 },
        Edit::Fill { at: 40_000, len: 3000, byte: 0xFF },
        Edit::Repeat { from: 10_000, len: 7000 },
    ];
    let mut new = old.clone();
    for edit in edits {
        new = edit.of(new);
        for (old, log) in [(&old[..], 18), (&old, 14), (&[], 16)] {
            let stream = encode_at_any_size(old, &new, ChunkLog::new(log).unwrap(), &mut unwatched).unwrap();
            reads(old, &new, &stream);
        }
    }
}

#[test]
fn the_reference_reads_the_corners() {
    for (old, new) in corners() {
        let stream = encode_at_any_size(&old, &new, ChunkLog::new(12).unwrap(), &mut unwatched).unwrap();
        reads(&old, &new, &stream);
    }
}

#[test]
fn the_reference_refuses_what_is_damaged() {
    let [_, mut delta, _] = vectors();
    let last = delta.stream.len() - 6;
    delta.stream[last] ^= 0x10;
    if let Some(read) = reference(&delta.old, &delta.stream) {
        assert!(read.is_err_and(|why| why.contains("AssertionError") || why.contains("IndexError")));
    }
}
