//! Firmware out of envelopes, for every chip.

use skylift::image::envelope::Envelope as Read;
use skylift::image::envelope::extract::{Config, Firmware};
use skylift_tests::toit::archive::gzip;
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::encoded::assets;
use skylift_tests::toit::envelope::{Container, Envelope, SDK, Stored};
use skylift_tests::toit::program::Program;
use skylift_tests::toit::relocatable::{Word, ready};
use skylift_tests::toit::snapshot::Bundle;

/// `{"a":1}` in UBJSON.
const CONFIG: &[u8] = b"{#U\x01U\x01aU\x01";

#[track_caller]
fn extracts(envelope: &Envelope, file: &[u8], config: &[u8]) {
    let read = Read::parse(file).unwrap();
    let encoded = if config.is_empty() { Config::default() } else { Config::read(config).unwrap() };
    let firmware = Firmware::extract(&read, &encoded).unwrap();
    same(firmware.as_bytes(), &envelope.app_image(config));
    same(&firmware.to_ubjson(), &envelope.parts(config));
}

#[track_caller]
fn same(is: &[u8], wanted: &[u8]) {
    let differs = is.iter().zip(wanted).position(|(is, wanted)| is != wanted);
    assert_eq!((differs, is.len()), (None, wanted.len()), "first difference, length");
}

/// With a snapshot that has assets, a ready image, WiFi, and a UUID of its own.
pub fn full(chip: Chip) -> Envelope {
    let mut envelope = Envelope::new(chip);
    let mut blink = Container::snapshot("blink", Bundle::new(SDK, Program::saying("blink")));
    blink.assets = Some(assets(&[("config", b"five!"), ("empty", b"")]));
    blink.flags = 3;
    let id = [0x1d; 16];
    let image = Stored::Image(id, ready(Word::W32, &id, &envelope.system_uuid()));
    let ready = Container { name: "ready".to_owned(), stored: image, flags: 0, assets: None };
    envelope.containers.extend([blink, ready]);
    envelope.wifi = Some(("my network".to_owned(), "a password".to_owned()));
    envelope.uuid = Some([0xa7; 16]);
    envelope
}

#[test]
fn the_system_alone() {
    for chip in Chip::ALL {
        let envelope = Envelope::new(chip);
        extracts(&envelope, &envelope.to_bytes(), &[]);
    }
}

#[test]
fn containers_and_wifi_and_a_configuration() {
    for chip in Chip::ALL {
        let envelope = full(chip);
        extracts(&envelope, &envelope.to_bytes(), CONFIG);
    }
}

#[test]
fn packed_as_it_is_published() {
    let envelope = full(Chip::Esp32);
    extracts(&envelope, &gzip(&envelope.to_bytes()), &[]);
}

#[test]
fn a_body_without_a_hash_and_of_another_length() {
    let mut envelope = full(Chip::Esp32C3);
    envelope.body.hashed = false;
    envelope.body.constants = 1236;
    extracts(&envelope, &envelope.to_bytes(), CONFIG);
}

#[test]
fn more_containers_than_64_kib_hold() {
    let mut envelope = Envelope::new(Chip::Esp32S3);
    for name in ["one", "two", "three", "four", "five"] {
        let bundle = Bundle::new(SDK, Program::saying(name));
        envelope.containers.push(Container::snapshot(name, bundle));
    }
    assert!(envelope.app_image(&[]).len() > envelope.body.to_bytes().len() + 0x1_0000, "it fits in 64 KiB");
    extracts(&envelope, &envelope.to_bytes(), &[]);
}
