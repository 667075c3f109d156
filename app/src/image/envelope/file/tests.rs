//! Envelopes against archives put together by hand.

use super::*;

const METADATA_JSON: &str = r#"{"sdk-version":"v2.0.0-alpha.195","kind":"esp32","word-size":4}"#;

/// An archive whose entries' sizes are written by the test, not by the code under test.
fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, data) in entries {
        let header = format!("{name:<16}0           0     0     644     {:<10}`\n", data.len());
        assert_eq!(header.len(), 60);
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(data);
        bytes.extend(std::iter::repeat_n(b'\n', data.len() % 2));
    }
    bytes
}

fn envelope(info: &[u8], metadata: &str, properties: &str) -> Vec<u8> {
    archive(&[
        ("$envelope", info),
        ("$metadata", metadata.as_bytes()),
        ("$firmware.bin", b"body"),
        ("system", b"snapshot"),
        ("$properties", properties.as_bytes()),
    ])
}

const INFO: &[u8] = b"\x70\xca\xbe\x0a\x08\0\0\0";

#[test]
fn an_envelope_reads_and_writes_the_same_bytes() {
    let bytes = envelope(INFO, METADATA_JSON, r#"{"$container-flags":{"system":3}}"#);
    let envelope = Envelope::parse(&bytes).unwrap();
    assert_eq!((envelope.kind(), envelope.word_size()), (Kind::Esp32, WordSize::W32));
    assert_eq!(envelope.sdk_version(), "v2.0.0-alpha.195");
    assert_eq!(envelope.entry("$firmware.bin"), Some(b"body".as_slice()));
    assert_eq!(envelope.properties().len(), 1);
    assert_eq!(envelope.to_bytes().unwrap(), bytes);
    assert_eq!(Envelope::parse(&gzip::packed(&bytes).unwrap()).unwrap(), envelope);
}

#[test]
fn what_is_no_envelope_says_why() {
    let said = |bytes: &[u8]| Envelope::parse(bytes).unwrap_err().to_string();
    assert_eq!(said(b""), "it is no Toit firmware envelope");
    assert_eq!(said(&archive(&[("toit", b"like a tiger")])), "it is no Toit firmware envelope");
    let old = envelope(b"\x70\xca\xbe\x0a\x07\0\0\0", METADATA_JSON, "{}");
    assert_eq!(said(&old), "this envelope has format version 7, and Skylift reads version 8");
    for (info, metadata, properties, part) in [
        (&INFO[..7], METADATA_JSON, "{}", "$envelope"),
        (b"\0\0\0\0\x08\0\0\0", METADATA_JSON, "{}", "$envelope"),
        (INFO, "{}", "{}", "$metadata"),
        (INFO, &METADATA_JSON.replace("4}", "5}"), "{}", "$metadata"),
        (INFO, &METADATA_JSON.replace("esp32", "esp64"), "{}", "$metadata"),
        (INFO, &METADATA_JSON.replace("v2.0.0-alpha.195", ""), "{}", "$metadata"),
        (INFO, METADATA_JSON, "[]", "$properties"),
        (INFO, METADATA_JSON, "{", "$properties"),
    ] {
        let said = said(&envelope(info, metadata, properties));
        assert!(said.contains(part) && said.starts_with("the envelope is damaged"), "{said}");
    }
    assert!(said(&archive(&[("$envelope", INFO)])).contains("$metadata"));
}

#[test]
fn what_unpacks_to_too_much_is_refused() {
    let mut bomb = gzip::packed(&vec![0; ar::MAX_BYTES + 1]).unwrap();
    assert!(bomb.len() < 1 << 20);
    let refused = Envelope::parse(&bomb).unwrap_err();
    assert!(matches!(refused, EnvelopeError::Archive(Undecodable::TooLarge)), "{refused}");
    bomb.truncate(1000);
    assert!(Envelope::parse(&bomb).is_err());
}

#[test]
fn a_saved_envelope_opens_again_plain_or_gzipped() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = envelope(INFO, METADATA_JSON, "{}");
    let envelope = Envelope::parse(&bytes).unwrap();
    let (plain, gz) = (folder.path().join("a.envelope"), folder.path().join("a.envelope.gz"));
    envelope.save(&plain).unwrap();
    envelope.save(&gz).unwrap();
    assert_eq!(std::fs::read(&plain).unwrap(), bytes);
    assert!(std::fs::read(&gz).unwrap().starts_with(gzip::MAGIC));
    assert_eq!(Envelope::open(&gz).unwrap(), envelope);
    // One that was packed stays so where it lies, whatever it is called; a plain one stays plain.
    let packed = folder.path().join("packed.envelope");
    std::fs::copy(&gz, &packed).unwrap();
    envelope.save(&packed).unwrap();
    envelope.save(&plain).unwrap();
    assert_eq!(std::fs::read(&packed).unwrap(), std::fs::read(&gz).unwrap());
    assert_eq!(std::fs::read(&plain).unwrap(), bytes);
    let missing = Envelope::open(&folder.path().join("none")).unwrap_err().to_string();
    assert!(missing.contains("none") && missing.contains("cannot be read"), "{missing}");
}

#[cfg(unix)]
#[test]
fn an_envelope_with_a_password_is_for_its_owner_alone_and_shows_it_to_nobody() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.envelope");
    let wifi = r#"{"wifi":{"wifi.ssid":"Attic","wifi.password":"battery staple"}}"#;
    let envelope = Envelope::parse(&envelope(INFO, METADATA_JSON, wifi)).unwrap();
    envelope.save(&path).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!format!("{envelope:?}").contains("staple"));
}
