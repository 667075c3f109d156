//! `skylift images`: what is added is listed, found and forgotten, by several processes at once too.

use std::process::Stdio;

use crate::program::{Place, demo, expect_words, text};

#[test]
fn images_are_added_listed_and_forgotten() {
    let place = Place::new();
    expect_words(&place.done(&["images"]), &["No images yet"]);
    for version in ["1.0.0", "2.0.0"] {
        let file = place.write("ota.bin", demo(version));
        expect_words(&place.done(&["images", "add", &file]), &[version, "is in the library"]);
    }
    expect_words(&place.done(&["images"]), &["DIGEST", "skylift-demo", "1.0.0", "2.0.0", "esp32c3"]);
    let images = place.images();
    assert_eq!(images.len(), 2);
    for image in &images {
        let kept = std::fs::read(image["path"].as_str().unwrap()).unwrap();
        assert_eq!(kept, demo(image["version"].as_str().unwrap()));
        assert_eq!(image["size"], kept.len());
    }
    let digest = images[0]["file_sha256"].as_str().unwrap();
    place.done(&["images", "forget", &digest[..10]]);
    let left = place.images();
    assert_eq!((left.len(), &left[0]), (1, &images[1]));
    expect_words(&place.failed(&["images", "forget", &digest[..10]]), &["no image", &digest[..10]]);
}

#[test]
fn what_is_no_image_does_not_come_in() {
    let place = Place::new();
    let mut broken = demo("1.0.0");
    broken[2000] ^= 1;
    let file = place.write("broken.bin", &broken);
    expect_words(&place.failed(&["images", "add", &file]), &["broken.bin", "damaged"]);
    let good = place.write("ota.bin", demo("1.0.0"));
    let elf = place.write("other.elf", b"\x7fELF of something else");
    expect_words(&place.failed(&["images", "add", &good, "--elf", &elf]), &["other.elf", "does not belong"]);
    assert!(place.images().is_empty());
}

#[test]
fn a_damaged_entry_is_told_beside_the_good_ones() {
    let place = Place::new();
    for version in ["1.0.0", "2.0.0"] {
        place.done(&["images", "add", &place.write("ota.bin", demo(version))]);
    }
    let spoilt = place.images().remove(0);
    std::fs::write(spoilt["path"].as_str().unwrap(), b"nothing").unwrap();
    let output = place.run(&["images", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout).lines().count(), 1);
    expect_words(text(&output.stderr), &[spoilt["file_sha256"].as_str().unwrap(), "damaged"]);
}

/// Processes add and forget the same images, and some are killed; whatever comes of it, nothing is damaged.
#[test]
fn several_processes_at_once_do_no_harm() {
    let place = Place::new();
    let files: Vec<String> =
        (0..4).map(|n| place.write(&format!("{n}.bin"), demo(&format!("{n}.0.0")))).collect();
    for round in 0..6 {
        let mut children = Vec::new();
        for (n, file) in files.iter().enumerate() {
            let version = format!("{n}.0.0");
            for arguments in [&["images", "add", file] as &[&str], &["images", "forget", &version]] {
                let mut command = place.skylift(arguments);
                children.push(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
            }
        }
        // A different one each round, wherever it is by then.
        children[round].kill().unwrap();
        for child in &mut children {
            child.wait().unwrap();
        }
        let output = place.run(&["images", "--json"]);
        assert!(!text(&output.stderr).contains("damaged"), "{output:?}");
    }
    for file in &files {
        place.done(&["images", "add", file]);
    }
    assert_eq!(place.images().len(), files.len());
}
