//! The cache of streams: made once, found again, and never believed unseen.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest as _, Sha256};
use skylift_protocol::Encoding;
use skylift_simulator::demo_image::DemoImage;
use tempfile::TempDir;

use super::*;
use crate::advice::Advice as _;
use crate::image::{Image, sign};

fn image(version: &str) -> Image {
    let demo = DemoImage { version: version.to_owned(), size: 60_000, ..DemoImage::default() };
    Image::from_bytes(Path::new("ota.bin"), demo.build().unwrap()).unwrap()
}

/// A folder that is not there yet.
fn folder() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("data").join("streams");
    (home, folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_stream_says_what_it_needs_and_what_it_becomes() {
    let (old, new) = (image("1.0.0"), image("2.0.0"));
    let delta = encode(Some(&old), &new, &mut unwatched).unwrap();
    assert_eq!((delta.encoding, delta.base_image_sha256), (Encoding::Delta, Some(old.image_sha256)));
    assert_eq!((delta.size() as usize, delta.file_sha256), (delta.bytes.len(), new.file_sha256));
    assert_eq!(skylift_encoder::decode(&old.bytes, &delta.bytes).unwrap(), new.bytes);
    let whole = encode(None, &new, &mut unwatched).unwrap();
    assert_eq!((whole.encoding, whole.base_image_sha256), (Encoding::Compressed, None));
    assert_eq!(skylift_encoder::decode(&[], &whole.bytes).unwrap(), new.bytes);
    assert!(delta.size() < whole.size() / 8, "{} and {}", delta.size(), whole.size());
}

#[test]
fn a_delta_builds_on_the_image_without_its_signature_and_makes_one() {
    let key = sign::SigningKey::random().unwrap();
    let signed = |image: &Image| sign::signed(image, &key, false).unwrap();
    let (old, new) = (image("1.0.0"), signed(&image("2.0.0")));
    let of_signed = encode(Some(&signed(&old)), &new, &mut unwatched).unwrap();
    assert_eq!(of_signed.bytes, encode(Some(&old), &new, &mut unwatched).unwrap().bytes);
    assert_eq!(skylift_encoder::decode(&old.bytes, &of_signed.bytes).unwrap(), new.bytes);
}

#[test]
fn what_was_made_is_found_again_also_by_another_process() {
    let (_home, folder) = folder();
    let (old, new) = (image("1.0.0"), image("2.0.0"));
    let first = Streams::new(folder.clone());
    assert!(first.kept(Some(&old), &new).is_none() && !folder.exists());
    let made = [Some(&old), None].map(|base| first.get(base, &new, &mut unwatched).unwrap());
    assert_eq!(files(&folder).len(), 2);
    assert_eq!(first.bytes(), made.iter().map(|stream| u64::from(stream.size())).sum::<u64>());
    for streams in [first, Streams::new(folder.clone())] {
        for (base, made) in [Some(&old), None].into_iter().zip(&made) {
            assert_eq!(&streams.kept(base, &new).unwrap().unwrap(), made);
            assert_eq!(&streams.get(base, &new, &mut unwatched).unwrap(), made);
        }
        assert!(streams.kept(Some(&new), &old).is_none());
        assert!(streams.take_trouble().is_none());
    }
}

#[cfg(unix)]
#[test]
fn the_folder_and_its_files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_home, folder) = folder();
    Streams::new(folder.clone()).get(None, &image("1.0.0"), &mut unwatched).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&files(&folder)[0])), (0o700, 0o600));
}

#[test]
fn a_damaged_file_is_found_out_and_made_anew() {
    let (_home, folder) = folder();
    let (old, new) = (image("1.0.0"), image("2.0.0"));
    let made = Streams::new(folder.clone()).get(Some(&old), &new, &mut unwatched).unwrap();
    let file = files(&folder).remove(0);
    let sound = fs::read(&file).unwrap();
    let other = encode(None, &new, &mut unwatched).unwrap().bytes.to_vec();
    let mut flipped = sound.clone();
    *flipped.last_mut().unwrap() ^= 1;
    for damaged in [flipped, sound[..sound.len() - 1].to_vec(), vec![], vec![0; 1 << 20], other] {
        let streams = Streams::new(folder.clone());
        // Also one that this process has seen sound before.
        assert_eq!(streams.get(Some(&old), &new, &mut unwatched).unwrap(), made);
        fs::write(&file, damaged).unwrap();
        assert!(streams.kept(Some(&old), &new).is_none());
        assert_eq!(streams.get(Some(&old), &new, &mut unwatched).unwrap(), made);
        assert_eq!(fs::read(&file).unwrap(), sound);
    }
}

#[test]
fn what_was_not_used_for_the_longest_time_goes_first() {
    let (_home, folder) = folder();
    let images = ["1.0.0", "2.0.0", "3.0.0", "4.0.0"].map(image);
    let size = u64::from(encode(None, &images[0], &mut unwatched).unwrap().size());
    // Room for three, which differ by a few bytes.
    let streams = Streams::bounded(folder.clone(), size * 7 / 2);
    for image in &images[..3] {
        streams.get(None, image, &mut unwatched).unwrap();
    }
    for (age, file) in (1..).zip(files(&folder)) {
        let then = SystemTime::now() - Duration::from_secs(1000 * age);
        fs::File::options().append(true).open(file).unwrap().set_modified(then).unwrap();
    }
    let kept = |image| Streams::new(folder.clone()).kept(None, image).is_some();
    let oldest = images[..3].iter().max_by_key(|image| image.file_sha256.to_string()).unwrap();
    assert!(streams.kept(None, oldest).is_some(), "now it is the one used last");
    let next = images[..3].iter().filter(|image| *image != oldest);
    let next = next.max_by_key(|image| image.file_sha256.to_string()).unwrap();
    streams.get(None, &images[3], &mut unwatched).unwrap();
    let gone: Vec<&Image> = images.iter().filter(|image| !kept(image)).collect();
    assert_eq!(gone, [next]);
    assert!(streams.bytes() <= size * 7 / 2);
    streams.clear().unwrap();
    assert_eq!((streams.bytes(), files(&folder).len()), (0, 0));
}

#[test]
fn a_folder_that_takes_nothing_costs_time_and_nothing_else() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, b"no folder").unwrap();
    let streams = Streams::new(file.join("streams"));
    let (old, new) = (image("1.0.0"), image("2.0.0"));
    let stream = streams.get(Some(&old), &new, &mut unwatched).unwrap();
    assert_eq!(stream, encode(Some(&old), &new, &mut unwatched).unwrap());
    let trouble = streams.take_trouble().unwrap();
    assert!(trouble.to_string().contains("encoded images cannot be kept"), "{trouble}");
    assert!(!trouble.advice().is_empty() && streams.take_trouble().is_none());
}

/// An image whose segments have no pattern.
fn noise() -> Image {
    let mut bytes = image("1.0.0").bytes.to_vec();
    let (end, mut state) = (bytes.len() - 33, 1u64);
    // Behind headers and descriptor; the header of the second segment stays.
    let constants = u32::from_le_bytes(*bytes[28..].first_chunk().unwrap()) as usize;
    for place in (300..32 + constants).chain(40 + constants..end - 15) {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let random = (state >> 56) as u8;
        bytes[end] ^= bytes[place] ^ random;
        bytes[place] = random;
    }
    let digest = Sha256::digest(&bytes[..=end]);
    bytes[end + 1..].copy_from_slice(&digest);
    Image::from_bytes(Path::new("ota.bin"), bytes).unwrap()
}

#[test]
fn that_there_is_no_smaller_stream_is_not_tried_twice() {
    let (_home, folder) = folder();
    let (streams, noise) = (Streams::new(folder.clone()), noise());
    let refused = streams.get(None, &noise, &mut unwatched).unwrap_err();
    assert!(matches!(refused, EncodeError::NotSmaller { .. }) && !refused.advice().is_empty(), "{refused}");
    assert_eq!(streams.kept(None, &noise), Some(Err(refused.clone())));
    let mut told = 0;
    let again = streams.get(None, &noise, &mut |_| {
        told += 1;
        ControlFlow::Continue(())
    });
    assert_eq!((again, told), (Err(refused.clone()), 0));
    // Nor by another process, unless the mark of it is damaged.
    assert_eq!(Streams::new(folder.clone()).kept(None, &noise), Some(Err(refused.clone())));
    fs::write(&files(&folder)[0], b"not smaller: 1").unwrap();
    let third = Streams::new(folder);
    assert_eq!(third.kept(None, &noise), None);
    assert_eq!(third.get(None, &noise, &mut unwatched), Err(refused));
}
