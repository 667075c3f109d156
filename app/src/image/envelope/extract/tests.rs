//! Firmware made of envelopes that are written here by hand: their parts, and what can be read back from them.

use std::path::Path;

use super::*;
use crate::advice::Advice as _;
use crate::image::Image;
use crate::image::envelope::app_image::tests::{firmware, relocatable};
use crate::image::envelope::inside::Inside;
use crate::image::envelope::{Uuid, Value, assets, tison, ubjson};

const DEVICE: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, data) in entries {
        bytes.extend(format!("{name:<16}0           0     0     644     {:<10}`\n", data.len()).into_bytes());
        bytes.extend_from_slice(data);
        bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    }
    bytes
}

fn envelope(kind: &str, entries: &[(&str, &[u8])]) -> Envelope {
    let metadata = format!(r#"{{"sdk-version":"v2.0.0-alpha.195","kind":"{kind}","word-size":4}}"#);
    let head = [("$envelope", b"\x70\xca\xbe\x0a\x08\0\0\0".as_slice()), ("$metadata", metadata.as_bytes())];
    Envelope::parse(&archive(&[&head, entries].concat())).unwrap()
}

fn jaguar_assets() -> Vec<u8> {
    let text = |key: &str, text: &str| (key.to_owned(), Value::Text(text.to_owned()));
    let config = Value::Map(vec![text("id", DEVICE), text("name", "bold-lamp"), text("chip", "esp32")]);
    assets::encode(&[("config".to_owned(), tison::encode(&config).unwrap())]).unwrap()
}

fn jaguar_envelope() -> Envelope {
    let properties = br#"{"$container-flags":{"system":3,"jaguar":2},"wifi":{"wifi.ssid":"Attic"}}"#;
    let (image, assets) = (relocatable(), jaguar_assets());
    envelope(
        "esp32",
        &[
            ("jaguar", &image),
            ("+jaguar", &assets),
            ("$firmware.bin", &firmware()),
            ("system", &image),
            ("+system", b"ignored"),
            ("$properties", properties),
        ],
    )
}

#[test]
fn a_device_would_boot_it_and_its_programs_are_found_again() {
    let config = Config::read(br#"{"a":1}"#).unwrap();
    let firmware = Firmware::extract(&jaguar_envelope(), &config).unwrap();
    let image = Image::from_bytes(Path::new("ota.bin"), firmware.as_bytes().to_vec()).unwrap();
    let inside = image.toit().unwrap();
    assert_eq!(inside.system_uuid, Uuid::sdk_uuid("v2.0.0-alpha.195"));
    let found: Vec<_> = inside.containers.iter().map(|c| (c.size, c.flags)).collect();
    // The system is first, and always has assets.
    assert_eq!(found, [(4096, 0x83), (4096, 0x82)]);
    let wifi = tison::decode(inside.containers[0].asset("wifi").unwrap()).unwrap();
    assert_eq!(wifi.get("wifi.ssid").and_then(Value::as_text), Some("Attic"));
    let images = tison::decode(inside.containers[0].asset("images").unwrap()).unwrap();
    assert_eq!(images.get("jaguar"), Some(&Value::Bytes(vec![0x1D; 16])));
    assert_eq!(inside.config, Some(Value::Map(vec![("a".to_owned(), Value::Int(1))])));
    let jaguar = inside.jaguar().unwrap();
    assert_eq!(
        (jaguar.id.to_string().as_str(), jaguar.name.as_str(), jaguar.chip.as_str()),
        (DEVICE, "bold-lamp", "esp32")
    );
    assert!(!format!("{inside:?}").contains("Attic"));
}

#[test]
fn the_parts_cover_the_file() {
    let firmware = Firmware::extract(&jaguar_envelope(), &Config::default()).unwrap();
    let kinds: Vec<_> = firmware.parts().iter().map(|part| part.kind).collect();
    assert_eq!(kinds, ["binary", "images", "config", "binary", "checksum"]);
    let places: Vec<_> = firmware.parts().iter().map(|part| part.place.clone()).collect();
    assert_eq!((places[0].clone(), places[4].len()), (0..32 + 288, 33));
    assert!(places.windows(2).all(|pair| pair[0].end == pair[1].start));
    assert_eq!((places[1].len() + places[2].len(), places[4].end), (0x1_0000, firmware.as_bytes().len()));
    let ubjson = ubjson::decode(&firmware.to_ubjson()).unwrap();
    assert_eq!(ubjson.get("binary"), Some(&Value::Bytes(firmware.as_bytes().to_vec())));
}

#[test]
fn the_uuid_of_the_system_may_be_chosen() {
    let image = relocatable();
    let of = |properties: &[u8]| {
        let entries =
            [("$firmware.bin", firmware()), ("system", image.clone()), ("$properties", properties.to_vec())];
        let entries: Vec<_> = entries.iter().map(|(name, data)| (*name, data.as_slice())).collect();
        let firmware = Firmware::extract(&envelope("esp32", &entries), &Config::default()).unwrap();
        Inside::read(firmware.as_bytes()).unwrap().unwrap()
    };
    let chosen = of(format!(r#"{{"uuid":"{DEVICE}"}}"#).as_bytes());
    assert_eq!(chosen.system_uuid.to_string(), DEVICE);
    assert_eq!((chosen.containers.len(), chosen.containers[0].assets.len(), chosen.config), (1, 0, None));
    assert_eq!(of(br#"{"uuid":"none"}"#).system_uuid, Uuid::sdk_uuid("v2.0.0-alpha.195"));
}

#[test]
fn what_cannot_be_made_is_said() {
    let refused = |envelope| Firmware::extract(&envelope, &Config::default()).err().unwrap().to_string();
    assert!(refused(envelope("host", &[])).contains("for a computer"));
    assert!(refused(envelope("esp32", &[])).contains("$firmware.bin"));
    let broken = envelope("esp32", &[("$firmware.bin", &firmware()), ("blink", b"no program")]);
    assert!(refused(broken).contains("blink"));
    // What to do about a snapshot is said here too.
    let head = archive(&[("toit", b"like a tiger"), ("sdk-version", b"v1.6.0"), ("snapshot", b"program")]);
    let old = envelope("esp32", &[("$firmware.bin", &firmware()), ("blink", &head)]);
    let error = Firmware::extract(&old, &Config::default()).err().unwrap();
    assert!(error.to_string().contains("\"blink\" cannot be used: the snapshot was made by the SDK v1.6.0"));
    let advice = error.advice();
    assert!(advice[0].contains("install the SDK v1.6.0") && advice[1].contains("snapshot-to-image"));
    assert!(Config::read(b"wifi = 1").is_err());
}

#[test]
fn properties_that_cannot_be_meant_are_damage() {
    for properties in [
        br#"{"$container-flags":{"blink":"x"}}"#.as_slice(),
        br#"{"$container-flags":{"blink":1.5}}"#,
        br#"{"$container-flags":[]}"#,
        br#"{"uuid":5}"#,
    ] {
        let entries =
            [("$firmware.bin", firmware()), ("blink", relocatable()), ("$properties", properties.to_vec())];
        let entries: Vec<_> = entries.iter().map(|(name, data)| (*name, data.as_slice())).collect();
        let envelope = envelope("esp32", &entries);
        let error = Firmware::extract(&envelope, &Config::default()).err().unwrap().to_string();
        assert!(error.contains("its part \"$properties\" cannot be read"), "{error}");
        assert_eq!(envelope.containers().is_ok(), envelope.property("uuid").is_some());
    }
}

#[test]
fn an_image_that_nothing_was_put_into_is_no_toit_image() {
    assert_eq!(Inside::read(&firmware()), Ok(None));
    assert_eq!(Inside::read(b"no image"), Ok(None));
}
