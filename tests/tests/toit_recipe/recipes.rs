//! The whole way: programs compiled and put into the envelope, the network set, the image made.

use std::os::unix::fs::PermissionsExt as _;

use skylift_tests::toit::body::Chip;
use skylift_tests::toit::encoded::{assets, sdk_uuid};
use skylift_tests::toit::envelope::{Container, Envelope, SDK, Stored};
use skylift_tests::toit::relocatable::{Word, ready};
use skylift_tests::wait::until;

use crate::place::{Place, old_sdk, said, same, sdk};
use crate::programs::{VALIDATE, container, with_functions};

/// An envelope with the system alone, and a source with what it compiles to.
fn place() -> Place {
    let place = Place::new();
    place.write("esp32.envelope", Envelope::new(Chip::Esp32).to_bytes());
    place.write("validate.toit", "main: firmware.validate");
    place.write("validate.toit.snapshot", with_functions("validate", &[VALIDATE]));
    place
}

fn image(id: u8) -> Vec<u8> {
    ready(Word::W32, &[id; 16], &sdk_uuid(SDK))
}

#[test]
fn a_source_a_snapshot_and_an_image_become_what_the_writer_says() {
    let place = place();
    sdk(&place, "toit", SDK);
    place.write("lamp.snapshot", with_functions("lamp", &[]));
    place.write("ready.image", image(0x1d));
    let blob = assets(&[("config", b"five!")]);
    place.write("lamp.assets", &blob);
    place.write("password", "open sesame\n");
    let arguments = [
        "-e",
        "esp32.envelope",
        "validate.toit",
        "ready.image",
        "--container",
        "light=lamp.snapshot",
        "--assets",
        "light=lamp.assets",
        "--critical",
        "light",
        "--no-boot",
        "ready",
        "--wifi",
        "attic",
        "--password-file",
        "password",
        "--sdk",
        "toit",
        "-o",
        "ota.bin",
    ];
    let told = place.built(&arguments);

    let mut wanted = Envelope::new(Chip::Esp32);
    wanted.containers.push(container("validate"));
    let stored = Stored::Image([0x1d; 16], image(0x1d));
    wanted.containers.push(Container { name: "ready".to_owned(), stored, flags: 0, assets: None });
    let light = Container { name: "light".to_owned(), flags: 3, assets: Some(blob), ..container("lamp") };
    wanted.containers.push(light);
    wanted.wifi = Some(("attic".to_owned(), "open sesame".to_owned()));
    same(&place.read("ota.bin"), &wanted.app_image(&[]));

    for words in ["compiling validate with v2.0.0-alpha.195", "validate.toit\n", "making the image"] {
        assert!(told.stderr.contains(words), "{words} in {}", told.stderr);
    }
    assert!(told.stdout.contains("made from esp32.envelope with validate, ready, light"), "{}", told.stdout);
    // One warning alone: it validates, and it has a network.
    assert_eq!(told.stderr.matches("warning: ").count(), 1, "{}", told.stderr);
    assert!(told.stderr.contains("Jaguar is not in it"), "{}", told.stderr);
    assert!(!format!("{}{}", told.stdout, told.stderr).contains("sesame"));
    let mode = place.path("ota.bin").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the password is in it");
    // The next time the network is known.
    place.built(&["-e", "esp32.envelope", "validate.toit", "--wifi", "attic", "--sdk", "toit"]);
}

#[test]
fn an_old_sdk_compiles_in_its_own_words() {
    let place = place();
    old_sdk(&place, "toit", SDK);
    let told =
        place.built(&["-e", "esp32.envelope", "validate.toit", "--sdk", "toit", "-o", "ota.bin", "--json"]);
    let mut wanted = Envelope::new(Chip::Esp32);
    wanted.containers.push(container("validate"));
    same(&place.read("ota.bin"), &wanted.app_image(&[]));
    let object: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!((&object["path"], &object["sdk_version"]), (&"ota.bin".into(), &SDK.into()));
    let warnings: Vec<_> =
        object["warnings"].as_array().unwrap().iter().map(|it| it["warning"].clone()).collect();
    assert_eq!(warnings, ["no_wifi", "no_jaguar"]);
    let mode = place.path("ota.bin").metadata().unwrap().permissions().mode();
    assert_ne!(mode & 0o077, 0, "nothing in it is secret");
}

#[test]
fn configuration_and_uuid_are_as_they_were_given() {
    let place = place();
    place.write("config.json", r#"{"a":1}"#);
    let uuid = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
    let told =
        place.built(&["-e", "esp32.envelope", "--config", "config.json", "--uuid", uuid, "-o", "ota.bin"]);
    let mut wanted = Envelope::new(Chip::Esp32);
    let digits = uuid.replace('-', "");
    wanted.uuid =
        Some(std::array::from_fn(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()));
    same(&place.read("ota.bin"), &wanted.app_image(b"{#U\x01U\x01aU\x01"));
    assert!(told.stderr.contains("no program in it validates the firmware"), "{}", told.stderr);
}

#[test]
fn what_does_not_compile_is_told_in_the_compilers_words() {
    let place = place();
    sdk(&place, "toit", SDK);
    place.write("lamp.toit", "main: mistake");
    place.write("void.toit", "main: nothing");
    let told = place.refused(&["-e", "esp32.envelope", "lamp.toit", "--sdk", "toit"]);
    assert!(
        told.contains("lamp.toit:1:1: error: a mistake") && told.contains("it does not compile"),
        "{told}"
    );
    let told = place.refused(&["-e", "esp32.envelope", "void.toit", "--sdk", "toit"]);
    assert!(told.contains("it ended well, and wrote no snapshot"), "{told}");
}

#[test]
fn an_interrupt_ends_the_compiler_too() {
    let place = place();
    sdk(&place, "toit", SDK);
    place.write("lamp.toit", "main: endless");
    let arguments = ["-e", "esp32.envelope", "lamp.toit", "--sdk", "toit", "-o", "never.bin"];
    let mut command = place.build(&arguments);
    let child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let compiler = until("the compiler runs", || {
        let text = std::fs::read_to_string(place.path("lamp.toit.started")).ok()?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    });
    let signal = |which: &str, id: &str| {
        let mut kill = std::process::Command::new("kill");
        kill.args([which, id]).stderr(std::process::Stdio::null()).status().unwrap().success()
    };
    assert!(signal("-INT", &child.id().to_string()));
    let told = said(child.wait_with_output().unwrap(), 1).stderr;
    assert!(told.contains("cancelled; nothing was written"), "{told}");
    until("the compiler is gone", || (!signal("-0", &compiler)).then_some(()));
    assert!(!place.path("never.bin").exists() && !place.path("data/images").exists());
}

#[test]
fn what_cannot_be_put_in_is_refused_by_its_name() {
    let place = place();
    let old = skylift_tests::toit::snapshot::Bundle::new(
        "v2.0.0-alpha.190",
        skylift_tests::toit::program::Program::sample(),
    );
    place.write("old.snapshot", old.to_bytes());
    place.write("noise.image", [0x55; 500]);
    place.write("system.snapshot", with_functions("system", &[]));
    for (arguments, words) in [
        (&["old.snapshot"][..], "old.snapshot: the snapshot was made by the SDK v2.0.0-alpha.190"),
        (&["noise.image"], "noise.image: the container \"noise\" is neither a snapshot nor an image"),
        (&["gone.toit"], "gone.toit: it cannot be read"),
        (&["system.snapshot"], "a program cannot be called `system`"),
        (&["old.snapshot", "--container", "old=noise.image"], "two programs are to be the container \"old\""),
        (&["--container", "a-name-that-is-too-long=noise.image"], "is no name for a container"),
        (&["old.snapshot", "--critical", "new"], "no program becomes the container \"new\""),
        (&["--wifi", "attic"], "nobody can be asked here for the password of attic"),
        (&["--wifi", "attic", "--open", "--config", "noise.image"], "neither JSON nor UBJSON"),
    ] {
        let told = place.refused(&[&["-e", "esp32.envelope"], arguments].concat());
        assert!(told.contains(words), "{words} in {told}");
    }
    same(&place.read("esp32.envelope"), &Envelope::new(Chip::Esp32).to_bytes());
}
