//! The library on a disk: what is added is there again, and what is damaged does no harm.

use skylift_simulator::demo_image::DemoImage;
use tempfile::TempDir;

use super::*;

fn library() -> (TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let library = Library::new(&DataDir::new(Some(folder.path().join("data"))));
    (folder, library)
}

fn image(version: &str, seed: u64) -> Image {
    let demo = DemoImage { version: version.to_owned(), size: 4096, seed, ..DemoImage::default() };
    Image::from_bytes(Path::new("ota.bin"), demo.build().unwrap()).unwrap()
}

/// An image that names an ELF, and that ELF.
fn image_with_elf(folder: &Path) -> (Image, Elf) {
    use sha2::{Digest as _, Sha256};
    let path = folder.join("firmware.elf");
    std::fs::write(&path, b"\x7fELF and so on").unwrap();
    let elf = Elf::open(&path).unwrap();
    let mut bytes = image("1.0.0", 1).bytes.to_vec();
    // 32 bytes of headers, 144 in the descriptor; then checksum and digest are made anew.
    let old: u8 = bytes[176..208].iter().fold(0, |sum, byte| sum ^ byte);
    bytes[176..208].copy_from_slice(&elf.sha256.0);
    let new: u8 = elf.sha256.0.iter().fold(0, |sum, byte| sum ^ byte);
    let end = bytes.len() - 32;
    bytes[end - 1] ^= old ^ new;
    let digest = Sha256::digest(&bytes[..end]);
    bytes[end..].copy_from_slice(&digest);
    (Image::from_bytes(Path::new("ota.bin"), bytes).unwrap(), elf)
}

#[test]
fn an_empty_library_lists_nothing_and_creates_nothing() {
    let (folder, library) = library();
    assert!(library.list().unwrap().entries.is_empty());
    assert!(matches!(library.find("1.0.0"), Err(LibraryError::Unknown(_))));
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn what_is_added_is_found_by_version_and_by_either_digest() {
    let (_folder, library) = library();
    let (one, two) = (image("1.0.0", 1), image("2.0.0", 2));
    for image in [&one, &two, &one] {
        library.add(image, None, "a test").unwrap();
    }
    assert_eq!(library.list().unwrap().entries.len(), 2);
    let digits = |digest: Digest, count: usize| digest.to_string()[..count].to_owned();
    for called in [
        "1.0.0",
        &digits(one.file_sha256, 8),
        &digits(one.image_sha256, 64),
        &digits(one.file_sha256, 8).to_uppercase(),
    ] {
        let entry = library.find(called).unwrap();
        assert_eq!(entry.file_sha256, one.file_sha256, "{called}");
        assert_eq!(library.open(&entry).unwrap().bytes, one.bytes);
    }
    for called in [digits(one.file_sha256, 3).as_str(), "", "3.0.0", "1.0", "zzzz"] {
        assert!(matches!(library.find(called), Err(LibraryError::Unknown(_))), "{called}");
    }
}

#[test]
fn two_images_of_one_version_are_told_apart_by_their_digests() {
    let (_folder, library) = library();
    let (one, two) = (image("1.0.0", 1), image("1.0.0", 2));
    library.add(&one, None, "").unwrap();
    library.add(&two, None, "").unwrap();
    let Err(LibraryError::Ambiguous { entries, .. }) = library.find("1.0.0") else {
        panic!("it is ambiguous")
    };
    assert_eq!(entries.len(), 2);
    assert_eq!(library.find(&two.file_sha256.to_string()).unwrap().file_sha256, two.file_sha256);
}

#[test]
fn an_elf_is_kept_as_long_as_an_image_names_it() {
    let (folder, library) = library();
    let (image, elf) = image_with_elf(folder.path());
    let entry = library.add(&image, None, "").unwrap();
    assert_eq!(library.elf(entry.elf_sha256), None);
    library.add(&image, Some(&elf), "").unwrap();
    let kept = library.elf(entry.elf_sha256).unwrap();
    assert_eq!(std::fs::read(&kept).unwrap(), elf.bytes);
    library.forget(&entry).unwrap();
    assert!(!kept.exists() && !library.path(&entry).exists());
    assert!(library.list().unwrap().entries.is_empty());
}

#[test]
fn an_elf_of_another_build_is_refused() {
    let (folder, library) = library();
    let (_, elf) = image_with_elf(folder.path());
    let refused = library.add(&image("1.0.0", 1), Some(&elf), "");
    assert!(matches!(refused, Err(LibraryError::OtherElf { .. })));
    assert!(library.list().unwrap().entries.is_empty());
}

#[test]
fn damaged_entries_are_reported_and_the_others_stay() {
    let (_folder, library) = library();
    let good = library.add(&image("9.0.0", 9), None, "").unwrap();
    let spoil = |seed, harm: &dyn Fn(&Entry)| {
        let entry = library.add(&image("1.0.0", seed), None, "").unwrap();
        harm(&entry);
        let listing = library.list().unwrap();
        assert_eq!(listing.entries, std::slice::from_ref(&good));
        let [damaged] = &listing.damaged[..] else { panic!("one is damaged: {:?}", listing.damaged) };
        assert!(damaged.path.to_string_lossy().contains(&entry.file_sha256.to_string()));
        // Adding it again mends it.
        library.add(&image("1.0.0", seed), None, "").unwrap();
        assert!(library.list().unwrap().damaged.is_empty());
        library.forget(&entry).unwrap();
    };
    let description = |entry: &Entry| library.folder.description(entry.file_sha256);
    spoil(1, &|entry| std::fs::write(description(entry), b"{ half").unwrap());
    spoil(2, &|entry| std::fs::write(description(entry), vec![b'['; 1 << 20]).unwrap());
    spoil(3, &|entry| std::fs::write(library.path(entry), b"short").unwrap());
    spoil(4, &|entry| std::fs::remove_file(library.path(entry)).unwrap());
    spoil(5, &|entry| {
        std::fs::copy(description(&good), description(entry)).unwrap();
    });
}

#[test]
fn an_image_whose_bytes_have_changed_is_not_opened() {
    let (_folder, library) = library();
    let entry = library.add(&image("1.0.0", 1), None, "").unwrap();
    // A good image of the same size, but another one.
    std::fs::write(library.path(&entry), &image("1.0.0", 2).bytes).unwrap();
    let opened = library.open(&entry);
    assert!(matches!(opened, Err(LibraryError::Damaged(Damaged { flaw: DamagedFlaw::OtherBytes, .. }))));
}

#[test]
fn what_a_crash_left_is_swept_away() {
    let (_folder, library) = library();
    library.add(&image("1.0.0", 1), None, "").unwrap();
    let left = [".skylift-x1y2".to_owned(), format!("{}.bin", Digest([7; 32]))]
        .map(|name| library.folder().join(name));
    left.iter().for_each(|path| std::fs::write(path, b"half an image").unwrap());
    library.add(&image("2.0.0", 2), None, "").unwrap();
    assert!(left.iter().all(|path| !path.exists()));
    assert_eq!(library.list().unwrap().entries.len(), 2);
}

#[test]
fn an_image_is_called_by_its_file_or_by_its_version() {
    let (folder, library) = library();
    let (one, two) = (image("1.0.0", 1), image("2.0.0", 2));
    library.add(&one, None, "").unwrap();
    let file = folder.path().join("two");
    std::fs::write(&file, &two.bytes).unwrap();
    assert_eq!(open_image(&library, Path::new("1.0.0")).unwrap().version, "1.0.0");
    assert_eq!(open_image(&library, &file).unwrap().version, "2.0.0");
    for missing in ["3.0.0", "ota.bin", "folder/1.0.0"] {
        assert!(matches!(open_image(&library, Path::new(missing)), Err(OpenError::File(_))), "{missing}");
    }
}
