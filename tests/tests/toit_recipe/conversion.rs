//! Where Skylift does not know how an SDK lays programs out, that SDK converts them, and nothing else is different.

use skylift::image::envelope::{Envelope as Read, WordSize};
use skylift::image::toit::jaguar_image::{JaguarDevice, JaguarImageError, Prepared, Wish, make};
use skylift::image::toit::recipe::Warning;
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::encoded::{assets, dashed, sdk_uuid, text, tison_map};
use skylift_tests::toit::envelope::{Container, Envelope, Stored};
use skylift_tests::toit::layout::{Ids, image};
use skylift_tests::toit::program::Program;
use skylift_tests::toit::relocatable::Word;
use skylift_tests::toit::snapshot::Bundle;

use crate::place::{Place, said, same, sdk};

const NEW: &str = "v2.1.0";

/// An envelope of an SDK that Skylift does not know: the system, Jaguar, and the WiFi.
fn envelope() -> Envelope {
    let mut envelope = Envelope::new(Chip::Esp32C3);
    NEW.clone_into(&mut envelope.sdk);
    envelope.containers[0].stored = Stored::Snapshot(Box::new(Bundle::new(NEW, Program::sample())));
    let service = Container::snapshot("jaguar", Bundle::new(NEW, Program::saying("service")));
    let assets = Some(assets(&[("config", b"five!")]));
    envelope.containers.push(Container { flags: 3, assets, ..service });
    envelope.wifi = Some(("attic".to_owned(), "open sesame".to_owned()));
    envelope
}

/// With that envelope, and the SDK that converts it. Ids that an SDK gives know nothing of assets.
fn place() -> Place {
    let place = Place::new();
    place.write("new.envelope", envelope().to_bytes());
    sdk(&place, "toit", NEW);
    for (name, program) in [("image", Program::sample()), ("service", Program::saying("service"))] {
        let snapshot = Bundle::new(NEW, program.clone()).uuid();
        let ids = Ids { container: [0x2e; 16], system: sdk_uuid(NEW), snapshot };
        place.write(&format!("toit/converted.{name}"), image(&program, Word::W32, &ids));
    }
    place
}

#[test]
fn what_is_built_has_the_ids_that_toits_own_tool_gives() {
    let place = place();
    let told = place.refused(&["-e", "new.envelope"]);
    assert!(told.contains("no Toit SDK was found"), "{told}");
    let told = place.built(&["-e", "new.envelope", "--sdk", "toit", "-o", "ota.bin"]);
    for words in
        ["converting system with v2.1.0", "converting jaguar with v2.1.0", "the SDK v2.1.0: that SDK"]
    {
        assert!(told.stderr.contains(words), "{words} in {}", told.stderr);
    }
    same(&place.read("ota.bin"), &envelope().app_image(&[]));
}

#[test]
fn what_is_extracted_is_the_same_and_without_the_sdk_there_is_nothing() {
    let place = place();
    let extract = ["envelope", "-e", "new.envelope", "extract", "-o", "ota.bin"];
    let told = said(place.output(&extract), 1).stderr;
    assert!(told.contains("cannot be used: the snapshot was made by the SDK v2.1.0"), "{told}");
    assert!(told.contains("  try: install the SDK v2.1.0, which Skylift then converts it with"), "{told}");
    assert!(!place.path("ota.bin").exists());

    place.done(&["settings", "set", "toit.sdk", place.path("toit").to_str().unwrap()]);
    let told = said(place.output(&extract), 0).stderr;
    assert!(told.contains("converting jaguar with v2.1.0"), "{told}");
    same(&place.read("ota.bin"), &envelope().app_image(&[]));
    place.done(&["envelope", "-e", "new.envelope", "extract", "--format=ubjson", "-o", "parts"]);
    same(&place.read("parts"), &envelope().parts(&[]));
    same(&place.read("new.envelope"), &envelope().to_bytes());

    // An image of another SDK is none for this envelope.
    let ids = Ids { system: sdk_uuid("v2.0.0"), ..Ids::default() };
    place.write("toit/converted.image", image(&Program::sample(), Word::W32, &ids));
    let told = said(place.output(&extract), 1).stderr;
    assert!(told.contains("new.envelope: ") && told.contains("belongs to"), "{told}");
}

async fn for_device(place: &Place, wish: Wish) -> Result<Prepared, JaguarImageError> {
    let device = JaguarDevice {
        name: "otter".to_owned(),
        chip: "esp32c3".to_owned(),
        sdk_version: NEW.to_owned(),
        word_size: WordSize::W32,
    };
    let envelope = Read::parse(&place.read("new.envelope")).unwrap();
    make(envelope, device, None, wish, Some(&place.path("toit")), |_| {}).await
}

#[tokio::test]
async fn a_jaguar_device_gets_its_own_image() {
    let place = place();
    let made = for_device(&place, Wish::Keep).await.unwrap();
    let id = made.id.unwrap();
    let mut wanted = envelope();
    wanted.uuid = Some(id.0);
    let identity =
        tison_map(&[("id", text(&dashed(&id.0))), ("name", text("otter")), ("chip", text("esp32c3"))]);
    wanted.containers[1].assets = Some(assets(&[("config", &identity)]));
    same(&made.image.bytes, &wanted.app_image(&[]));
    // Jaguar validates: nobody asks who else does.
    assert_eq!(made.warnings, [Warning::SdkConverts { sdk_version: NEW.to_owned() }]);

    let mut without = envelope();
    without.containers.pop();
    place.write("new.envelope", without.to_bytes());
    let left = for_device(&place, Wish::Leave).await.unwrap();
    assert_eq!((left.id, left.warnings.first()), (None, Some(&Warning::NothingValidates)));
    sdk(&place, "toit", "v2.0.0");
    let error = for_device(&place, Wish::Leave).await.unwrap_err().to_string();
    assert!(error.contains("the snapshot was made by the SDK v2.1.0"), "{error}");
}
