//! The firmware for a computer, worked out by hand.

use sha2::{Digest as _, Sha256};
use skylift::image::envelope::Envelope as Read;
use skylift::image::envelope::extract::{
    Config, ExtractError, Firmware, Format, HostFirmware, Partitions, extract,
};
use skylift_tests::toit::archive::archive;
use skylift_tests::toit::encoded::{assets, container_id, dashed, sdk_uuid};
use skylift_tests::toit::envelope::SDK;
use skylift_tests::toit::layout::{Ids, image};
use skylift_tests::toit::program::Program;
use skylift_tests::toit::relocatable::{Word, ready};
use skylift_tests::toit::snapshot::Bundle;

const READY: [u8; 16] = [0x1d; 16];
/// `{"a":1}` in UBJSON.
const CONFIG: &[u8] = b"{#U\x01U\x01aU\x01";

fn blink() -> Bundle {
    Bundle::new(SDK, Program::saying("blink"))
}

fn blob() -> Vec<u8> {
    assets(&[("config", b"five!")])
}

fn envelope() -> Vec<u8> {
    let metadata = format!(r#"{{"sdk-version":"{SDK}","kind":"host","word-size":8}}"#);
    let properties =
        br#"{"$container-flags":{"blink":3,"ready":0},"uuid":"6f9619ff-8b86-d011-b42d-00c04fc964ff"}"#;
    archive(&[
        ("$envelope".to_owned(), b"\x70\xca\xbe\x0a\x08\0\0\0".to_vec()),
        ("$metadata".to_owned(), metadata.into_bytes()),
        ("$run-image".to_owned(), b"#!run".to_vec()),
        ("ready".to_owned(), ready(Word::W64, &READY, &sdk_uuid(SDK))),
        ("$properties".to_owned(), properties.to_vec()),
        ("blink".to_owned(), blink().to_bytes()),
        ("+blink".to_owned(), blob()),
    ])
}

/// An image with its head patched and a blob behind it, in whole pages and with its masks.
fn installed(image: &[u8], flags: u8, assets: &[u8]) -> Vec<u8> {
    let mut memory: Vec<u8> = image.chunks(520).flat_map(|chunk| chunk[8..].to_vec()).collect();
    memory[24] = flags;
    memory[32..48].copy_from_slice(&sdk_uuid(SDK));
    if !assets.is_empty() {
        memory.extend((assets.len() as u32).to_le_bytes());
        memory.extend(assets);
    }
    memory.resize(memory.len().next_multiple_of(4096), 0);
    let mut bytes = Vec::new();
    for (index, data) in memory.chunks(512).enumerate() {
        bytes.extend(image.get(index * 520..index * 520 + 8).unwrap_or(&[0; 8]));
        bytes.extend(data);
    }
    bytes
}

#[test]
fn the_parts_lie_behind_their_sizes() {
    let id = container_id(&blink().uuid(), Some(&blob()));
    let ids = Ids { container: id, system: [0; 16], snapshot: blink().uuid() };
    let blink = installed(&image(&Program::saying("blink"), Word::W64, &ids), 0x83, &blob());
    let ready = installed(&ready(Word::W64, &READY, &sdk_uuid(SDK)), 0, &[]);
    let mut config = vec![CONFIG.len() as u8, 0, 0, 0];
    config.extend(CONFIG);
    config.resize(4096, 0);
    let names = format!("{{#U\x02U\x05readySU\x24{}U\x05blinkSU\x24{}", dashed(&READY), dashed(&id));
    let parts: [(&str, Vec<u8>); 5] = [
        ("run-image", b"#!run".to_vec()),
        ("config", config),
        ("name-to-uuid-mapping", names.into_bytes()),
        ("startup-images", archive(&[("blink".to_owned(), blink)])),
        ("bundled-images", archive(&[("ready".to_owned(), ready)])),
    ];
    let mut expected = 24_u32.to_le_bytes().to_vec();
    expected.extend(parts.iter().flat_map(|(_, bytes)| (bytes.len() as u32).to_le_bytes()));
    expected.extend(parts.iter().flat_map(|(_, bytes)| bytes.clone()));
    let digest = Sha256::digest(&expected);
    expected.extend(digest);

    let read = Read::parse(&envelope()).unwrap();
    let made = HostFirmware::extract(&read, &Config::read(CONFIG).unwrap()).unwrap();
    let differs = made.as_bytes().iter().zip(&expected).position(|(is, wanted)| is != wanted);
    assert_eq!((differs, made.as_bytes().len()), (None, expected.len()));
    let kinds: Vec<_> = made.parts().iter().map(|part| (part.kind, part.place.len())).collect();
    let wanted: Vec<_> = parts.iter().map(|(kind, bytes)| (*kind, bytes.len())).collect();
    assert_eq!(kinds, [&[("header", 24)][..], &wanted, &[("checksum", 32)]].concat());
    let made_whole = extract(&read, Format::Binary, &Config::read(CONFIG).unwrap(), &Partitions::default());
    assert!(made_whole.unwrap().bytes == expected);
}

#[test]
fn a_computer_has_no_flash_and_a_chip_no_program() {
    let read = Read::parse(&envelope()).unwrap();
    let none = Partitions::default();
    for format in [Format::Elf, Format::Image, Format::Qemu] {
        let error = extract(&read, format, &Config::default(), &none).err().unwrap();
        assert!(matches!(error, ExtractError::Format { .. }), "{error}");
    }
    assert!(matches!(Firmware::extract(&read, &Config::default()), Err(ExtractError::Host)));
    assert_eq!(read.chip(), None);
    let chip = Read::parse(&super::extract::full(skylift_tests::toit::body::Chip::Esp32).to_bytes()).unwrap();
    assert!(HostFirmware::extract(&chip, &Config::default()).is_err());
}
