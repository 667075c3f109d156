//! New envelopes, against those of the independent writer.

use skylift::image::envelope::{CreateError, Envelope as Read, Esp32Parts, WordSize};
use skylift_tests::toit::archive::archive;
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::envelope::{Envelope, SDK};
use skylift_tests::toit::program::Program;
use skylift_tests::toit::snapshot::Bundle;

fn system() -> Vec<u8> {
    Bundle::new(SDK, Program::sample()).to_bytes()
}

fn parts(firmware_bin: Vec<u8>) -> Esp32Parts {
    Esp32Parts { firmware_bin, system_snapshot: system(), ..Esp32Parts::default() }
}

#[test]
fn a_body_and_a_system_make_an_envelope() {
    for chip in Chip::ALL {
        let made = Read::create_esp32(parts(Envelope::new(chip).body.to_bytes())).unwrap();
        assert!(made.to_bytes().unwrap() == Envelope::new(chip).to_bytes(), "{chip:?}");
        assert_eq!(Read::parse(&made.to_bytes().unwrap()).unwrap(), made);
    }
}

#[test]
fn other_parts_follow_in_their_own_order() {
    let envelope = Envelope::new(Chip::Esp32);
    let parts = Esp32Parts {
        flashing_json: Some(b"{}".to_vec()),
        bootloader_bin: Some(b"boot".to_vec()),
        firmware_elf: Some(b"elf".to_vec()),
        ..parts(envelope.body.to_bytes())
    };
    let more = archive(&[
        ("$firmware.elf".to_owned(), b"elf".to_vec()),
        ("$bootloader.bin".to_owned(), b"boot".to_vec()),
        ("$flashing.json".to_owned(), b"{}".to_vec()),
    ]);
    let expected = [envelope.to_bytes(), more[8..].to_vec()].concat();
    assert!(Read::create_esp32(parts).unwrap().to_bytes().unwrap() == expected);
}

#[test]
fn containers_in_the_body_are_cut_off() {
    let envelope = super::extract::full(Chip::Esp32C6);
    let made = Read::create_esp32(parts(envelope.app_image(b"Z"))).unwrap();
    // Where they lay, and for which system, stays noted.
    let body = envelope.body.patched(envelope.body.table(), &envelope.system_uuid(), &[]);
    assert!(made.entry("$firmware.bin") == Some(&body));
}

#[test]
fn what_is_not_toits_is_refused() {
    let body = Envelope::new(Chip::Esp32).body.to_bytes();
    let refused = |firmware_bin: &[u8]| Read::create_esp32(parts(firmware_bin.to_vec())).unwrap_err();
    assert!(matches!(refused(b"\x7fELF"), CreateError::Firmware(_)));
    assert!(matches!(refused(&body[..1000]), CreateError::Firmware(_)));
    let mut plain = body.clone();
    // The first word of the place where containers are noted.
    plain[0x120] ^= 1;
    let said = refused(&plain).to_string();
    assert!(said.contains("not made by Toit"), "{said}");
    let no_system = Esp32Parts { system_snapshot: b"no snapshot".to_vec(), ..parts(body) };
    let said = Read::create_esp32(no_system).unwrap_err().to_string();
    assert!(said.contains("the system cannot be used: it is no Toit snapshot"), "{said}");
}

#[test]
fn a_computer_has_its_program_alone() {
    let made = Read::create_host(b"#!run".to_vec(), WordSize::W64, "v2.0.0-alpha.195");
    let metadata = br#"{"sdk-version":"v2.0.0-alpha.195","kind":"host","word-size":8}"#;
    let expected = archive(&[
        ("$envelope".to_owned(), b"\x70\xca\xbe\x0a\x08\0\0\0".to_vec()),
        ("$metadata".to_owned(), metadata.to_vec()),
        ("$run-image".to_owned(), b"#!run".to_vec()),
    ]);
    assert!(made.to_bytes().unwrap() == expected);
}
