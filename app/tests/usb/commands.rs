//! `skylift board`, `flash` and `erase`, as a user calls them.

use std::process::Command;

use skylift::usb::flash::{Content, Plan, Target, Wish};
use skylift_protocol::Chip;
use skylift_simulator::demo_image::DemoImage;

use crate::boards::{blank, bundled, runs};
use crate::program::{Place, expect_words, json, told};

fn demo(version: &str) -> Vec<u8> {
    DemoImage { version: version.to_owned(), size: 70_000, ..DemoImage::default() }.build().unwrap()
}

#[test]
fn a_blank_board_is_flashed_set_up_and_looked_at() {
    let (board, place) = (blank(), Place::new());
    expect_words(&place.done(&board, &["board"]), &["ESP32-C3", "nothing: it is blank", "4 MiB, GigaDevice"]);
    let flashed = place.done(&board, &["flash", "--name", "bench"]);
    expect_words(&flashed, &["skylift-device", "into ota_0", "it starts ota_0", "bench", "by a new key"]);
    let shown = place.done(&board, &["board"]);
    expect_words(
        &shown,
        &["does not roll back", "bench, paired, no WiFi", "ota_1", "nothing", "pairing_key", "(hidden)"],
    );
    let facts = json(&place.done(&board, &["board", "--verify", "--json"]));
    assert_eq!((facts["starts"].as_str(), facts["blank"].as_bool()), (Some("ota_0"), Some(false)));
    assert_eq!(facts["holds"]["set_up"]["name"], "bench");
    assert_eq!(facts["holds"]["bootloader"]["rolls_back"], false);
    assert!(facts["holds"]["slots"][0]["image_sha256"].is_string());
}

#[test]
fn a_flashed_board_takes_an_update_over_the_air() {
    let (board, place) = (blank(), Place::new());
    let port = board.path().to_str().unwrap().to_owned();
    let first = place.write("first.bin", demo("1.0.0"));
    told(&place.run(&["flash", &first, "--port", &port, "--no-wait"]), 0);
    runs(&board);
    let next = place.write("next.bin", demo("2.0.0"));
    let address = board.device_address().to_string();
    // What was flashed by cable is kept, so that already the first update is a delta.
    let plan = json(&told(&place.run(&["plan", &next, &address, "--json"]), 0));
    assert_eq!(plan["chosen"], "delta", "{plan}");
    let lines = told(&place.run(&["update", &next, &address, "--json"]), 0);
    let last = json(lines.lines().last().unwrap());
    assert_eq!((&last["verdict"], &last["encoding"]), (&"validated".into(), &"delta".into()), "{lines}");
    // The cable sees the same.
    board.hold_boot_and_reset();
    expect_words(&place.done(&board, &["board"]), &["ota_1, skylift-demo 2.0.0", "valid"]);
}

#[test]
fn no_key_is_in_what_is_printed() {
    let (board, place) = (blank(), Place::new());
    let output = place.by_cable(&board, &["flash", "--json"]);
    let printed = told(&output, 0)
        + &String::from_utf8(output.stderr).unwrap()
        + &place.done(&board, &["board", "--json"]);
    let flash = &board.flash()[0x3D_0000..0x3E_0000];
    let name = flash.windows(11).position(|bytes| bytes == b"pairing_key").expect("a key was written");
    // A blob lies behind its entry of 32 bytes.
    assert!(flash[name + 24..name + 56].iter().any(|&byte| byte != 0xFF));
    let key: String = flash[name + 24..name + 56].iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!printed.contains(&key) && !printed.contains("password"), "{printed}");
}

#[test]
fn a_board_that_holds_something_is_backed_up_before() {
    let (board, place) = (blank(), Place::new());
    let first = place.write("first.bin", demo("1.0.0"));
    let second = place.write("second.bin", demo("2.0.0"));
    let blank = json(&place.done(&board, &["flash", &first, "--json"]));
    assert!(blank["backup"].is_null(), "{blank}");
    let before = board.flash();
    let again = json(&place.done(&board, &["flash", &second, "--json"]));
    assert_eq!(again["slot"], "ota_1");
    let id = again["backup"].as_str().unwrap();
    let restored = place.done(&board, &["restore", id, "--yes"]);
    assert!(board.flash() == before, "{restored}");
    let asked = place.failed(&board, &["flash", &second, "--no-backup"]);
    expect_words(&asked, &["nobody can be asked", "--yes"]);
    assert!(board.flash() == before);
    let unsaved = json(&place.done(&board, &["flash", &second, "--no-backup", "--yes", "--json"]));
    assert!(unsaved["backup"].is_null(), "{unsaved}");
}

#[test]
fn what_would_become_of_it_is_said_and_nothing_is_written() {
    let (board, place) = (blank(), Place::new());
    let before = board.flash();
    let said = place.done(&board, &["flash", "--dry-run"]);
    expect_words(&said, &["Bootloader", "0x008000", "ota_0", "written", "skylift_journal"]);
    assert!(board.flash() == before);
}

#[test]
fn a_slot_is_chosen_and_partitions_are_erased() {
    let (board, place) = (blank(), Place::new());
    for version in ["1.0.0", "2.0.0"] {
        let image = place.write("image.bin", demo(version));
        place.done(&board, &["flash", &image, "--no-backup", "--yes"]);
    }
    expect_words(&place.done(&board, &["board"]), &["ota_1, skylift-demo 2.0.0"]);
    expect_words(&place.done(&board, &["board", "--boot", "ota_0", "--yes"]), &["ota_0, skylift-demo 1.0.0"]);
    expect_words(&place.failed(&board, &["erase", "ota_1"]), &["nobody can be asked", "--yes"]);
    expect_words(&place.refused(&board, &["erase", "ota_9", "--yes"]), &["no partition ota_9"]);
    expect_words(&place.done(&board, &["erase", "ota_1", "--yes"]), &["ota_1: erased, 1.9 MiB"]);
    expect_words(
        &place.refused(&board, &["board", "--boot", "ota_1", "--yes"]),
        &["ota_1", "would not boot"],
    );
    place.done(&board, &["erase", "--all", "--yes"]);
    assert!(board.flash().iter().all(|&byte| byte == 0xFF));
}

#[test]
fn refusals_leave_the_board_as_it_was_and_in_reach() {
    let (board, place) = (blank(), Place::new());
    let c6 = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/firmware/esp32c6.bin");
    expect_words(&place.refused(&board, &["flash", c6]), &["made for the esp32c6", "esp32c3"]);
    let table = concat!(env!("CARGO_MANIFEST_DIR"), "/../assets/partitions/8mb.csv");
    expect_words(&place.refused(&board, &["flash", "--table", table]), &["KiB of flash"]);
    let large = DemoImage { size: 3 << 20, ..DemoImage::default() }.build().unwrap();
    let large = place.write("large.bin", large);
    expect_words(&place.refused(&board, &["flash", &large]), &["3145728 bytes", "ota_0 has"]);
    let rubbish = place.write("rubbish", [0x5A; 6000]);
    expect_words(&place.failed(&board, &["flash", "--table", &rubbish]), &["no partition table"]);
    expect_words(&place.refused(&board, &["flash", "--bootloader", &rubbish]), &["not a bootloader"]);
    expect_words(&place.refused(&board, &["flash", "--app-only"]), &["no partition table with two slots"]);
    assert!(board.flash().iter().all(|&byte| byte == 0xFF));
}

#[test]
fn what_somebody_declines_is_refused_and_nothing_is_written() {
    let (board, place) = (blank(), Place::new());
    let image = place.write("image.bin", demo("1.0.0"));
    place.done(&board, &["flash", &image]);
    let before = board.flash();
    for (command, line) in [
        (vec!["flash", &image, "--no-backup"], "no"),
        (vec!["erase", "--all"], "esp32"),
        (vec!["board", "--boot", "ota_0"], ""),
    ] {
        let output = place.answered(&board, &command, line);
        assert_eq!(output.status.code(), Some(4), "{command:?}: {output:?}");
        assert!(board.flash() == before, "{command:?}");
    }
    let output = place.answered(&board, &["flash", &image, "--no-backup"], "yes");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn a_merged_image_is_that_of_esptool_and_flashes_a_board() {
    let (board, place) = (blank(), Place::new());
    let merged = place.arg("merged.bin");
    let output = place.run(&["flash", "--chip", "esp32c3", "--merged-out", &merged]);
    expect_words(&told(&output, 0), &["skylift-device", "esp32c3 with 4 MiB", "0x0"]);
    let ours = std::fs::read(&merged).unwrap();
    let plan = Plan::make(&bundled(), &Wish::default(), &Target::blank(Chip::Esp32C3, 4 << 20)).unwrap();
    let mut arguments =
        vec!["--chip".to_owned(), "esp32c3".to_owned(), "merge-bin".to_owned(), "-o".to_owned()];
    arguments.push(place.arg("theirs.bin"));
    for region in &plan.regions {
        let Content::Bytes(bytes) = &region.content else { continue };
        arguments.push(format!("{:#x}", region.offset));
        arguments.push(place.write(&format!("{:x}.bin", region.offset), bytes));
    }
    if has_esptool() {
        let output = Command::new("python3").args(["-m", "esptool"]).args(&arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(std::fs::read(place.path("theirs.bin")).unwrap() == ours, "esptool merges them otherwise");
    }
    // What was merged is taken apart again.
    place.done(&board, &["flash", &merged]);
    assert!(board.flash()[0x1_0000..][..ours.len() - 0x1_0000] == ours[0x1_0000..]);
    assert!(board.flash()[..0x9000] == ours[..0x9000]);
}

fn has_esptool() -> bool {
    let version = Command::new("python3").args(["-m", "esptool", "version"]).output();
    if version.is_ok_and(|version| version.status.success()) {
        return true;
    }
    println!("SKIPPED: esptool is not installed (pip install esptool)");
    assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "nothing may be skipped here: esptool");
    false
}

#[test]
fn a_build_folder_of_esp_idf_brings_all_its_parts() {
    let (board, place) = (blank(), Place::new());
    let table = "nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\n\
                 ota_0, app, ota_0, 0x10000, 0x100000\nota_1, app, ota_1, 0x110000, 0x100000\n\
                 skylift, data, nvs, 0x210000, 0x10000\nstorage, data, spiffs, 0x220000, 0x10000\n";
    let table = skylift::usb::board::Table::from_csv(table).unwrap();
    let plan = Plan::make(&bundled(), &Wish::default(), &Target::blank(Chip::Esp32C3, 4 << 20)).unwrap();
    let bootloader = plan.regions.iter().find(|region| region.name == "Bootloader").unwrap();
    let Content::Bytes(bootloader) = &bootloader.content else { panic!("no bootloader") };
    place.write("bootloader.bin", bootloader);
    place.write("table.bin", &table.bytes);
    place.write("app.bin", demo("3.0.0"));
    place.write("storage.bin", b"files of the build");
    place.write("ota_data_initial.bin", [0xFF; 0x2000]);
    place.write(
        "flasher_args.json",
        r#"{ "flash_files": { "0x0": "bootloader.bin", "0x8000": "table.bin", "0xe000": "ota_data_initial.bin",
                              "0x10000": "app.bin", "0x220000": "storage.bin" },
             "bootloader": { "offset": "0x0", "file": "bootloader.bin" },
             "partition-table": { "offset": "0x8000", "file": "table.bin" },
             "otadata": { "offset": "0xe000", "file": "ota_data_initial.bin" },
             "app": { "offset": "0x10000", "file": "app.bin" },
             "extra_esptool_args": { "chip": "esp32c3" } }"#,
    );
    let folder = place.path("").to_str().unwrap().to_owned();
    expect_words(&place.done(&board, &["flash", &folder]), &["skylift-demo 3.0.0 is on the board", "ota_0"]);
    let flash = board.flash();
    assert_eq!(&flash[0x22_0000..][..18], b"files of the build");
    assert!(flash[0x8000..0x8C00] == table.bytes);
    // otadata names the slot, whatever the build's blank one says.
    assert_eq!(flash[0xE000], 1);
}
