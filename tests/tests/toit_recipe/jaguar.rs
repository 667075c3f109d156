//! The image for one Jaguar device.

use skylift::image::envelope::{Envelope as Read, Value, WordSize};
use skylift::image::toit::jaguar_image::{JaguarDevice, JaguarImageError, Prepared, Service, prepare};
use skylift::image::toit::recipe::Warning;
use skylift_protocol::{Network, Password, bounded};
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::encoded::{assets, dashed, text, tison_map};
use skylift_tests::toit::envelope::{Container, Envelope, SDK};

use crate::place::same;
use crate::programs::{VALIDATE, container, with_functions};

fn device(chip: &str) -> JaguarDevice {
    JaguarDevice {
        name: "happy \"otter\"".to_owned(),
        chip: chip.to_owned(),
        sdk_version: SDK.to_owned(),
        word_size: WordSize::W32,
    }
}

fn attic() -> Network {
    Network { ssid: bounded("attic"), password: Password::new("open sesame").unwrap() }
}

/// What the writer makes of an envelope with Jaguar in it, for a device that comes back under this id.
fn wanted(id: &[u8; 16], chip: Chip, word: &str) -> Vec<u8> {
    let identity =
        tison_map(&[("id", text(&dashed(id))), ("name", text("happy \"otter\"")), ("chip", text(word))]);
    let mut envelope = Envelope::new(chip);
    let assets = Some(assets(&[("config", &identity)]));
    envelope.containers.push(Container {
        name: "jaguar".to_owned(),
        flags: 3,
        assets,
        ..container("service")
    });
    envelope.uuid = Some(*id);
    // {"wifi": {"wifi.ssid": "attic", "wifi.password": "open sesame"}}
    let config = b"{#U\x01U\x04wifi{#U\x02U\x09wifi.ssidSU\x05atticU\x0dwifi.passwordSU\x0bopen sesame";
    envelope.app_image(config)
}

fn prepared(chip: Chip, device: &JaguarDevice) -> Result<Prepared, JaguarImageError> {
    let envelope = Read::parse(&Envelope::new(chip).to_bytes()).unwrap();
    let service = with_functions("service", &[VALIDATE]);
    prepare(&envelope, device, Some(&attic()), Service::Snapshot(&service))
}

#[test]
fn it_keeps_its_name_and_comes_back_under_a_new_id() {
    let first = prepared(Chip::Esp32C3, &device("esp32c3")).unwrap();
    let id = first.id.unwrap();
    assert_eq!((id.0[6] >> 4, first.warnings.as_slice()), (4, &[][..]));
    same(&first.image.bytes, &wanted(&id.0, Chip::Esp32C3, "esp32c3"));
    let inside = first.image.toit().unwrap();
    assert_eq!((inside.system_uuid, inside.jaguar().unwrap().name), (id, "happy \"otter\"".to_owned()));
    // Never the same one twice: containers of the old firmware must not run on the new one.
    assert_ne!(prepared(Chip::Esp32C3, &device("esp32c3")).unwrap().id, Some(id));
    assert!(!format!("{first:?}").contains("sesame"));
}

#[test]
fn the_chip_is_checked_as_far_as_the_device_knows_it() {
    let error = prepared(Chip::Esp32C3, &device("esp32")).unwrap_err();
    assert!(matches!(error, JaguarImageError::OtherChip { .. }), "{error}");
    assert!(error.to_string().contains("the envelope is for the esp32c3"), "{error}");
    // Before alpha.189 all of them said `esp32`.
    let vague = JaguarDevice { sdk_version: "v2.0.0-alpha.188".to_owned(), ..device("esp32") };
    let made = prepared(Chip::Esp32C3, &vague).unwrap();
    same(&made.image.bytes, &wanted(&made.id.unwrap().0, Chip::Esp32C3, "esp32c3"));
    let vague = JaguarDevice { chip: "esp32s3".to_owned(), ..vague };
    assert!(prepared(Chip::Esp32C3, &vague).is_err());
    let simulated = JaguarDevice { word_size: WordSize::W64, ..device("esp32c3") };
    assert!(matches!(prepared(Chip::Esp32C3, &simulated), Err(JaguarImageError::OtherWord(_))));
}

#[test]
fn without_jaguar_there_is_no_id_and_that_must_be_wanted() {
    let plain = Read::parse(&Envelope::new(Chip::Esp32).to_bytes()).unwrap();
    let of = |envelope: &Read, service| prepare(envelope, &device("esp32"), Some(&attic()), service);
    assert!(matches!(of(&plain, Service::OfEnvelope), Err(JaguarImageError::NotInEnvelope)));
    let left = of(&plain, Service::Leave).unwrap();
    assert_eq!(left.id, None);
    assert!(left.warnings.contains(&Warning::NoJaguar), "{:?}", left.warnings);
    let config: Option<Value> = left.image.toit().unwrap().config;
    assert!(config.is_some_and(|config| config.get("wifi").is_some()));
    // The one that was installed in the envelope gets the identity as well.
    let mut with = Envelope::new(Chip::Esp32);
    with.containers.push(Container { name: "jaguar".to_owned(), ..container("service") });
    let kept = of(&Read::parse(&with.to_bytes()).unwrap(), Service::OfEnvelope).unwrap();
    same(&kept.image.bytes, &wanted(&kept.id.unwrap().0, Chip::Esp32, "esp32"));
}

#[test]
fn a_service_of_another_sdk_is_refused() {
    let envelope = Envelope { sdk: "v2.0.0-alpha.190".to_owned(), ..Envelope::new(Chip::Esp32) };
    let envelope = Read::parse(&envelope.to_bytes()).unwrap();
    let service = with_functions("service", &[VALIDATE]);
    let error = prepare(&envelope, &device("esp32"), None, Service::Snapshot(&service)).unwrap_err();
    assert!(error.to_string().contains(SDK) && error.to_string().contains("v2.0.0-alpha.190"), "{error}");
}
