//! What is said of an image before devices get it, above all whether a program validates it.

use skylift::image::envelope::Envelope as Read;
use skylift::image::envelope::extract::Config;
use skylift::image::toit::recipe::{Program, Recipe, Warning};
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::envelope::{Envelope, SDK};
use skylift_tests::toit::snapshot::Bundle;

use crate::place::Place;
use crate::programs::{VALIDATE, container, with_functions};

/// What is foretold of a recipe with these programs, but for Jaguar and the network.
fn foretold(place: &Place, programs: &[&str]) -> Vec<Warning> {
    let programs = programs.iter().map(|name| Program::of_file(&place.path(name))).collect();
    let recipe = Recipe { programs, ..Recipe::default() };
    let envelope = Read::parse(&Envelope::new(Chip::Esp32).to_bytes()).unwrap();
    let mut warnings = recipe.forecast(&envelope);
    warnings.retain(|warning| !matches!(warning, Warning::NoWifi | Warning::NoJaguar));
    warnings
}

#[test]
fn the_source_map_tells_whether_a_program_validates() {
    let place = Place::new();
    place.write("good.snapshot", with_functions("good", &[("main", "main.toit"), VALIDATE]));
    // Functions of that name elsewhere, and others of that file.
    let others = [
        ("validate", "<sdk>/system/api/firmware.toit"),
        ("validate", "<sdk>/system/extensions/esp32/firmware.toit"),
        ("validate", "my/form.toit"),
        ("is-validation-pending", "<sdk>/system/firmware.toit"),
    ];
    place.write("bad.snapshot", with_functions("bad", &others));
    place.write("mute.snapshot", Bundle { stripped: true, ..bundle() }.to_bytes());
    // Its source map is none.
    place.write("odd.snapshot", bundle().to_bytes());
    place.write("source.toit", "main: firmware.validate");
    let cannot_tell = |names: &[&str]| {
        [Warning::CannotTell { containers: names.iter().map(|&name| name.to_owned()).collect() }]
    };
    assert_eq!(foretold(&place, &[]), [Warning::NothingValidates]);
    assert_eq!(foretold(&place, &["good.snapshot"]), []);
    assert_eq!(foretold(&place, &["bad.snapshot"]), [Warning::NothingValidates]);
    assert_eq!(foretold(&place, &["bad.snapshot", "good.snapshot"]), []);
    assert_eq!(
        foretold(&place, &["mute.snapshot", "bad.snapshot", "odd.snapshot"]),
        cannot_tell(&["mute", "odd"])
    );
    assert_eq!(foretold(&place, &["mute.snapshot", "good.snapshot"]), []);
    // What has not been compiled yet is not judged.
    assert_eq!(foretold(&place, &["source.toit", "bad.snapshot"]), []);
}

fn bundle() -> Bundle {
    Bundle::new(SDK, skylift_tests::toit::program::Program::saying("mute"))
}

#[test]
fn network_and_jaguar_are_looked_for_where_they_may_stand() {
    let words = |envelope: &Envelope, config: &[u8]| -> Vec<&'static str> {
        let config = if config.is_empty() { Config::default() } else { Config::read(config).unwrap() };
        let read = Read::parse(&envelope.to_bytes()).unwrap();
        skylift::image::toit::recipe::warnings(&read, &config).iter().map(Warning::as_str).collect()
    };
    let mut envelope = Envelope::new(Chip::Esp32);
    assert_eq!(words(&envelope, b""), ["nothing_validates", "no_wifi", "no_jaguar"]);
    assert_eq!(words(&envelope, br#"{"wifi":{"wifi.ssid":"attic"}}"#), ["nothing_validates", "no_jaguar"]);
    envelope.wifi = Some(("attic".to_owned(), "open sesame".to_owned()));
    envelope.containers.push(container("jaguar"));
    assert_eq!(words(&envelope, b""), ["cannot_tell_who_validates"]);
    "v2.1.0".clone_into(&mut envelope.sdk);
    assert_eq!(words(&envelope, b""), ["cannot_tell_who_validates", "sdk_converts"]);
}
