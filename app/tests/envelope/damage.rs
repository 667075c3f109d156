//! What can be wrong with an envelope and with what goes into it, made by hand.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::toit::archive::archive;
use crate::toit::body::Chip;
use crate::toit::encoded::assets;
use crate::toit::envelope::{Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::snapshot::{Bundle, snapshot};

pub type Entries = Vec<(String, Vec<u8>)>;

/// An entry of an archive.
pub fn entry(name: &str, data: impl AsRef<[u8]>) -> (String, Vec<u8>) {
    (name.to_owned(), data.as_ref().to_vec())
}

/// The first entry of an envelope of this version.
pub fn info(version: u32) -> (String, Vec<u8>) {
    entry("$envelope", [0x0abe_ca70_u32.to_le_bytes(), version.to_le_bytes()].concat())
}

pub fn metadata(kind: &str, word_size: u32) -> (String, Vec<u8>) {
    entry("$metadata", format!(r#"{{"sdk-version":"{SDK}","kind":"{kind}","word-size":{word_size}}}"#))
}

/// The entries that an envelope begins with, and these behind them.
pub fn envelope(more: Entries) -> Vec<u8> {
    archive(&[vec![info(8), metadata("esp32", 4)], more].concat())
}

/// With this in place of the firmware of a good one.
pub fn with_body(body: &[u8]) -> Vec<u8> {
    let system = Bundle::new(SDK, Program::sample()).to_bytes();
    envelope(vec![entry("$firmware.bin", body), entry("system", system)])
}

/// A good one with this container in it.
pub fn with_container(name: &str, content: &[u8]) -> Vec<u8> {
    envelope(vec![entry("$firmware.bin", Envelope::new(Chip::Esp32).body.to_bytes()), entry(name, content)])
}

/// A good one, changed.
pub fn changed(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut bytes = Envelope::new(Chip::Esp32).to_bytes();
    change(&mut bytes);
    bytes
}

/// What follows the first place where these bytes stand is written over.
pub fn overwrite(bytes: &mut [u8], behind: &[u8], with: &[u8]) {
    let at = bytes.windows(behind.len()).position(|found| found == behind).unwrap() + behind.len();
    bytes[at..at + with.len()].copy_from_slice(with);
}

/// So many zeros as a gzip file, behind these bytes.
pub fn bomb(head: &[u8], zeros: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(head).unwrap();
    let page = vec![0; 1 << 20];
    for _ in 0..zeros >> 20 {
        encoder.write_all(&page).unwrap();
    }
    encoder.finish().unwrap()
}

/// A list in a list, so many times.
pub fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

/// A bundle with this in place of its program.
pub fn bundle(program: &[u8]) -> Vec<u8> {
    archive(&[
        entry("toit", "like a tiger"),
        entry("sdk-version", SDK),
        entry("snapshot", program),
        entry("uuid", [7; 16]),
        entry("source-map", "lines"),
    ])
}

/// A program whose first table says that it has so many entries.
pub fn huge_program() -> Vec<u8> {
    let mut program = snapshot(&Program::sample());
    program[32..36].copy_from_slice(&i32::MAX.to_le_bytes());
    bundle(&program)
}

/// A program that says it needs as many pages as can be said.
pub fn roomy_program() -> Vec<u8> {
    let mut program = snapshot(&Program::sample());
    program[8..12].copy_from_slice(&[0xff; 4]);
    bundle(&program)
}

/// Assets that say they are so many.
pub fn countless_assets() -> Vec<u8> {
    let mut blob = assets(&[("pin", b"5")]);
    blob[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    blob
}
