//! Toit's envelopes: those that cannot be read, what cannot go into them, and what cannot be made of them.

pub mod making;
pub mod recipes;

use skylift::image::envelope::snapshot::SnapshotError;
use skylift::image::envelope::{CreateError, Envelope as Read, EnvelopeError, Esp32Parts, Start, Value};
use skylift_protocol::{Network, Password, bounded};
use skylift_tests::toit::archive::{archive, gzip};
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::envelope::{Envelope, SDK};
use skylift_tests::toit::program::Program;
use skylift_tests::toit::relocatable::{Word, ready};
use skylift_tests::toit::snapshot::{Bundle, snapshot};

use crate::files::Place;
use crate::table::Line;

type Entry = (String, Vec<u8>);

fn entry(name: &str, data: impl AsRef<[u8]>) -> Entry {
    (name.to_owned(), data.as_ref().to_vec())
}

/// What an envelope begins with.
fn info(version: u32) -> Entry {
    entry("$envelope", [0x0abe_ca70_u32.to_le_bytes(), version.to_le_bytes()].concat())
}

fn metadata(kind: &str) -> Entry {
    entry("$metadata", format!(r#"{{"sdk-version":"{SDK}","kind":"{kind}","word-size":4}}"#))
}

/// An envelope that can be read.
fn holding(entries: Vec<Entry>) -> Vec<u8> {
    archive(&[vec![info(8), metadata("esp32")], entries].concat())
}

fn read(bytes: &[u8]) -> Read {
    Read::parse(bytes).unwrap()
}

fn bundle(program: &[u8]) -> Vec<u8> {
    archive(&[
        entry("toit", "like a tiger"),
        entry("sdk-version", SDK),
        entry("snapshot", program),
        entry("uuid", [7; 16]),
        entry("source-map", "lines"),
    ])
}

/// The line shows what the error carries, too.
fn of(symptom: &'static str, error: &EnvelopeError) -> Line {
    match innermost(error) {
        EnvelopeError::Snapshot { error: snapshot, .. } => of_snapshot(symptom, error, snapshot),
        inner @ (EnvelopeError::Damaged { why, .. }
        | EnvelopeError::Archive(why)
        | EnvelopeError::Container { why, .. }
        | EnvelopeError::Assets { why, .. }) => Line::within(symptom, error, inner).also(why),
        inner => Line::within(symptom, error, inner),
    }
}

fn innermost(error: &EnvelopeError) -> &EnvelopeError {
    if let EnvelopeError::File { error, .. } = error { error } else { error }
}

fn of_snapshot(
    symptom: &'static str,
    error: &impl skylift::advice::Advice,
    snapshot: &SnapshotError,
) -> Line {
    let line = Line::within(symptom, error, snapshot);
    if let SnapshotError::Damaged { why, .. } = snapshot { line.also(why) } else { line }
}

pub fn envelopes() -> Vec<Line> {
    let place = Place::new();
    let whole = Envelope::new(Chip::Esp32).to_bytes();
    let mut unnamed = whole.clone();
    unnamed[8 + 60 + 8] = 0xff;
    let nested = "[".repeat(10_000) + &"]".repeat(10_000);
    let many = (0..1100).map(|at| entry(&format!("x{at}"), "")).collect();
    let files: [(&'static str, Vec<u8>); 12] = [
        ("The file is no envelope", b"buy milk".to_vec()),
        ("The envelope is of another time", archive(&[info(7), metadata("esp32")])),
        ("The envelope lacks a part", archive(&[info(8)])),
        ("The envelope was cut short", whole[..whole.len() - 9].to_vec()),
        ("The download was cut short", gzip(&whole)[..500].to_vec()),
        ("The name of a part is damaged", unnamed),
        ("The envelope has a part twice", holding(vec![entry("lamp", "1"), entry("lamp", "2")])),
        ("The envelope has more parts than anybody has", holding(many)),
        ("The envelope is for something else", archive(&[info(8), metadata("toaster")])),
        ("Something follows its metadata", archive(&[info(8), entry("$metadata", "{} {}")])),
        ("Its properties are no map", holding(vec![entry("$properties", "[]")])),
        ("Its properties are nested deeply", holding(vec![entry("$properties", nested)])),
    ];
    let mut lines =
        vec![of("There is no envelope", &Read::open(&place.path("firmware.envelope")).unwrap_err())];
    for (symptom, bytes) in files {
        let path = place.write("firmware.envelope", bytes);
        lines.push(of(symptom, &Read::open(&path).unwrap_err()));
    }
    place.settle(lines)
}

pub fn contents() -> Vec<Line> {
    let envelope = Envelope::new(Chip::Esp32);
    let bytes = envelope.to_bytes();
    let install = |name: &str, content: Vec<u8>, assets: Option<Vec<u8>>| {
        read(&bytes).install(name, content, assets, Start::default()).unwrap_err()
    };
    let good = || Bundle::new(SDK, Program::sample()).to_bytes();
    let stranger = Bundle::new("v2.0.0-alpha.190", Program::sample()).to_bytes();
    let incomplete = archive(&[entry("toit", "like a tiger"), entry("sdk-version", SDK)]);
    let set = |key: &str, value: Value| read(&bytes).set_property(key, value).unwrap_err();
    let text = |text: &str| Value::Text(text.to_owned());
    let mut full = read(&bytes);
    full.set_property("note", text(&"x".repeat(65 << 20))).unwrap();
    let attic = Network { ssid: bounded("attic"), password: Password::new("short").unwrap() };
    let created = Read::create_esp32(Esp32Parts {
        firmware_bin: envelope.body.to_bytes(),
        system_snapshot: b"main: print 1".to_vec(),
        ..Esp32Parts::default()
    });
    let Err(error @ CreateError::System(_)) = created else { panic!("it was created") };
    let CreateError::System(flaw) = &error else { unreachable!() };
    vec![
        of("The container's name is too long", &install("fifteen-letters", good(), None)),
        of("The program is a source", &install("lamp", b"main: print 1".to_vec(), None)),
        of("The program was compiled by another SDK", &install("lamp", stranger, None)),
        of("The snapshot lacks a part", &install("lamp", incomplete, None)),
        of("The image is for another system", &install("lamp", ready(Word::W32, &[1; 16], &[9; 16]), None)),
        of("The assets are none", &install("lamp", good(), Some(b"pin = 5".to_vec()))),
        of("The property is the envelope's own", &set("sdk-version", text("v3"))),
        of("The UUID is none", &set("uuid", text("lamp"))),
        of("The password is too short", &read(&bytes).set_wifi(&attic).unwrap_err()),
        of("The envelope would become too large", &full.to_bytes().unwrap_err()),
        of_snapshot("The system of a new envelope is no snapshot", &error, flaw),
    ]
}

/// A snapshot of a program, changed.
fn damaged(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut program = snapshot(&Program::sample());
    change(&mut program);
    bundle(&program)
}
