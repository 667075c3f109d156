//! Good images, and every way in which a file is none.

use skylift_simulator::demo_image::{DemoImage, MarkerKind};
use skylift_updater::image::ImageError;

use super::*;
use crate::advice::Advice;

fn demo() -> DemoImage {
    DemoImage { version: "1.2.3".to_owned(), size: 8192, ..DemoImage::default() }
}

fn bytes() -> Vec<u8> {
    demo().build().unwrap()
}

fn opened(bytes: Vec<u8>) -> Result<Image, InspectError> {
    Image::from_bytes(Path::new("ota.bin"), bytes)
}

#[track_caller]
fn flaw(bytes: Vec<u8>) -> Flaw {
    let error = opened(bytes).unwrap_err();
    assert!(error.to_string().starts_with("ota.bin: ") && error.advice().len() == 1, "{error}");
    error.flaw
}

/// The image as `espsecure sign-data --version 2` leaves it.
fn signed() -> Vec<u8> {
    let mut signed = bytes();
    signed.resize(signed.len().next_multiple_of(SECTOR), 0xFF);
    signed.push(signature::MAGIC);
    signed.resize(signed.len().next_multiple_of(SECTOR), 0xFF);
    signed
}

#[test]
fn an_image_says_what_it_is() {
    let image = opened(bytes()).unwrap();
    assert_eq!(
        (image.project.as_str(), image.version.as_str(), image.chip),
        ("skylift-demo", "1.2.3", Chip::Esp32C3)
    );
    assert_eq!((image.kind(), image.signature), (FirmwareKind::Simulated, Signature::Absent));
    assert_eq!((image.size() as usize, image.info.len), (bytes().len(), image.size()));
    assert_eq!(image.file_sha256, Digest(Sha256::digest(bytes()).into()));
    // The digest is the last thing in the file, and covers what is before it.
    assert_eq!(image.image_sha256.0.as_slice(), &bytes()[bytes().len() - 32..]);

    let real = opened(DemoImage { kind: MarkerKind::Real, ..demo() }.build().unwrap()).unwrap();
    assert_eq!((real.kind(), real.guard().is_some()), (FirmwareKind::Real, true));
    let foreign = opened(demo().foreign().unwrap()).unwrap();
    assert_eq!((foreign.kind(), foreign.guard()), (FirmwareKind::Foreign, None));
}

#[test]
fn a_signature_changes_the_file_and_not_the_image() {
    let (plain, signed) = (opened(bytes()).unwrap(), opened(signed()).unwrap());
    assert_eq!(signed.signature, Signature::Present);
    assert_eq!(signed.image_sha256, plain.image_sha256);
    assert_ne!(signed.file_sha256, plain.file_sha256);
}

#[test]
fn anything_else_behind_the_image_is_told() {
    let mut with_one = bytes();
    with_one.push(0xFF);
    assert!(matches!(flaw(with_one), Flaw::TrailingBytes { extra: 1, .. }));
    let mut cut_signature = signed();
    cut_signature.pop();
    assert!(matches!(flaw(cut_signature), Flaw::TrailingBytes { .. }));
}

#[test]
fn damage_is_told_by_the_rule_it_breaks() {
    assert!(matches!(flaw(Vec::new()), Flaw::Empty));
    assert!(matches!(flaw(vec![0xE9; MAX_FILE_BYTES + 1]), Flaw::TooLarge));
    assert!(matches!(flaw(b"hello, world".repeat(100)), Flaw::NotAnImage(ImageError::Magic)));
    assert!(matches!(flaw(b"\x7fELF".repeat(100)), Flaw::WrongFile(WrongFile::Elf)));
    let mut short = bytes();
    short.pop();
    assert!(matches!(flaw(short), Flaw::NotAnImage(ImageError::Truncated)));
    let mut flipped = bytes();
    flipped[4000] ^= 1;
    assert!(matches!(flaw(flipped), Flaw::NotAnImage(ImageError::Checksum)));
    let mut other_digest = bytes();
    *other_digest.last_mut().unwrap() ^= 1;
    assert!(matches!(flaw(other_digest), Flaw::NotAnImage(ImageError::Digest)));
    let mut no_descriptor = bytes();
    no_descriptor[32] ^= 1;
    assert!(matches!(flaw(no_descriptor), Flaw::NotAnImage(ImageError::NoDescriptor)));
}

#[test]
fn files_are_read_and_other_things_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ota.bin");
    std::fs::write(&path, bytes()).unwrap();
    assert_eq!(Image::open(&path).unwrap().path, path);
    assert!(matches!(Image::open(folder.path()).unwrap_err().flaw, Flaw::NotAFile));
    let missing = Image::open(&folder.path().join("missing")).unwrap_err();
    assert!(matches!(missing.flaw, Flaw::Unreadable(_)) && missing.advice()[0].contains("path"));
}
