//! Demo images: the format as ESP-IDF's tools see it, and what an image says of itself.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

#[path = "demo_image/layout.rs"]
mod layout;

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};
use skylift_protocol::Chip;
use skylift_simulator::demo_image::{
    Behaviour, DEMO_OFFSET, DemoImage, DemoImageError, MARKER_OFFSET, MAX_SIZE, MIN_SIZE, MarkerKind,
};

fn sample(chip: Chip) -> DemoImage {
    DemoImage {
        chip,
        least_revision: 3,
        project: "garden".to_owned(),
        version: "2.3.4-rc.1+demo".to_owned(),
        behaviour: Behaviour::LateCrash,
        size: 40_000,
        secure_version: 7,
        seed: 5,
        kind: MarkerKind::Simulated,
        elf_sha256: None,
    }
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

#[test]
fn fields_are_where_esp_idf_has_them() {
    let image = sample(Chip::Esp32C3).build().unwrap();
    assert_eq!(image[..4], [0xE9, 2, 2, 0x2F]);
    assert_eq!((image[12], image[13], image[23]), (5, 0, 1));
    assert_eq!(image[15..19], [3, 0, 0xFF, 0xFF]);
    assert_eq!(word(&image, 24), 0x3C00_0020);
    assert_eq!((word(&image, 32), word(&image, 36)), (0xABCD_5432, 7));
    assert_eq!(&image[48..80], b"2.3.4-rc.1+demo\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert_eq!(&image[80..112], b"garden\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert_ne!(image[176..208], [0; 32]);
    assert_eq!(image[208..213], [0, 0, 0xFF, 0xFF, 16]);
    assert_eq!(&image[MARKER_OFFSET..MARKER_OFFSET + 16], b"SKYGUARD\x01\x02\0\0\0\0\0\0");
    assert_eq!(&image[DEMO_OFFSET..DEMO_OFFSET + 16], b"SKYDEMO1\x06\0\0\0\0\0\0\0");
    let second = 32 + word(&image, 28) as usize;
    assert_eq!(word(&image, second), 0x4038_0000);
    let code = word(&image, second)..word(&image, second) + word(&image, second + 4);
    assert!(code.contains(&word(&image, 4)), "the entry point is in the code");
    let body = image.len() - 32;
    assert_eq!(image[body..], *Sha256::digest(&image[..body]));
    assert_eq!(body % 16, 0);
}

#[test]
fn sizes_are_kept() {
    for size in [MIN_SIZE, MIN_SIZE + 1, 4096, 65_535, 65_536, 0x1E_0000, MAX_SIZE] {
        let len = DemoImage { size, ..DemoImage::default() }.build().unwrap().len() as u32;
        assert!(len <= size && len + 16 > size, "{size} wanted, {len} made");
    }
    let made = |size| DemoImage { size, ..DemoImage::default() }.build();
    assert_eq!(made(MIN_SIZE - 1), Err(DemoImageError::TooSmall(MIN_SIZE - 1)));
    assert_eq!(made(MAX_SIZE + 1), Err(DemoImageError::TooLarge(MAX_SIZE + 1)));
    let message = made(10).unwrap_err().to_string();
    assert_eq!(message, "an image of 10 bytes is too small: 1024 bytes are the least");
}

#[test]
fn texts_that_do_not_fit_are_refused() {
    let with = |version: &str, project: &str| {
        DemoImage { version: version.to_owned(), project: project.to_owned(), ..DemoImage::default() }.build()
    };
    let (most, more) = ("v".repeat(31), "v".repeat(32));
    assert!(with(&most, &most).is_ok() && with("", "").is_ok());
    let message = with(&more, "p").unwrap_err().to_string();
    let expected = format!("the version `{more}` is too long: an app descriptor holds 31 bytes, this has 32");
    assert_eq!(message, expected);
    assert!(matches!(with("1", &more), Err(DemoImageError::TooLong { field: "project", .. })));
    assert!(matches!(with(&"ä".repeat(16), "p"), Err(DemoImageError::TooLong { field: "version", .. })));
    assert_eq!(with("1\0", "p"), Err(DemoImageError::ZeroByte { field: "version" }));
    let unknown = DemoImage { chip: Chip::Unknown, ..DemoImage::default() };
    assert_eq!(unknown.build(), Err(DemoImageError::UnknownChip));
}

#[test]
fn behaviours_have_words_and_frozen_codes() {
    let words = ["healthy", "crash", "hang", "no-network", "never-validates", "late-crash", "sensor"];
    for ((behaviour, word), code) in Behaviour::ALL.into_iter().zip(words).zip(1..) {
        assert_eq!((behaviour.to_string().as_str(), behaviour.code()), (word, code));
        assert_eq!(word.parse(), Ok(behaviour));
        let image = DemoImage { behaviour, ..DemoImage::default() }.build().unwrap();
        assert_eq!(image[DEMO_OFFSET + 8], code);
        assert_eq!(Behaviour::of(&image[..4096]), Some(behaviour));
        assert_eq!(Behaviour::of(&image[..320]), Some(behaviour));
        assert_eq!(Behaviour::of(&image[..319]), None);
    }
    let message = "Crash".parse::<Behaviour>().unwrap_err().to_string();
    assert!(message.starts_with("there is no behaviour `Crash`; there are healthy, crash, "));
    assert!(words.iter().all(|word| message.contains(word)), "the sentence names all");
}

#[test]
fn behaviour_of_other_images() {
    let demo = DemoImage { behaviour: Behaviour::Crash, ..DemoImage::default() };
    let real = DemoImage { kind: MarkerKind::Real, ..demo.clone() }.build().unwrap();
    assert_eq!(&real[MARKER_OFFSET..MARKER_OFFSET + 16], b"SKYGUARD\x01\x01\0\0\0\0\0\0");
    assert_ne!(&real[DEMO_OFFSET..DEMO_OFFSET + 8], b"SKYDEMO1");
    assert_eq!(Behaviour::of(&real), Some(Behaviour::Healthy));
    let foreign = demo.foreign().unwrap();
    assert_ne!(&foreign[MARKER_OFFSET..MARKER_OFFSET + 8], b"SKYGUARD");
    assert_eq!(foreign[32..128], demo.build().unwrap()[32..128], "the same descriptor");
    assert_eq!(Behaviour::of(&foreign), None);
    let changed = |at: usize, byte| {
        let mut image = demo.build().unwrap();
        image[at] = byte;
        Behaviour::of(&image)
    };
    assert_eq!(changed(0, 0xFF), None, "no image");
    assert_eq!(changed(MARKER_OFFSET + 9, 3), None, "an unknown kind");
    assert_eq!(changed(DEMO_OFFSET + 8, 8), None, "an unknown behaviour");
    assert_eq!(changed(DEMO_OFFSET, b'X'), None, "simulated without demo block");
    for nothing in [vec![], vec![0xFF; 4096], vec![0; 4096]] {
        assert_eq!(Behaviour::of(&nothing), None);
    }
}

#[test]
fn every_parameter_makes_another_image() {
    let base = sample(Chip::Esp32C3);
    let others = [
        base.clone(),
        DemoImage { chip: Chip::Esp32C2, ..base.clone() },
        DemoImage { project: "gardens".to_owned(), ..base.clone() },
        DemoImage { version: "2.3.5".to_owned(), ..base.clone() },
        DemoImage { behaviour: Behaviour::Crash, ..base.clone() },
        DemoImage { size: 40_001, ..base.clone() },
        DemoImage { secure_version: 8, ..base.clone() },
        DemoImage { seed: 6, ..base.clone() },
        DemoImage { kind: MarkerKind::Real, ..base.clone() },
    ];
    let mut digests: HashSet<Vec<u8>> =
        others.iter().map(|demo| demo.build().unwrap()[176..208].to_vec()).collect();
    digests.insert(base.foreign().unwrap()[176..208].to_vec());
    assert_eq!(digests.len(), others.len() + 1);
    assert_eq!(base.build(), base.clone().build());
}

/// Two versions share most bytes, but not at the same places: what a delta has to find.
#[test]
fn versions_share_nineteen_twentieths() {
    let build = |version: &str| {
        let demo = DemoImage { version: version.to_owned(), size: 300_000, ..DemoImage::default() };
        demo.build().unwrap()
    };
    let (old, new) = (build("1.0.0"), build("1.0.1"));
    let windows: HashSet<&[u8]> =
        (0..old.len()).step_by(4).filter_map(|start| old.get(start..start + 32)).collect();
    let shared = new.chunks_exact(32).filter(|window| windows.contains(window)).count();
    let share = shared as f64 / (new.len() / 32) as f64;
    assert!((0.88..0.97).contains(&share), "{share}");
    let in_place = old.chunks_exact(32).zip(new.chunks_exact(32)).filter(|(a, b)| a == b).count();
    assert!(in_place < new.len() / 32 / 4, "{in_place} windows at the same place");
}

/// What `python -m esptool` says of the images; `None` if there is none.
fn esptool(arguments: &[&str]) -> Option<String> {
    let output = Command::new("python").args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    if errors.contains("No module named") {
        return None;
    }
    assert!(output.status.success(), "{arguments:?}: {text}{errors}");
    Some(text)
}

#[test]
fn esptool_accepts_the_images_of_all_chips() {
    if esptool(&["-m", "esptool", "version"]).is_none() {
        assert!(std::env::var("SKYLIFT_REQUIRE_ALL").as_deref() != Ok("1"), "esptool is missing");
        println!("SKIPPED: esptool is not installed (pip install esptool)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for &chip in Chip::ALL {
        let demo = sample(chip);
        let path = folder.path().join(format!("{chip}.bin"));
        let image = demo.build().unwrap();
        std::fs::write(&path, &image).unwrap();
        check_with_esptool(chip, &path, &image);
    }
    let foreign = sample(Chip::Esp32C3).foreign().unwrap();
    let path = folder.path().join("foreign.bin");
    std::fs::write(&path, &foreign).unwrap();
    check_with_esptool(Chip::Esp32C3, &path, &foreign);
}

fn check_with_esptool(chip: Chip, path: &Path, image: &[u8]) {
    let text = esptool(&["-m", "esptool", "image-info", path.to_str().unwrap()]).unwrap();
    // Aligned columns: compared without the runs of spaces.
    let lines: Vec<String> =
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let digest = hex(&image[image.len() - 32..]);
    let elf = hex(&image[176..208]);
    let checksum = format!("Checksum: 0x{:02x} (valid)", image[image.len() - 33]);
    let expected = [
        format!("Image size: {} bytes", image.len()),
        format!("Validation hash: {digest} (valid)"),
        checksum,
        "Flash size: 4MB".to_owned(),
        "Flash mode: DIO".to_owned(),
        "Segments: 2".to_owned(),
        "Project name: garden".to_owned(),
        "App version: 2.3.4-rc.1+demo".to_owned(),
        "Secure version: 7".to_owned(),
        format!("ELF file SHA256: {elf}"),
    ];
    for line in expected {
        assert!(lines.contains(&line), "{chip}: no line `{line}` in:\n{text}");
    }
    let has = |part: &str| lines.iter().any(|line| line.contains(part));
    assert!(has("DROM") && has("IRAM") && !text.to_lowercase().contains("invalid"), "{chip}:\n{text}");
    let id = format!("Chip ID: {} (ESP32", chip.image_id().unwrap());
    assert!(has(&id), "{chip}:\n{text}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// gzip -9 takes firmware to 58-61 % (performance.md, section 3).
#[test]
fn images_compress_like_firmware() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("image.bin");
    std::fs::write(&path, DemoImage { size: 500_000, ..DemoImage::default() }.build().unwrap()).unwrap();
    let script = "import sys, zlib; d = open(sys.argv[1], 'rb').read(); print(len(zlib.compress(d, 9)) * 1000 // len(d))";
    let Some(text) = esptool(&["-c", script, path.to_str().unwrap()]) else {
        assert!(std::env::var("SKYLIFT_REQUIRE_ALL").as_deref() != Ok("1"), "python is missing");
        println!("SKIPPED: python is not installed");
        return;
    };
    let per_mille: u32 = text.trim().parse().unwrap();
    assert!((540..660).contains(&per_mille), "{per_mille}");
}
