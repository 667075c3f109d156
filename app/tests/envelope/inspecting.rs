//! `skylift inspect`: an envelope is told as one, and an image of Toit by what is in it. No password is said.

use std::process::Output;

use serde_json::{Value, json};

use crate::bench::*;
use crate::toit::archive::gzip;
use crate::toit::body::Chip;
use crate::toit::encoded::{assets, dashed, text, tison_map};
use crate::toit::envelope::{Container, Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::snapshot::Bundle;

const DEVICE: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

fn said(output: &Output) -> String {
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(!said.contains("staple"), "{said}");
    said
}

/// With Jaguar in it.
fn jaguar(chip: Chip) -> Envelope {
    let mut envelope = furnished(chip);
    let mut jaguar = Container::snapshot("jaguar", Bundle::new(SDK, Program::saying("jaguar")));
    let config = tison_map(&[("id", text(DEVICE)), ("name", text("bold-lamp")), ("chip", text("esp32"))]);
    jaguar.assets = Some(assets(&[("config", &config)]));
    jaguar.flags = 3;
    envelope.containers.push(jaguar);
    envelope
}

#[test]
fn an_image_of_toit() {
    let envelope = jaguar(Chip::Esp32);
    let bench = Bench::with("ota.bin", &envelope.app_image(&[]));
    let shown = said(&bench.skylift(&["inspect", "ota.bin"]));
    let lines = [
        "Toit            4 containers, of the system a7a7a7a7-a7a7-a7a7-a7a7-a7a7a7a7a7a7",
        &format!("Jaguar          bold-lamp, esp32, id {DEVICE}"),
        "WiFi            Attic",
    ];
    for line in lines {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    let row = shown.lines().find(|line| line.starts_with("blink ")).unwrap();
    let id = dashed(&envelope.id("blink").unwrap());
    assert!(row.contains(&id) && row.contains(" pin ") && row.ends_with("trigger=boot"), "{row}");
    assert!(
        shown.lines().any(|line| line.starts_with("system ") && line.ends_with("trigger=boot, critical"))
    );

    let shown: Value =
        serde_json::from_str(&said(&bench.skylift(&["inspect", "ota.bin", "--json"]))).unwrap();
    let toit = &shown["toit"];
    assert_eq!(toit["jaguar"], json!({ "id": DEVICE, "name": "bold-lamp", "chip": "esp32" }));
    assert_eq!((&toit["wifi_ssid"], &toit["containers"][1]["id"]), (&json!("Attic"), &json!(id)));
    let names: Vec<_> = toit["containers"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["system", "blink", "ready", "jaguar"]);
}

#[test]
fn an_image_that_is_not_toits_says_nothing_of_it() {
    let bench = Bench::new();
    let demo = ["demo-image", "--version", "1.0.0", "--behaviour", "healthy", "-o", "ota.bin"];
    assert!(bench.skylift(&demo).status.success());
    let shown = said(&bench.skylift(&["inspect", "ota.bin"]));
    assert!(!shown.contains("Toit") && !shown.contains("WiFi"), "{shown}");
    let shown: Value =
        serde_json::from_str(&said(&bench.skylift(&["inspect", "ota.bin", "--json"]))).unwrap();
    assert_eq!(shown["toit"], Value::Null);
}

#[test]
fn an_envelope() {
    let envelope = jaguar(Chip::Esp32C3);
    let bench = Bench::with("f", &envelope.to_bytes());
    bench.write("f.gz", gzip(&envelope.to_bytes()));
    let shown = said(&bench.skylift(&["inspect", "f"]));
    for words in
        ["Toit firmware for esp32c3", SDK, "WiFi            Attic", "wifi, uuid", "-e f extract -o ota.bin"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_eq!(
        said(&bench.skylift(&["inspect", "f.gz"])),
        shown.replace(" f\n", " f.gz\n").replace("-e f ", "-e f.gz ")
    );
    let shown: Value = serde_json::from_str(&said(&bench.skylift(&["inspect", "f.gz", "--json"]))).unwrap();
    assert_eq!(shown["envelope"]["chip"], "esp32c3");
    assert_eq!(shown["envelope"]["containers"]["jaguar"]["flags"], json!(["trigger=boot", "critical"]));
    assert_eq!(shown["properties"]["wifi"], json!({ "wifi.ssid": "Attic", "wifi.password": "hidden" }));
}

#[test]
fn an_envelope_where_an_image_is_wanted_leads_to_the_command() {
    let bench = Bench::with("f.envelope", &furnished(Chip::Esp32).to_bytes());
    let output = bench.skylift(&["images", "add", "f.envelope"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("a firmware envelope of Toit") && said.contains("skylift envelope -e"), "{said}");
}

#[test]
fn a_damaged_envelope_is_told() {
    let whole = furnished(Chip::Esp32).to_bytes();
    let bench = Bench::with("f", &whole[..whole.len() / 2]);
    let output = bench.skylift(&["inspect", "f"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("error: f: the archive is damaged: "), "{said}");
}

/// A device would boot it, and its programs would find no assets.
#[test]
fn an_image_with_damaged_assets_in_it() {
    let mut envelope = furnished(Chip::Esp32);
    envelope.containers[1].assets = Some(b"pin = 5!".to_vec());
    let bench = Bench::with("ota.bin", &envelope.app_image(&[]));
    let shown = said(&bench.skylift(&["inspect", "ota.bin"]));
    let line = shown.lines().find(|line| line.starts_with("Toit ")).unwrap();
    assert!(line.contains("damaged: the assets of a container cannot be read"), "{line}");
}

#[test]
fn a_compiled_program_leads_to_the_command() {
    let bench = Bench::with("lamp.snapshot", &Bundle::new(SDK, Program::sample()).to_bytes());
    let output = bench.skylift(&["inspect", "lamp.snapshot"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("a compiled Toit program") && said.contains("skylift envelope build"), "{said}");
}
