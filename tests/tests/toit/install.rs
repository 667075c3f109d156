//! Containers are installed and taken out as in the envelopes that the independent writer makes.

use skylift::image::envelope::{Envelope as Read, Importance, Start, Trigger};
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::encoded::assets;
use skylift_tests::toit::envelope::{Container, Envelope, SDK};
use skylift_tests::toit::program::Program;
use skylift_tests::toit::snapshot::Bundle;

#[test]
fn a_file_that_is_read_is_written_unchanged() {
    let file = super::extract::full(Chip::Esp32).to_bytes();
    assert!(Read::parse(&file).unwrap().to_bytes().unwrap() == file, "the bytes differ");
}

#[test]
fn installed_and_taken_out_again() {
    let mut envelope = Envelope::new(Chip::Esp32);
    let before = envelope.to_bytes();
    let bundle = Bundle::new(SDK, Program::saying("blink"));
    let blob = assets(&[("config", b"on")]);
    let mut read = Read::parse(&before).unwrap();
    let start = Start { trigger: Trigger::Boot, importance: Importance::Critical };
    read.install("blink", bundle.to_bytes(), Some(blob.clone()), start).unwrap();

    let container = Container { flags: 3, assets: Some(blob), ..Container::snapshot("blink", bundle) };
    envelope.containers.push(container);
    assert!(read.to_bytes().unwrap() == envelope.to_bytes(), "the bytes differ");

    read.uninstall("blink").unwrap();
    assert!(read.to_bytes().unwrap() == before, "something of it stays");
}

#[test]
fn the_ids_of_a_list_are_those_of_the_writer() {
    let envelope = super::extract::full(Chip::Esp32C6);
    let read = Read::parse(&envelope.to_bytes()).unwrap();
    for container in read.containers().unwrap() {
        assert_eq!(Some(container.id.0), envelope.id(container.name), "{}", container.name);
    }
}

#[test]
fn a_snapshot_of_another_sdk_is_refused() {
    let before = Envelope::new(Chip::Esp32).to_bytes();
    let mut read = Read::parse(&before).unwrap();
    let other = Bundle::new("v2.0.0-alpha.190", Program::sample()).to_bytes();
    let error = read.install("blink", other, None, Start::default()).unwrap_err().to_string();
    assert!(error.contains("v2.0.0-alpha.190") && error.contains(SDK), "{error}");
    assert!(read.to_bytes().unwrap() == before, "it was changed");
}
