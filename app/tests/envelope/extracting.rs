//! What is made of envelopes, to the byte as the independent writer has it, and judged by esptool.

use crate::bench::*;
use crate::esptool::{esptool, is_missing};
use crate::toit::body::Chip;
use crate::toit::envelope::{Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::snapshot::Bundle;

/// `{"a":1}` in UBJSON.
const CONFIG: &[u8] = b"{#U\x01U\x01aU\x01";

#[test]
fn firmware_and_its_parts() {
    for chip in Chip::ALL {
        let envelope = furnished(chip);
        let bench = Bench::with("f", &envelope.to_bytes());
        bench.write("config.json", r#"{ "a": 1 }"#);
        bench.write("config.ubjson", CONFIG);
        bench.done("-e f extract -o ota.bin");
        same(&bench.read("ota.bin"), &envelope.app_image(&[]));
        for config in ["config.json", "config.ubjson"] {
            bench.done(&format!("-e f extract --format=binary -o ota.bin --config {config}"));
            same(&bench.read("ota.bin"), &envelope.app_image(CONFIG));
        }
        bench.done("extract --format ubjson --output=parts.ubjson --config=config.json -e f");
        same(&bench.read("parts.ubjson"), &envelope.parts(CONFIG));
    }
}

#[test]
fn esptool_finds_checksum_and_hash_of_every_image_valid() {
    if is_missing() {
        return;
    }
    for chip in Chip::ALL {
        let mut plain = Envelope::new(chip);
        plain.body.constants = 5000;
        for (name, envelope) in [("plain", plain), ("furnished", furnished(chip))] {
            let bench = Bench::with("f", &envelope.to_bytes());
            bench.done("-e f extract -o ota.bin");
            let judged = esptool(&["image-info", bench.path("ota.bin").to_str().unwrap()]);
            let valid = judged.lines().filter(|line| line.contains("(valid)")).count();
            assert!(valid == 2 && !judged.contains("invalid"), "{chip:?}, {name}: {judged}");
        }
    }
}

/// A partition table of ESP-IDF with otadata and one slot for an app.
fn table(slot: u32) -> Vec<u8> {
    let entry = |kind: u8, subtype: u8, offset: u32, size: u32, name: &str| {
        let mut bytes = vec![0xaa, 0x50, kind, subtype];
        bytes.extend_from_slice(&offset.to_le_bytes());
        bytes.extend_from_slice(&size.to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes.resize(32, 0);
        bytes
    };
    let mut table =
        [entry(1, 0, 0xd000, 0x2000, "otadata"), entry(0, 0x10, 0x1_0000, slot, "ota_0")].concat();
    table.resize(0xc00, 0xff);
    table
}

const FLASHING: &str = r#"{"flash_settings":{"flash_size":"4MB"},"bootloader":{"offset":"0x1000"},
    "partition-table":{"offset":"0x8000"}}"#;

/// A folder with an envelope `f` that has all parts.
fn whole(slot: u32) -> (Bench, Envelope) {
    let envelope = Envelope::new(Chip::Esp32);
    let bench = Bench::with("firmware.bin", &envelope.body.to_bytes());
    bench.write("system.snapshot", Bundle::new(SDK, Program::sample()).to_bytes());
    bench.write("boot", [0xb0; 0x6000]);
    bench.write("table", table(slot));
    bench.write("otadata", [0x5a; 0x2000]);
    bench.write("flashing", FLASHING);
    bench.write("elf", b"\x7fELF and so on");
    bench.done(
        "-e f create esp32 --firmware.bin firmware.bin --system.snapshot system.snapshot --bootloader.bin boot \
         --partitions.bin table --otadata.bin otadata --flashing.json flashing --firmware.elf elf",
    );
    (bench, envelope)
}

#[test]
fn the_whole_flash() {
    let (bench, envelope) = whole(0x10_0000);
    bench.done("-e f extract --format image -o flash.bin");
    let flash = bench.read("flash.bin");
    let firmware = envelope.app_image(&[]);
    assert_eq!(flash.len(), 4 << 20);
    same(&flash[0x1_0000..0x1_0000 + firmware.len()], &firmware);
    same(&flash[0x1000..0x1000 + bench.read("boot").len()], &bench.read("boot"));
    same(&flash[0xd000..0xf000], &[0x5a; 0x2000]);
    assert_eq!(&flash[0x8000..0x8002], [0xaa, 0x50]);
    let elsewhere = flash[0x1_0000 + firmware.len()..].iter().chain(&flash[..0x1000]);
    assert!(elsewhere.clone().all(|byte| *byte == 0), "flash that nothing was put into is not 0");

    let output = bench.envelope("-e f extract --format qemu -o same.bin");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.starts_with("warning: ") && said.contains("`image`"), "{said}");
    same(&bench.read("same.bin"), &flash);

    bench.write("page", [7; 100]);
    bench.done("-e f extract --format image -o more.bin --partition file:notes=page,empty:room=8192 --partition=file:log=page");
    let more = bench.read("more.bin");
    let after = 0x1_0000 + 0x10_0000;
    assert_eq!(
        (&more[after..after + 100], &more[after + 0x3000..after + 0x3064]),
        (&[7; 100][..], &[7; 100][..])
    );
    bench.done("-e f extract --format elf -o out.elf");
    same(&bench.read("out.elf"), &bench.read("elf"));
}

#[test]
fn a_firmware_that_no_slot_takes_is_warned_of() {
    let (bench, envelope) = whole(0x1_0000);
    let output = bench.envelope("-e f extract -o ota.bin");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.starts_with("warning: the firmware has"), "{said}");
    same(&bench.read("ota.bin"), &envelope.app_image(&[]));
    let said = bench.refused("-e f extract --format image -o flash.bin");
    assert!(said.contains("ota_0") && !bench.path("flash.bin").exists(), "{said}");
}

#[test]
fn what_does_not_go_together_is_refused() {
    let (bench, _) = whole(0x10_0000);
    for (arguments, word) in [
        ("extract -o x --partitions table", "format `image`"),
        ("extract -o x --format qemu --partition empty:a=1", "format `image`"),
        ("extract -o x --format image --partitions flashing", "partition table"),
        ("extract -o x --format image --partition empty:a-name-too-long-=1", "1 to 15 bytes"),
        ("extract -o x --format image --partition empty:a=1,empty:a=1", "twice"),
        ("extract -o x --format image --partition empty:otadata=0x3000", "otadata"),
        ("extract -o x --format image --partition empty:a=99999999999", "large"),
        ("extract -o x --config table", "neither JSON nor UBJSON"),
        ("extract -o x --config missing", "missing"),
        ("extract -o missing/x", "cannot be written"),
    ] {
        let said = bench.refused(&format!("-e f {arguments}"));
        assert!(said.contains(word) && said.contains("try: "), "{arguments}: {said}");
        assert!(!bench.path("x").exists(), "{arguments}");
    }
    for arguments in
        ["--format tar", "--partition a", "--partition file:a", "--partition empty:a=b", "--partition x:a=1"]
    {
        let output = bench.envelope(&format!("-e f extract -o x {arguments}"));
        assert_eq!(output.status.code(), Some(2), "{arguments}: {output:?}");
    }
}
