//! Containers of the envelope that are left out of the image, and assets that cannot be used.

use skylift::image::envelope::Envelope as Read;
use skylift::image::toit::recipe::{Program, Recipe, Warning};
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::encoded::assets;
use skylift_tests::toit::envelope::{Container, Envelope};

use crate::place::{Place, same};
use crate::programs::{VALIDATE, container, with_functions};

/// The system, Jaguar with assets, and a program.
fn envelope() -> Envelope {
    let mut envelope = Envelope::new(Chip::Esp32);
    let jaguar = Container { assets: Some(assets(&[("config", b"five!")])), flags: 3, ..container("jaguar") };
    envelope.containers.extend([jaguar, container("blink")]);
    envelope
}

fn place() -> Place {
    let place = Place::new();
    place.write("mine.envelope", envelope().to_bytes());
    place
}

#[test]
fn what_is_left_out_is_not_in_the_image_and_the_envelope_stays() {
    let place = place();
    let told = place.built(&["-e", "mine.envelope", "--without", "jaguar", "-o", "ota.bin"]);
    let mut wanted = envelope();
    wanted.containers.retain(|container| container.name != "jaguar");
    same(&place.read("ota.bin"), &wanted.app_image(&[]));
    same(&place.read("mine.envelope"), &envelope().to_bytes());
    assert!(told.stdout.contains("made from mine.envelope without jaguar"), "{}", told.stdout);
    assert!(told.stderr.contains("Jaguar is not in it"), "{}", told.stderr);
    place.built(&["-e", "mine.envelope", "--without", "jaguar", "--without", "blink", "-o", "bare.bin"]);
    same(&place.read("bare.bin"), &Envelope::new(Chip::Esp32).app_image(&[]));
}

#[test]
fn a_program_of_the_same_name_takes_the_place() {
    let place = place();
    place.write("lamp.snapshot", with_functions("lamp", &[]));
    let arguments = [
        "-e",
        "mine.envelope",
        "--container",
        "jaguar=lamp.snapshot",
        "--without",
        "jaguar",
        "-o",
        "ota.bin",
    ];
    let told = place.built(&arguments);
    let mut wanted = envelope();
    for stored in wanted.containers.iter_mut().filter(|stored| stored.name == "jaguar") {
        *stored = Container { name: "jaguar".to_owned(), ..container("lamp") };
    }
    same(&place.read("ota.bin"), &wanted.app_image(&[]));
    assert!(told.stdout.contains("made from mine.envelope with jaguar"), "{}", told.stdout);
    assert!(!told.stdout.contains("without"), "{}", told.stdout);
}

#[test]
fn what_is_foretold_counts_what_is_left_out() {
    let place = Place::new();
    place.write("good.snapshot", with_functions("good", &[VALIDATE]));
    let words = |programs: &[&str], without: &[&str]| -> Vec<&'static str> {
        let recipe = Recipe {
            programs: programs.iter().map(|name| Program::of_file(&place.path(name))).collect(),
            without: without.iter().map(|&name| name.to_owned()).collect(),
            ..Recipe::default()
        };
        let foretold = recipe.forecast(&Read::parse(&envelope().to_bytes()).unwrap());
        foretold.iter().map(Warning::as_str).collect()
    };
    // The writer's programs have no source map that could be read.
    assert_eq!(words(&[], &[]), ["cannot_tell_who_validates", "no_wifi"]);
    assert_eq!(words(&[], &["jaguar"]), ["cannot_tell_who_validates", "no_wifi", "no_jaguar"]);
    assert_eq!(words(&[], &["jaguar", "blink"]), ["nothing_validates", "no_wifi", "no_jaguar"]);
    assert_eq!(words(&["good.snapshot"], &["jaguar", "blink"]), ["no_wifi", "no_jaguar"]);
}

#[test]
fn what_cannot_be_left_out_is_refused() {
    let place = place();
    for (name, words) in [
        ("system", "the container \"system\" cannot be left out: it is Toit itself"),
        ("jagaur", "the envelope has no container \"jagaur\" that could be left out"),
        ("$firmware.bin", "no container \"$firmware.bin\""),
    ] {
        let told = place.refused(&["-e", "mine.envelope", "--without", name]);
        assert!(told.contains(words), "{words} in {told}");
    }
    let told = place.refused(&["-e", "mine.envelope", "--without", "jagaur"]);
    assert!(told.contains("one of jaguar, blink"), "{told}");
}

#[test]
fn assets_that_are_none_are_told_before_anything_is_compiled() {
    let place = place();
    place.write("lamp.toit", "main:");
    place.write("noise.assets", [0x55; 100]);
    for (file, words) in [
        (
            "noise.assets",
            "noise.assets: the assets of \"lamp\" cannot be read: it does not begin as assets do",
        ),
        ("gone.assets", "gone.assets: it cannot be read"),
    ] {
        let assets = format!("lamp={file}");
        // There is no SDK here, and it is not missed.
        let told = place.refused(&["-e", "mine.envelope", "lamp.toit", "--assets", &assets]);
        assert!(told.contains(words), "{words} in {told}");
    }
}
