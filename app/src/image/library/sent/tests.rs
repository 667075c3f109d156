//! Tests: what was sent is there again, checked, and bounded.

use std::fs::{self, File};
use std::time::{Duration, SystemTime};

use skylift_simulator::demo_image::DemoImage;
use tempfile::TempDir;

use super::*;
use crate::image::whole_file::{LEFT, UNFINISHED};

fn folder() -> (TempDir, SentImages) {
    let temp = tempfile::tempdir().unwrap();
    let sent = SentImages::new(&DataDir::new(Some(temp.path().join("skylift"))));
    (temp, sent)
}

fn image(version: &str) -> Image {
    let bytes =
        DemoImage { version: version.to_owned(), size: 8192, ..DemoImage::default() }.build().unwrap();
    Image::from_bytes(Path::new("ota.bin"), bytes).unwrap()
}

/// As if it had been needed so many seconds ago.
fn age(sent: &SentImages, image: &Image, seconds: u64) {
    let at = SystemTime::now() - Duration::from_secs(seconds);
    File::options().write(true).open(sent.path(image.image_sha256)).unwrap().set_modified(at).unwrap();
}

#[test]
fn what_was_sent_is_there_again() {
    let (_temp, sent) = folder();
    let image = image("1.0.0");
    assert_eq!(sent.get(image.image_sha256), None);
    sent.keep(&image).unwrap();
    sent.keep(&image).unwrap();
    let found = sent.get(image.image_sha256).unwrap();
    assert_eq!((found.bytes, found.image_sha256), (image.bytes.clone(), image.image_sha256));
    assert_eq!(sent.get(Digest([9; 32])), None);
}

#[cfg(unix)]
#[test]
fn it_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_temp, sent) = folder();
    let image = image("1.0.0");
    sent.keep(&image).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(sent.folder()), 0o700);
    assert_eq!(mode(&sent.path(image.image_sha256)), 0o600);
}

#[test]
fn what_was_not_needed_for_longest_goes_first() {
    let (_temp, sent) = folder();
    let images = ["1.0.0", "1.1.0", "1.2.0"].map(image);
    let size = images[0].bytes.len() as u64;
    let sent = sent.bounded(2 * size);
    let [first, second, third] = &images;
    sent.keep(first).unwrap();
    sent.keep(second).unwrap();
    age(&sent, first, 100);
    age(&sent, second, 50);
    // A device ran it just now.
    assert!(sent.get(first.image_sha256).is_some());
    sent.keep(third).unwrap();
    let there = images.each_ref().map(|image| sent.path(image.image_sha256).exists());
    assert_eq!(there, [true, false, true]);
    // One that has no room at all is not worth all others.
    sent.clone().bounded(size - 1).keep(second).unwrap();
    assert!(sent.path(first.image_sha256).exists() && !sent.path(second.image_sha256).exists());
}

#[test]
fn the_user_may_let_go_of_all() {
    let (_temp, sent) = folder();
    assert_eq!((sent.bytes(), sent.clear().is_ok()), (0, true), "nothing is there yet");
    let images = ["1.0.0", "1.1.0"].map(image);
    images.iter().for_each(|image| sent.keep(image).unwrap());
    assert_eq!(sent.bytes(), images.iter().map(|image| image.bytes.len() as u64).sum::<u64>());
    sent.clear().unwrap();
    assert_eq!((sent.bytes(), sent.get(images[0].image_sha256)), (0, None));
}

#[test]
fn what_is_damaged_is_no_base() {
    let (_temp, sent) = folder();
    let (image, other) = (image("1.0.0"), image("2.0.0"));
    sent.keep(&image).unwrap();
    let path = sent.path(image.image_sha256);
    // Another whole image under its name, which only the digest tells.
    fs::write(&path, &other.bytes).unwrap();
    assert_eq!(sent.get(image.image_sha256), None);
    assert!(!path.exists());
    sent.keep(&image).unwrap();
    assert!(sent.get(image.image_sha256).is_some());
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_just_now_is_left_alone() {
    let (_temp, sent) = folder();
    let (image, other) = (image("1.0.0"), image("2.0.0"));
    sent.keep(&other).unwrap();
    let path = sent.path(image.image_sha256);
    // A link to itself: it is there, and cannot be opened.
    std::os::unix::fs::symlink(&path, &path).unwrap();
    assert_eq!(sent.get(image.image_sha256), None);
    assert!(path.symlink_metadata().is_ok());
}

#[test]
fn one_that_cannot_be_removed_keeps_no_other() {
    let (_temp, sent) = folder();
    let images = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].map(image);
    images.iter().for_each(|image| sent.keep(image).unwrap());
    fs::create_dir(sent.folder().join("folder.bin")).unwrap();
    assert!(sent.clear().is_err());
    assert!(images.iter().all(|image| !sent.path(image.image_sha256).exists()));
}

#[test]
fn what_a_crash_left_is_swept_out() {
    let (_temp, sent) = folder();
    sent.keep(&image("1.0.0")).unwrap();
    let left = sent.folder().join(format!("{UNFINISHED}abc"));
    let fresh = sent.folder().join(format!("{UNFINISHED}def"));
    fs::write(&fresh, b"half").unwrap();
    fs::write(&left, b"half").unwrap();
    let old = SystemTime::now() - 2 * LEFT;
    File::options().write(true).open(&left).unwrap().set_modified(old).unwrap();
    sent.keep(&image("2.0.0")).unwrap();
    assert!(!left.exists() && fresh.exists(), "another process may just be writing");
}
