//! Damaged envelopes and snapshots: an error, never a panic.

use skylift::image::envelope::extract::{Config, Firmware};
use skylift::image::envelope::snapshot::{Bundle, convert};
use skylift::image::envelope::{Envelope as Read, Uuid, WordSize};
use skylift_tests::toit::archive::archive;
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::envelope::{Envelope, SDK};
use skylift_tests::toit::program::Program;
use skylift_tests::toit::snapshot;

#[test]
fn an_envelope_that_ends_early() {
    let file = Envelope::new(Chip::Esp32).to_bytes();
    for end in (0..file.len() - 2).step_by(613) {
        let read = Read::parse(&file[..end]);
        let firmware = read.ok().and_then(|read| Firmware::extract(&read, &Config::default()).ok());
        assert!(firmware.is_none(), "the first {end} bytes are enough");
    }
}

#[test]
fn a_program_that_ends_early() {
    let program = snapshot::snapshot(&Program::sample());
    for end in (0..program.len()).step_by(7) {
        let bundle = bundle(&program[..end]);
        let converted = Bundle::parse(&bundle).map(|bundle| convert_all(&bundle));
        assert!(!converted.unwrap_or(false), "the first {end} bytes are enough");
    }
}

#[test]
fn a_program_with_any_byte_turned() {
    let program = snapshot::snapshot(&Program::sample());
    let mut refused = 0;
    for at in 0..program.len().min(600) {
        let mut turned = program.clone();
        turned[at] ^= 0xff;
        refused += usize::from(!Bundle::parse(&bundle(&turned)).is_ok_and(|bundle| convert_all(&bundle)));
    }
    assert!(refused > 50, "only {refused} were refused");
}

fn convert_all(bundle: &Bundle) -> bool {
    [WordSize::W32, WordSize::W64]
        .into_iter()
        .all(|word| convert(bundle, word, Uuid([0; 16]), Uuid([0; 16])).is_ok())
}

fn bundle(program: &[u8]) -> Vec<u8> {
    let entry = |name: &str, data: &[u8]| (name.to_owned(), data.to_vec());
    archive(&[
        entry("toit", b"like a tiger"),
        entry("sdk-version", SDK.as_bytes()),
        entry("snapshot", program),
        entry("uuid", &[7; 16]),
        entry("source-map", b"lines"),
    ])
}
