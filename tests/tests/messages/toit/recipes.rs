//! From programs to an image: recipes, SDKs, where envelopes come from, and images for Jaguar devices.

use skylift::image::envelope::{Envelope as Read, WordSize};
use skylift::image::source::Fetcher;
use skylift::image::toit::jaguar_image::{JaguarDevice, Service, prepare};
use skylift::image::toit::recipe::{Program as Ingredient, Recipe, RecipeError};
use skylift::image::toit::sdk::Sdk;
use skylift::image::toit::source::{EnvelopeSource, EnvelopeSourceError};
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::envelope::{Envelope, SDK};
use skylift_tests::toit::program::Program;
use skylift_tests::toit::snapshot::Bundle;

use super::{entry, holding, read};
use crate::files::Place;
use crate::hub::{Hub, Reply};
use crate::table::Line;

pub fn lines() -> Vec<Line> {
    [recipes(), sdks(), sources(), for_jaguar()].into_iter().flatten().collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn recipes() -> Vec<Line> {
    let place = Place::new();
    let lamp =
        Ingredient::of_file(&place.write("lamp.snapshot", Bundle::new(SDK, Program::sample()).to_bytes()));
    let system =
        Ingredient::of_file(&place.write("system.snapshot", Bundle::new(SDK, Program::sample()).to_bytes()));
    let stranger = Bundle::new("v2.0.0-alpha.190", Program::sample()).to_bytes();
    let stranger = Ingredient::of_file(&place.write("stranger.snapshot", stranger));
    let missing = Ingredient::of_file(&place.path("missing.snapshot"));
    let made = |programs: Vec<Ingredient>, envelope: Read| {
        let recipe = Recipe { programs, ..Recipe::default() };
        runtime().block_on(recipe.make(envelope, |_| ())).unwrap_err()
    };
    let without = |name: &str, envelope: Read| {
        let recipe = Recipe { without: vec![name.to_owned()], ..Recipe::default() };
        runtime().block_on(recipe.make(envelope, |_| ())).unwrap_err()
    };
    let assets = Some(place.write("lamp.assets", "no assets"));
    let unfit =
        made(vec![Ingredient { assets, ..lamp.clone() }], read(&Envelope::new(Chip::Esp32).to_bytes()));
    let RecipeError::Program { error: unfit_flaw, .. } = &unfit else { panic!("{unfit}") };
    let whole = || read(&Envelope::new(Chip::Esp32).to_bytes());
    let mut body = Envelope::new(Chip::Esp32).body.to_bytes();
    body[32] ^= 1;
    let odd = holding(vec![entry("$firmware.bin", body)]);
    let other = made(vec![stranger], whole());
    let RecipeError::Program { error: flaw, .. } = &other else { panic!("{other}") };
    let lines = vec![
        Line::of("A program is not there", &made(vec![missing], whole())),
        Line::of("Two programs have one name", &made(vec![lamp.clone(), lamp], whole())),
        Line::of("A program would be the system", &made(vec![system], whole())),
        Line::of("The system is to be left out", &without("system", whole())),
        Line::of("What is to be left out is not in the envelope", &without("jaguar", whole())),
        Line::within("The assets of a program are none", &unfit, unfit_flaw),
        Line::within("A program is of another SDK than the envelope", &other, flaw),
        Line::of("A device would not boot the envelope's firmware", &made(Vec::new(), read(&odd))),
    ];
    place.settle(lines)
}

/// A program that says it is of this version, and does this otherwise.
fn sdk(place: &Place, folder: &str, version: &str, otherwise: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let script = format!("#!/bin/sh\n[ \"$1\" = version ] && {{ echo {version}; exit; }}\n{otherwise}\n");
    let path = place.write(&format!("{folder}/bin/toit"), script);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn sdks() -> Vec<Line> {
    let place = Place::new();
    let (source, snapshot) = (place.write("lamp.toit", "main: print 1"), [0; 4]);
    sdk(&place, "sdk", SDK, "exit 1");
    sdk(&place, "idle", SDK, "exit 0");
    sdk(&place, "other", "v2.0.0-alpha.190", "");
    let find = |folder: &str| runtime().block_on(Sdk::find(Some(&place.path(folder)), SDK));
    let compiled = |folder: &str| {
        let sdk = find(folder).unwrap();
        runtime().block_on(sdk.compile(&source, |_| ())).unwrap_err()
    };
    let converted =
        runtime().block_on(find("sdk").unwrap().convert(&snapshot, WordSize::W32, |_| ())).unwrap_err();
    let gone = find("idle").unwrap();
    std::fs::write(place.path("idle/bin/toit"), "#!/no/such/interpreter\n").unwrap();
    let not_started = runtime().block_on(gone.compile(&source, |_| ())).unwrap_err();
    sdk(&place, "idle", SDK, "exit 0");
    let lines = vec![
        Line::of("The folder has no SDK", &find("nowhere").unwrap_err()),
        Line::of("The SDK is of another version", &find("other").unwrap_err()),
        Line::of("The SDK cannot be started any more", &not_started),
        Line::of("The program does not compile", &compiled("sdk")),
        Line::of("The compiler writes nothing", &compiled("idle")),
        Line::of("The SDK does not convert the program", &converted),
    ];
    place.settle(lines)
}

fn sources() -> Vec<Line> {
    let (place, hub) = (Place::new(), Hub::start(|_| Reply::ok("<!doctype html>")));
    let source: EnvelopeSource = format!("{}/firmware-esp32.envelope.gz", hub.url).parse().unwrap();
    let fetcher = || Fetcher::new(&place.data(), &hub.url, None);
    let error = runtime().block_on(source.open(fetcher, |_| ())).unwrap_err();
    assert!(matches!(error, EnvelopeSourceError::Came { .. }), "{error}");
    vec![Line::of("A page comes in place of the envelope", &error).calling(&hub.url, "https://example.com")]
}

fn for_jaguar() -> Vec<Line> {
    let envelope = read(&Envelope::new(Chip::Esp32).to_bytes());
    let device = |chip: &str, word_size| JaguarDevice {
        name: "bold-lamp".to_owned(),
        chip: chip.to_owned(),
        sdk_version: SDK.to_owned(),
        word_size,
    };
    let of = |symptom, device: &JaguarDevice| {
        Line::of(symptom, &prepare(&envelope, device, None, Service::OfEnvelope).unwrap_err())
    };
    vec![
        of("The Jaguar device has another chip", &device("esp32s3", WordSize::W32)),
        of("The Jaguar device is a computer", &device("esp32", WordSize::W64)),
        of("Jaguar is not in the envelope", &device("esp32", WordSize::W32)),
    ]
}
