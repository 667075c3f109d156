//! `skylift firmware`: what comes with the program is listed, saved, judged by esptool, and taken by a device.

use serde_json::Value;

use crate::esptool::{esptool, is_missing};
use crate::program::{Place, demo, expect_words, json_lines};
use crate::simulated::{device, status};

const CHIPS: [&str; 2] = ["esp32c3", "esp32c6"];

fn listed(place: &Place) -> Vec<Value> {
    json_lines(&place.done(&["firmware", "--json"]))
}

#[test]
fn it_is_listed_and_saved_as_it_is_described() {
    let place = Place::new();
    let listed = listed(&place);
    assert_eq!(listed.iter().map(|firmware| &firmware["chip"]).collect::<Vec<_>>(), CHIPS);
    let table = place.done(&["firmware"]);
    for firmware in &listed {
        let chip = firmware["chip"].as_str().unwrap();
        let saved = place.arg(&format!("{chip}.bin"));
        expect_words(&place.done(&["firmware", "save", chip, "-o", &saved]), &[&saved, chip]);
        let inspected: Value = serde_json::from_str(&place.done(&["inspect", &saved, "--json"])).unwrap();
        for name in
            ["chip", "project", "version", "size", "guard", "file_sha256", "image_sha256", "elf_sha256"]
        {
            assert_eq!(inspected[name], firmware[name], "{chip}: {name}");
        }
        assert_eq!(inspected["kind"], "real");
        let short = |name: &str| firmware[name].as_str().unwrap()[..10].to_owned();
        expect_words(&table, &[chip, &short("file_sha256"), &short("image_sha256"), &short("commit")]);
    }
    let none = place.failed(&["firmware", "save", "esp32s3", "-o", &place.arg("none.bin")]);
    expect_words(&none, &["no firmware for the chip \"esp32s3\"", "there is one for esp32c3, esp32c6"]);
    assert!(!place.path("none.bin").exists());
}

#[test]
fn esptool_finds_no_fault_with_it() {
    if is_missing() {
        return;
    }
    let place = Place::new();
    for chip in CHIPS {
        let saved = place.arg("saved.bin");
        place.done(&["firmware", "save", chip, "-o", &saved]);
        let judged = esptool(&["image-info", &saved]);
        assert_eq!(judged.matches("(valid)").count(), 2, "{judged}");
    }
}

#[test]
fn a_device_takes_it_by_its_name_and_by_no_other_chips() {
    let place = Place::new();
    let device = device(demo("1.0.0"));
    let address = device.address().to_string();
    let send = |image: &str| {
        let serving = ["--port", "0", "--host-address", "127.0.0.1", "--allow-other-project"];
        place.run(&[&["update", image, &address], &serving[..]].concat())
    };
    let refused = send("bundled:esp32c6");
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let taken = send("bundled:esp32c3");
    assert_eq!(taken.status.code(), Some(0), "{taken:?}");
    let runs = &status(&place, &device)["running"];
    assert_eq!(runs["image_sha256"], listed(&place)[0]["image_sha256"], "{runs}");
}
