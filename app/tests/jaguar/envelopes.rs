//! `skylift update ENVELOPE DEVICE`: the envelope is made into the device's own image.

use std::path::Path;

use skylift::image::Image;

use crate::jaguar::{Jaguar, jaguar_in};
use crate::laptop::{Laptop, has};
use crate::toit::archive::gzip;
use crate::toit::body::Chip;
#[cfg(unix)]
use crate::toit::encoded::sdk_uuid;
use crate::toit::envelope::{Container, Envelope, SDK};
#[cfg(unix)]
use crate::toit::layout::{Ids, image};
use crate::toit::program::Program;
#[cfg(unix)]
use crate::toit::relocatable::Word;
use crate::toit::snapshot::Bundle;

const PASSWORD: &str = "correct horse battery";

fn service() -> Bundle {
    Bundle::new(SDK, Program::saying("jaguar"))
}

fn with_jaguar(chip: Chip) -> Vec<u8> {
    let mut envelope = Envelope::new(chip);
    envelope.containers.push(Container::snapshot("jaguar", service()));
    envelope.to_bytes()
}

/// The one image that a device took makes it a new device of its old name, and that is who it is now.
#[track_caller]
fn is_its_own(device: &Jaguar, name: &str) -> Vec<u8> {
    let images = device.seen().images;
    let [image] = images.as_slice() else { panic!("{} images", images.len()) };
    let (id, called, chip) = jaguar_in(image).unwrap();
    assert_eq!((called.as_str(), chip.as_str()), (name, "esp32"));
    assert_eq!(device.identity().id, id);
    // A random UUID.
    assert_eq!((id[6] >> 4, id[8] >> 6), (4, 2));
    image.clone()
}

/// What is in an image.
fn containers(image: &[u8]) -> Vec<String> {
    let image = Image::from_bytes(Path::new("ota.bin"), image.to_vec()).unwrap();
    let containers = image.toit().unwrap().containers;
    containers.into_iter().map(|container| container.name.unwrap_or_else(|| "system".to_owned())).collect()
}

#[test]
fn with_jaguar_of_the_envelope_and_the_network_that_is_named() {
    let laptop = Laptop::new();
    let device = laptop.device("happy-otter");
    let old = device.identity();
    let envelope = laptop.write("firmware.gz", gzip(&with_jaguar(Chip::Esp32)));
    let password = laptop.write("password", format!("{PASSWORD}\n"));
    let update = ["update", &envelope, "happy-otter", "--wifi", "den", "--password-file", &password];
    let output = laptop.run(&update);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let image = is_its_own(&device, "happy-otter");
    assert_ne!(device.identity().id, old.id);
    assert!(has(&image, b"wifi.ssid") && has(&image, b"den") && has(&image, PASSWORD.as_bytes()));
    for told in [&output.stdout, &output.stderr] {
        assert!(!has(told, PASSWORD.as_bytes()), "{output:?}");
    }
    assert!(!laptop.keeps(PASSWORD.as_bytes()));
    // The envelope is what it was.
    assert_eq!(std::fs::read(&envelope).unwrap(), gzip(&with_jaguar(Chip::Esp32)));
    // The network is remembered: no password is asked for.
    laptop.prints(&["update", &envelope, "happy-otter", "--wifi", "den"], 0);
}

#[test]
fn with_the_jaguar_that_is_installed() {
    let laptop = Laptop::new();
    let device = laptop.device("happy-otter");
    let envelope = laptop.write("firmware.envelope", Envelope::new(Chip::Esp32).to_bytes());
    let refused = laptop.run(&["update", &envelope, "happy-otter"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(4), "{told}");
    assert!(told.contains("no Jaguar of the SDK") && told.contains("--without-jaguar"), "{told}");
    assert!(device.seen().images.is_empty());

    laptop.write("cache/jaguar/v1.66.0/assets/jaguar.snapshot", service().to_bytes());
    laptop.prints(&["update", &envelope, "happy-otter"], 0);
    is_its_own(&device, "happy-otter");
}

#[cfg(unix)]
#[test]
fn with_the_sdk_that_jaguar_has_downloaded_where_skylift_does_not_convert() {
    use std::os::unix::fs::PermissionsExt as _;
    const NEW: &str = "v2.0.0-alpha.999";
    let bundle = |program: &Program| Bundle::new(NEW, program.clone());
    let (system, service) = (Program::sample(), Program::saying("jaguar"));

    let laptop = Laptop::new();
    let device = laptop.device("happy-otter");
    let mut envelope = Envelope { sdk: NEW.to_owned(), ..Envelope::new(Chip::Esp32) };
    envelope.containers[0] = Container { flags: 3, ..Container::snapshot("system", bundle(&system)) };
    let file = laptop.write("firmware.envelope", envelope.to_bytes());
    laptop.write("cache/jaguar/v1.99.0/assets/jaguar.snapshot", bundle(&service).to_bytes());
    let refused = String::from_utf8(laptop.run(&["update", &file, "happy-otter"]).stderr).unwrap();
    assert!(refused.contains("  try: install the SDK v2.0.0-alpha.999"), "{refused}");
    assert!(device.seen().images.is_empty());

    // `toit tool snapshot-to-image -m32 --format=binary -o IMAGE SNAPSHOT`
    let script = format!(
        r#"#!/bin/sh
[ "$1" = version ] && {{ echo {NEW}; exit; }}
grep -q jaguar "$7" && program=service || program=system
cp "$(dirname "$0")/$program" "$6"
"#
    );
    let toit = laptop.write("cache/jaguar/v1.99.0/sdk/bin/toit", script);
    std::fs::set_permissions(&toit, std::fs::Permissions::from_mode(0o755)).unwrap();
    for (name, program) in [("system", &system), ("service", &service)] {
        let ids = Ids { container: [0; 16], system: sdk_uuid(NEW), snapshot: bundle(program).uuid() };
        laptop.write(&format!("cache/jaguar/v1.99.0/sdk/bin/{name}"), image(program, Word::W32, &ids));
    }
    let output = laptop.run(&["update", &file, "happy-otter"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("converting jaguar with v2.0.0-alpha.999"), "{told}");
    is_its_own(&device, "happy-otter");
}

#[test]
fn without_it_where_that_is_accepted() {
    let laptop = Laptop::new();
    let device = laptop.device("happy-otter");
    let envelope = laptop.write("firmware.envelope", Envelope::new(Chip::Esp32).to_bytes());
    let text = laptop.prints(&["update", &envelope, "happy-otter", "--without-jaguar"], 0);
    assert!(text.contains("happy-otter: sent:"), "{text}");
    assert_eq!(jaguar_in(&device.seen().images[0]), None);
}

#[test]
fn without_a_container_that_the_envelope_brings_along() {
    let laptop = Laptop::new();
    let device = laptop.device("happy-otter");
    let mut envelope = Envelope::new(Chip::Esp32);
    for name in ["jaguar", "blink", "lamp"] {
        let bundle = Bundle::new(SDK, Program::saying(name));
        envelope.containers.push(Container::snapshot(name, bundle));
    }
    let file = laptop.write("firmware.envelope", envelope.to_bytes());
    let refused = laptop.run(&["update", &file, "happy-otter", "--without", "blnik"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && told.contains("one of jaguar, blink, lamp"), "{told}");
    assert!(device.seen().images.is_empty());

    laptop.prints(&["update", &file, "happy-otter", "--without", "blink", "--without", "lamp"], 0);
    let image = is_its_own(&device, "happy-otter");
    assert_eq!(containers(&image), ["system", "jaguar"]);
    assert_eq!(std::fs::read(&file).unwrap(), envelope.to_bytes());
}

#[test]
fn without_the_jaguar_of_the_envelope_another_one_is_needed() {
    let laptop = Laptop::new();
    let device = laptop.device("happy-otter");
    let file = laptop.write("firmware.envelope", with_jaguar(Chip::Esp32));
    let update = ["update", &file, "happy-otter", "--without", "jaguar"];
    let refused = laptop.run(&update);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(4), "{told}");
    assert!(told.contains("no Jaguar of the SDK") && device.seen().images.is_empty(), "{told}");
    laptop.prints(&[&update[..], &["--without-jaguar"]].concat(), 0);
    assert_eq!(containers(&device.seen().images[0]), ["system"]);
}

#[test]
fn not_of_another_chip() {
    let laptop = Laptop::new();
    let device = laptop.device("happy-otter");
    let envelope = laptop.write("firmware.envelope", with_jaguar(Chip::Esp32C3));
    let refused = laptop.run(&["update", &envelope, "happy-otter"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(4), "{told}");
    assert!(told.contains("the envelope is for the esp32c3, and happy-otter is an esp32"), "{told}");
    assert!(device.seen().images.is_empty());
}

#[test]
fn for_one_device_and_no_more() {
    let laptop = Laptop::new();
    let devices = [laptop.device("first"), laptop.device("second")];
    let envelope = laptop.write("firmware.envelope", with_jaguar(Chip::Esp32));
    let refused = laptop.run(&["update", &envelope, "first", "second"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && told.contains("one Jaguar device, and of no more"), "{told}");
    assert!(devices.iter().all(|device| device.seen().images.is_empty()));
}
