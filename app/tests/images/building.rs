//! `skylift build` from everything that holds a program already: ELFs, build folders, merged and app images.

use serde_json::Value;
use sha2::{Digest, Sha256};
use skylift_simulator::layout::{self, DEFAULT_CAPACITY, DEFAULT_TABLE, FACTORY, OTA_0, Partition};
use skylift_simulator::nor::Nor;

use crate::elf::{Program, XTENSA};
use crate::esptool::{elf2image, esptool, is_missing};
use crate::program::{Place, demo, expect_words};

#[track_caller]
fn build(place: &Place, source: &str, more: &[&str]) -> Value {
    let output = place.arg("ota.bin");
    let told = place.done(&[&["build", source, "-o", &output, "--json"], more].concat());
    let told: Value = serde_json::from_str(told.trim()).unwrap();
    assert_eq!(told["path"], output);
    assert_eq!(told["file_sha256"], hex(&place.read("ota.bin")));
    told
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_elf_that_names_its_chip_becomes_an_image() {
    let place = Place::new();
    let elf = Program::C3.build();
    let source = place.write("firmware.elf", &elf);
    let told = build(&place, &source, &[]);
    assert_eq!(
        (&told["chip"], &told["version"], &told["project"]),
        (&"esp32c3".into(), &"4.5.6".into(), &"tiny".into())
    );
    assert_eq!(told["elf_sha256"], hex(&elf));
    // The library has the image, and the ELF that belongs to it.
    let kept = place.images().remove(0);
    assert_eq!(std::fs::read(kept["path"].as_str().unwrap()).unwrap(), place.read("ota.bin"));
    assert_eq!(std::fs::read(kept["elf"].as_str().unwrap()).unwrap(), elf);
    let text = place.done(&["build", &source, "-o", &place.arg("again.bin")]);
    expect_words(
        &text,
        &["again.bin: tiny 4.5.6, esp32c3", "made from the ELF", "in the library", "with its ELF"],
    );
    assert_eq!(place.read("again.bin"), place.read("ota.bin"));
}

#[test]
fn esptool_finds_no_fault_with_images_made_from_elves() {
    if is_missing() {
        return;
    }
    let place = Place::new();
    for (program, chip, name) in [(Program::C3, "esp32c3", "ESP32-C3"), (Program::S3, "esp32s3", "ESP32-S3")]
    {
        build(&place, &place.write("firmware.elf", program.build()), &["--chip", chip]);
        let judged = esptool(&["image-info", &place.arg("ota.bin")]);
        expect_words(&judged, &[name, "App version: 4.5.6", "Project name: tiny", "(valid)"]);
        assert!(!judged.contains("invalid"), "{judged}");
    }
}

#[test]
fn the_chip_is_told_by_the_elf_where_it_can_be() {
    let place = Place::new();
    let cases: [(Program, Option<&str>); 7] = [
        (
            Program {
                chip_note: Some("esp32c6"),
                map: [0x4200_0020, 0x4201_0120, 0x4080_0000],
                ..Program::C3
            },
            Some("esp32c6"),
        ),
        (Program { map: [0x3F40_0020, 0x400D_0020, 0x4008_0000], ..Program::S3 }, Some("esp32")),
        (Program { map: [0x3F00_0020, 0x4008_0020, 0x4002_8000], ..Program::S3 }, Some("esp32s2")),
        (Program::S3, Some("esp32s3")),
        (Program { chip_note: None, ..Program::C3 }, None),
        // The ESP32-P4's addresses, which are those of the ESP32-S31 too.
        (Program { chip_note: None, map: [0x4000_0020, 0x4001_0120, 0x4FF0_0000], ..Program::C3 }, None),
        (Program { chip_note: Some("esp99"), ..Program::C3 }, None),
    ];
    for (program, chip) in cases {
        let source = place.write("firmware.elf", program.build());
        match chip {
            Some(chip) => assert_eq!(build(&place, &source, &[])["chip"], chip),
            None => {
                let told = place.failed(&["build", &source, "-o", &place.arg("none.bin")]);
                expect_words(&told, &["does not say which chip", "esp32c3", "name the chip with --chip"]);
                let chip = if program.map[0] == 0x4000_0020 { "esp32p4" } else { "esp32c3" };
                assert_eq!(build(&place, &source, &["--chip", chip])["chip"], chip);
            }
        }
    }
    assert!(!place.path("none.bin").exists());
}

#[test]
fn a_chip_that_cannot_be_is_refused() {
    let place = Place::new();
    let named = place.write("c3.elf", Program::C3.build());
    let unnamed = place.write("some.elf", Program { chip_note: None, ..Program::C3 }.build());
    let image = place.write("app.bin", demo("1.0.0"));
    for (source, words) in [
        (&named, "it is made for the esp32c3, not for the esp32s3"),
        (&unnamed, "its instructions are not those of the esp32s3"),
        (&image, "it is made for the esp32c3, not for the esp32s3"),
    ] {
        let told = place.failed(&["build", source, "-o", &place.arg("ota.bin"), "--chip", "esp32s3"]);
        expect_words(&told, &[words]);
    }
    assert!(!place.path("ota.bin").exists() && place.images().is_empty());
}

#[test]
fn elves_of_which_no_image_can_be_made_are_told_as_what_they_are() {
    let place = Place::new();
    let sound = Program::C3.build();
    let mut headless = sound.clone();
    headless[0x20..0x24].copy_from_slice(&u32::MAX.to_le_bytes());
    let elsewhere = Program { map: [0x1000_0020, 0x4201_0020, 0x4038_0000], ..Program::C3 };
    let cases: [(Vec<u8>, &str); 7] = [
        (std::fs::read(std::env::current_exe().unwrap()).unwrap(), "not for a chip"),
        (Program { machine: 40, ..Program::C3 }.build(), "not for a chip"),
        (Program { descriptor: None, ..Program::C3 }.build(), "no app descriptor"),
        (Program { machine: XTENSA, ..Program::C3 }.build(), "its instructions are not those of the esp32c3"),
        (headless, "no image can be made"),
        (sound[..40].to_vec(), "no image can be made"),
        (elsewhere.build(), "no image can be made"),
    ];
    for (bytes, words) in cases {
        let source = place.write("firmware.elf", bytes);
        let arguments = ["build", &source, "-o", &place.arg("ota.bin")];
        expect_words(&place.failed(&arguments), &["firmware.elf: ", words]);
        assert!(!place.path("ota.bin").exists());
    }
}

/// Whatever is damaged: an answer, no panic of ours, and nothing written that would not boot.
#[test]
fn damaged_elves_are_survived() {
    let place = Place::new();
    let sound = Program::C3.build();
    for at in (16..52).chain(sound.len() - 9 * 40..sound.len()).step_by(3) {
        let mut bytes = sound.clone();
        bytes[at] ^= 0x41;
        let source = place.write("firmware.elf", bytes);
        let code = place.run(&["build", &source, "-o", &place.arg("ota.bin")]).status.code();
        assert!(matches!(code, Some(0 | 1)), "byte {at}: {code:?}");
        if code == Some(0) {
            place.done(&["inspect", &place.arg("ota.bin")]);
        }
    }
}

#[test]
fn an_esp_idf_build_folder_gives_its_app() {
    if is_missing() {
        return;
    }
    let place = Place::new();
    let elf = Program { chip_note: None, ..Program::C3 }.build();
    let path = place.write("project/build/tiny.elf", &elf);
    place.write("project/CMakeLists.txt", "project(tiny)");
    place.write(
        "project/build/project_description.json",
        r#"{"project_name":"tiny","target":"esp32c3","app_elf":"tiny.elf","app_bin":"tiny.bin"}"#,
    );
    // Only the ELF is there yet; the description names the chip.
    assert_eq!(build(&place, &place.arg("project"), &[])["elf_sha256"], hex(&elf));
    elf2image(&path, &place.arg("project/build/tiny.bin"));
    for source in ["project", "project/build"] {
        let told = build(&place, &place.arg(source), &[]);
        assert_eq!(place.read("ota.bin"), place.read("project/build/tiny.bin"));
        assert_eq!(told["elf"], path);
    }
    // Older builds describe only how to flash.
    std::fs::remove_file(place.path("project/build/project_description.json")).unwrap();
    place.write(
        "project/build/flasher_args.json",
        r#"{"app":{"offset":"0x10000","file":"tiny.bin"},"extra_esptool_args":{"chip":"esp32c3"}}"#,
    );
    build(&place, &place.arg("project/build"), &[]);
    assert_eq!(place.read("ota.bin"), place.read("project/build/tiny.bin"));
}

#[test]
fn what_has_not_been_built_is_told_with_the_command_that_builds_it() {
    let place = Place::new();
    place.write("idf/CMakeLists.txt", "");
    place.write("configured/build/project_description.json", r#"{"app_elf":"a.elf","app_bin":"a.bin"}"#);
    place.write("odd/build/project_description.json", "{");
    place.write("pio/platformio.ini", "[env:c3]");
    place.write("empty/readme.txt", "");
    for (source, words) in [
        ("idf", ["no app in this build folder", "idf.py build"]),
        ("configured/build", ["no app in this build folder", "idf.py build"]),
        ("odd/build", ["project_description.json", "is not understood"]),
        ("pio", ["no app in this build folder", "pio run"]),
        ("empty", ["nothing to build here", "name the project's folder"]),
        ("missing", ["cannot be read", "check the path"]),
    ] {
        expect_words(&place.failed(&["build", &place.arg(source), "-o", &place.arg("ota.bin")]), &words);
    }
    let image = place.write("app.bin", demo("1.0.0"));
    expect_words(&place.failed(&["build", &image, "--", "--features", "x"]), &["no Cargo project"]);
}

#[test]
fn a_platformio_project_gives_the_app_of_its_environment() {
    let place = Place::new();
    place.write("project/platformio.ini", "[env:c3]");
    place.write("project/.pio/build/c3/firmware.bin", demo("1.2.3"));
    place.write("project/.pio/build/half-built/main.o", "");
    for source in ["project", "project/platformio.ini", "project/.pio/build/c3"] {
        assert_eq!(build(&place, &place.arg(source), &[])["version"], "1.2.3");
    }
    place.write("project/.pio/build/other/firmware.elf", Program::C3.build());
    let told = place.failed(&["build", &place.arg("project")]);
    expect_words(&told, &["several environments", "c3, other", "try: skylift build"]);
    assert_eq!(build(&place, &place.arg("project/.pio/build/other"), &[])["version"], "4.5.6");
}

/// A flash as the simulator's layout makes it, with a bootloader's first byte so that it is a merged image.
fn merged(table: &[Partition], images: &[(u32, &[u8])]) -> Vec<u8> {
    let mut nor = Nor::blank(DEFAULT_CAPACITY).unwrap();
    nor.overwrite(layout::TABLE_OFFSET, &layout::partition_table(table).unwrap()).unwrap();
    for (offset, image) in images {
        nor.overwrite(*offset, image).unwrap();
    }
    nor.bytes().to_vec()
}

#[test]
fn the_app_is_cut_out_of_a_merged_image() {
    let place = Place::new();
    let (one, two) = (demo("1.0.0"), demo("2.0.0"));
    let [_, _, _, ota_0, ota_1, ..] = DEFAULT_TABLE;
    let mut broken = one.clone();
    broken[5000] ^= 1;
    let mut signed = one.clone();
    signed.resize(signed.len().next_multiple_of(4096), 0xFF);
    signed.extend([0xE7, 0x02, 0, 0]);
    signed.resize(signed.len().next_multiple_of(4096), 0);
    let cases: [(Vec<u8>, &[u8]); 4] = [
        (merged(&DEFAULT_TABLE, &[(ota_0.offset, &one), (ota_1.offset, &two)]), &one),
        (merged(&DEFAULT_TABLE, &[(ota_1.offset, &two)]), &two),
        (merged(&DEFAULT_TABLE, &[(ota_0.offset, &broken), (ota_1.offset, &two)]), &two),
        (merged(&DEFAULT_TABLE, &[(ota_0.offset, &signed)]), &signed),
    ];
    for (flash, expected) in cases {
        build(&place, &place.write("merged.bin", flash), &[]);
        assert!(place.read("ota.bin") == expected);
    }
    let factory = Partition::new("factory", layout::APP, FACTORY, 0x20_0000, 0x10_0000);
    let first = Partition::new("ota_0", layout::APP, OTA_0, 0x10_0000, 0x10_0000);
    let flash = merged(&[first, factory], &[(first.offset, &one), (factory.offset, &two)]);
    build(&place, &place.write("merged.bin", flash), &[]);
    assert!(place.read("ota.bin") == two);
}

#[test]
fn a_merged_image_without_an_app_says_what_its_slots_hold() {
    let place = Place::new();
    let [_, _, _, ota_0, ..] = DEFAULT_TABLE;
    let image = demo("1.0.0");
    let mut cut = merged(&DEFAULT_TABLE, &[(ota_0.offset, &image)]);
    cut.truncate(ota_0.offset as usize + 3000);
    let mut damaged = merged(&DEFAULT_TABLE, &[(ota_0.offset, &image)]);
    damaged[0x8024] ^= 1;
    for (flash, words) in [
        (cut, ["\"ota_0\": it ends too early", "\"ota_1\" is empty"]),
        (damaged, ["merged.bin", "partition table is damaged"]),
        (merged(&DEFAULT_TABLE[..3], &[]), ["merged.bin", "no app partition"]),
    ] {
        let source = place.write("merged.bin", flash);
        expect_words(&place.failed(&["build", &source, "-o", &place.arg("ota.bin")]), &words);
    }
}

#[test]
fn what_esptool_merged_is_cut_out_again() {
    if is_missing() {
        return;
    }
    let place = Place::new();
    let table = place.write("table.bin", layout::partition_table(&DEFAULT_TABLE).unwrap());
    let app = place.write("app.bin", demo("7.0.0"));
    let merged = place.arg("merged.bin");
    let parts = ["--chip", "esp32c3", "merge-bin", "-o", &merged, "0x8000", &table, "0x10000", &app];
    for padding in [&[] as &[&str], &["--pad-to-size", "4MB"]] {
        let arguments: Vec<&str> = parts[..5].iter().chain(padding).chain(&parts[5..]).copied().collect();
        esptool(&arguments);
        build(&place, &merged, &[]);
        assert_eq!(place.read("ota.bin"), place.read("app.bin"));
    }
}

#[test]
fn an_app_image_is_copied_and_anything_else_is_refused() {
    let place = Place::new();
    let image = demo("1.0.0");
    assert_eq!(build(&place, &place.write("app.bin", &image), &[])["version"], "1.0.0");
    assert_eq!(place.read("ota.bin"), image);
    for (bytes, words) in
        [(b"PK\x03\x04".to_vec(), "zip"), (image[..30_000].to_vec(), "truncated"), (Vec::new(), "empty")]
    {
        let source = place.write("other.bin", bytes);
        expect_words(&place.failed(&["build", &source, "-o", &place.arg("never.bin")]), &[words]);
    }
    assert!(!place.path("never.bin").exists());
    // The outcome is not lost when its place cannot be written to: it is said, and the library is not touched.
    let told = place.failed(&["build", &place.arg("app.bin"), "-o", &place.arg("missing/ota.bin")]);
    expect_words(&told, &["cannot be written", "check that the folder exists"]);
}
