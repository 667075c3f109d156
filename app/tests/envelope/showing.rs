//! What is shown of an envelope: the words of Toit's tool for people, for scripts and for programs, and no password.

use serde_json::{Value, json};

use crate::bench::*;
use crate::toit::archive::gzip;
use crate::toit::body::Chip;
use crate::toit::encoded::dashed;
use crate::toit::envelope::{Envelope, Stored};

fn stored_size(envelope: &Envelope, name: &str) -> usize {
    let container = envelope.containers.iter().find(|container| container.name == name).unwrap();
    match &container.stored {
        Stored::Snapshot(bundle) => bundle.to_bytes().len(),
        Stored::Image(_, image) => image.len(),
    }
}

/// The containers as text, each line behind `indent`.
fn listed(envelope: &Envelope, indent: &str) -> String {
    let id = |name| dashed(&envelope.id(name).unwrap());
    let size = |name| stored_size(envelope, name);
    let assets = envelope.containers[1].assets.as_ref().unwrap().len();
    let lines = [
        "system: ".to_owned(),
        "  Kind: snapshot".to_owned(),
        format!("  Id: {}", id("system")),
        format!("  Size: {}", size("system")),
        "  Flags: ".to_owned(),
        "    - trigger=boot".to_owned(),
        "    - critical".to_owned(),
        "blink: ".to_owned(),
        "  Kind: snapshot".to_owned(),
        format!("  Id: {}", id("blink")),
        format!("  Size: {}", size("blink")),
        "  Assets: ".to_owned(),
        format!("    Size: {assets}"),
        "  Flags: ".to_owned(),
        "    - trigger=boot".to_owned(),
        "ready: ".to_owned(),
        "  Kind: image".to_owned(),
        format!("  Id: {}", id("ready")),
        format!("  Size: {}", size("ready")),
    ];
    lines.map(|line| format!("{indent}{line}\n")).concat()
}

#[test]
fn for_people() {
    let envelope = furnished(Chip::Esp32C3);
    let bench = Bench::with("f", &envelope.to_bytes());
    let head = "Envelope format version: 8\nKind: esp32\nSDK version: v2.0.0-alpha.195\nChip: esp32c3\n";
    let shown = format!("{head}Containers: \n{}", listed(&envelope, "  "));
    assert_eq!(bench.done("show -e f"), format!("{shown}\n"));
    assert_eq!(bench.done("-e f container list"), format!("{}\n", listed(&envelope, "")));
    let all = bench.done("-e f show --all");
    let entries = all.strip_prefix(&shown).unwrap();
    let body = envelope.body.to_bytes().len();
    assert!(entries.starts_with(&format!("Entries: \n  firmware.bin: \n    Size: {body}\n")), "{entries}");
}

#[test]
fn for_programs() {
    let envelope = furnished(Chip::Esp32S3);
    let bench = Bench::with("f.gz", &gzip(&envelope.to_bytes()));
    let list: Value =
        serde_json::from_str(&bench.done("-e f.gz container list --output-format json")).unwrap();
    let assets = envelope.containers[1].assets.as_ref().unwrap().len();
    let expected = json!({
        "kind": "snapshot",
        "id": dashed(&envelope.id("blink").unwrap()),
        "size": stored_size(&envelope, "blink"),
        "assets": { "size": assets },
        "flags": ["trigger=boot"],
    });
    assert_eq!(list["blink"], expected);
    assert_eq!(list["ready"].get("flags"), None);

    let all = bench.done("--output-format=json -e f.gz show -a");
    assert!(all.starts_with(r#"{"envelope-format-version":8,"kind":"esp32","sdk-version":"v2.0.0-alpha.195","chip":"esp32s3","containers":{"system":"#), "{all}");
    let all: Value = serde_json::from_str(&all).unwrap();
    assert_eq!(
        (&all["containers"], all["entries"]["firmware.bin"]["size"].as_u64().is_some()),
        (&list, true)
    );
    // A file gets JSON whatever is shown otherwise, and `-` is no file.
    assert_eq!(bench.done("-e f.gz show -o shown.json"), "");
    let shown: Value = serde_json::from_slice(&bench.read("shown.json")).unwrap();
    assert_eq!((&shown["containers"], shown.get("entries")), (&list, None));
    assert_eq!(bench.done("-e f.gz container list -o -"), bench.done("-e f.gz container list"));
}

#[test]
fn for_scripts() {
    let envelope = furnished(Chip::Esp32);
    let bench = Bench::with("f", &envelope.to_bytes());
    let plain = bench.done("-e f container list --output-format plain");
    let assets = envelope.containers[1].assets.as_ref().unwrap().len();
    for line in
        ["system.flags: trigger=boot, critical", &format!("blink.assets.size: {assets}"), "ready.kind: image"]
    {
        assert!(plain.lines().any(|shown| shown == line), "{line}: {plain}");
    }
}

#[test]
fn no_password_is_shown() {
    let bench = Bench::with("f", &furnished(Chip::Esp32).to_bytes());
    let everything = [
        "show",
        "show -a",
        "container list",
        "property get",
        "property get wifi",
        "property get wifi --output-format json",
        "show -a --output-format json",
    ];
    for command in everything {
        let shown = bench.done(&format!("-e f {command}"));
        assert!(!shown.contains("staple"), "{command}: {shown}");
    }
    assert_eq!(
        bench.done("-e f property get wifi"),
        "{\"wifi.ssid\":\"Attic\",\"wifi.password\":\"hidden\"}\n"
    );
}

#[test]
fn without_an_envelope_the_usage_is_wrong() {
    let bench = Bench::new();
    for arguments in
        ["show", "container list", "property get x", "extract -o ota.bin", "-e f", "-e f frobnicate"]
    {
        let output = bench.envelope(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments}: {said}");
        assert!(said.contains("Usage: skylift envelope") && output.stdout.is_empty(), "{arguments}: {said}");
    }
    let said = String::from_utf8(bench.envelope("show").stderr).unwrap();
    assert!(said.starts_with("error: ") && said.contains("--envelope"), "{said}");
}
