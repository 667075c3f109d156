//! Containers go in and out, and envelopes are created, to the byte as the independent writer has them.

use crate::bench::*;
use crate::toit::body::Chip;
use crate::toit::encoded::assets;
use crate::toit::envelope::{Container, Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::relocatable::{Word, ready};
use crate::toit::snapshot::Bundle;

fn blink() -> Bundle {
    Bundle::new(SDK, Program::saying("blink"))
}

/// A folder with an envelope `f`, a snapshot, an image and assets.
fn bench() -> Bench {
    let envelope = Envelope::new(Chip::Esp32C6);
    let bench = Bench::with("f", &envelope.to_bytes());
    bench.write("blink.snapshot", blink().to_bytes());
    bench.write("ready.image", ready(Word::W32, &[0x1d; 16], &envelope.system_uuid()));
    bench.write("blink.assets", assets(&[("pin", b"5")]));
    bench
}

fn expected(change: impl FnOnce(&mut Container)) -> Vec<u8> {
    let mut envelope = Envelope::new(Chip::Esp32C6);
    let mut container = Container::snapshot("blink", blink());
    change(&mut container);
    envelope.containers.push(container);
    envelope.to_bytes()
}

#[test]
fn installed_with_every_option() {
    let bench = bench();
    let before = bench.read("f");
    for (options, flags) in [
        ("", 1),
        ("--trigger boot", 1),
        ("--trigger=none", 0),
        ("--critical", 3),
        ("--critical --trigger none", 2),
    ] {
        bench.done(&format!("-e f container install blink blink.snapshot {options} -o g"));
        same(&bench.read("g"), &expected(|container| container.flags = flags));
    }
    same(&bench.read("f"), &before);
    bench.done("container add --assets blink.assets blink blink.snapshot -e f");
    let with_assets = expected(|container| container.assets = Some(assets(&[("pin", b"5")])));
    same(&bench.read("f"), &with_assets);
}

#[test]
fn installed_again_without_its_assets_and_taken_out() {
    let bench = bench();
    let before = bench.read("f");
    bench.done("-e f container install --assets=blink.assets blink blink.snapshot");
    bench.done("-e f container install blink blink.snapshot");
    same(&bench.read("f"), &expected(|_| ()));
    bench.done("-e f container remove blink");
    same(&bench.read("f"), &before);
    // As with Toit's tool it is no error that there is none.
    bench.done("-e f container uninstall blink");
    same(&bench.read("f"), &before);
}

#[test]
fn what_was_stored_comes_out_again() {
    let bench = bench();
    bench.done("-e f container install --assets blink.assets blink blink.snapshot");
    bench.done("-e f container install ready ready.image");
    bench.done("-e f container extract --part image blink -o out.snapshot");
    bench.done("-e f container extract --part=assets blink --output out.assets");
    bench.done("-e f container extract --part image ready -o out.image");
    for (out, original) in
        [("out.snapshot", "blink.snapshot"), ("out.assets", "blink.assets"), ("out.image", "ready.image")]
    {
        same(&bench.read(out), &bench.read(original));
    }
    let said = bench.refused("-e f container extract --part assets ready -o none");
    assert!(said.contains("\"ready\" has no assets") && said.contains("container list"), "{said}");
    assert!(!bench.path("none").exists());
}

#[test]
fn created_for_a_chip_as_the_writer_has_it() {
    for chip in Chip::ALL {
        let envelope = Envelope::new(chip);
        let bench = Bench::with("firmware.bin", &envelope.body.to_bytes());
        bench.write("system.snapshot", Bundle::new(SDK, Program::sample()).to_bytes());
        bench.done("-e f create esp32 --firmware.bin=firmware.bin --system.snapshot system.snapshot");
        same(&bench.read("f"), &envelope.to_bytes());
        // From an ota.bin too: what was put into it is cut off. Where the table was stays in it.
        bench.write("ota.bin", furnished(chip).app_image(&[]));
        bench.done("create esp32 --firmware.bin ota.bin --system.snapshot system.snapshot -e g");
        let patched = furnished(chip).body.patched(envelope.body.table(), &[0xa7; 16], &[]);
        let mut expected = envelope.to_bytes();
        let at = expected.windows(4096).position(|part| envelope.body.to_bytes().starts_with(part)).unwrap();
        expected[at..at + patched.len()].copy_from_slice(&patched);
        same(&bench.read("g"), &expected);
    }
}

#[test]
fn created_for_a_computer() {
    let bench = Bench::with("run-image", b"\x7fELF and so on");
    bench.done("-e h create host --run-image run-image --word-size 8 --sdk-version v2.0.0-alpha.195");
    let shown = bench.done("-e h show --all");
    let expected = "Envelope format version: 8\nKind: host\nSDK version: v2.0.0-alpha.195\nContainers: \n\
                    Entries: \n  run-image: \n    Size: 14\n\n";
    assert_eq!(shown, expected.replace("14", &b"\x7fELF and so on".len().to_string()));
    // It has no properties: not even an empty map is printed.
    assert_eq!(bench.done("-e h property get"), "");
    let output = bench.envelope("-e i create host --run-image run-image --word-size 5 --sdk-version v2");
    assert_eq!(output.status.code(), Some(2));
    assert!(!bench.path("i").exists());
}
