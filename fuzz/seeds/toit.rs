//! Envelopes and snapshots, as small as they can be.

use skylift_fuzz::toit::firmware;
use skylift_tests::toit::archive::gzip;
use skylift_tests::toit::encoded::{assets, sdk_uuid};
use skylift_tests::toit::program::Program;
use skylift_tests::toit::relocatable::{Word, ready};
use skylift_tests::toit::snapshot::{Bundle, snapshot};

use super::Seeds;

const PROPERTIES: &[u8] =
    br#"{"$container-flags":{"system":3,"blink":1},"wifi":{"wifi.ssid":"n","wifi.password":"12345678"},"f":[1.5e-7,"\n"]}"#;
const FLASHING: &[u8] = br#"{"flash_settings":{"flash_size":"4MB"},"bootloader":{"offset":"0x1000"},"partition-table":{"offset":"0x8000"}}"#;
const TABLE: &[u8] = b"otadata,data,ota,0xd000,0x2000\na,app,ota_0,0x10000,0x1a0000,encrypted\n";

/// How an entry is written: its number, and what is put around its bytes (1: the app image, 3: a bundle).
fn entry(number: u8, around: u8, bytes: &[u8]) -> Vec<u8> {
    let mut entry = vec![around << 4 | number];
    entry.extend((bytes.len() as u16).to_le_bytes());
    entry.extend_from_slice(bytes);
    entry
}

fn without_head(program: &Program) -> Vec<u8> {
    snapshot(program)[8..].to_vec()
}

pub fn add(seeds: &mut Seeds<'_>) {
    let small = without_head(&Program::saying("hi"));
    for program in [Program::sample(), Program::saying("hi"), Program::default()] {
        for word in [0, 0x80] {
            seeds.add("snapshot", &[word | 2], without_head(&program));
        }
    }
    seeds.add("snapshot", &[0], Bundle::new(skylift_fuzz::toit::SDK, Program::saying("hi")).to_bytes());

    let uuid = sdk_uuid(skylift_fuzz::toit::SDK);
    let blob = assets(&[("config", b"five!")]);
    let system = [entry(0, 1, b""), entry(1, 3, &small), entry(3, 0, PROPERTIES)].concat();
    let blink = [entry(4, 3, &small), entry(5, 0, &blob)].concat();
    let image = entry(12, 0, &ready(Word::W32, &[0x1d; 16], &uuid));
    let flash = [entry(7, 1, b""), entry(8, 0, TABLE), entry(9, 0, &[0xff]), entry(10, 0, FLASHING)].concat();
    seeds.add("envelope", &[2], [&system[..], &blink, &image].concat());
    seeds.add("envelope", &[2 | 4], [&system[..], &flash].concat());
    seeds.add("envelope", &[2 | 0x40, 8, 0], [b"{\"a\":1} ", &system[..]].concat());
    let image = entry(12, 0, &ready(Word::W64, &[0x1d; 16], &uuid));
    seeds.add("envelope", &[3], [entry(11, 0, b"#!"), blink, image].concat());
    seeds.add("envelope", &[1], br#"{"sdk-version":"v2.0.0-alpha.195","kind":"host","word-size":8}"#);
    let firmware = firmware();
    let whole = skylift_fuzz::toit::envelope(false, [("$firmware.bin", firmware.as_slice())]);
    seeds.add("envelope", &[0], &whole);
    seeds.add("envelope", &[0], gzip(&whole));
}
