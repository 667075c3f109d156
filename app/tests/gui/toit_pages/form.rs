//! The tutorial's recipe, clicked: an envelope, a program that is compiled, a network; and out comes an `ota.bin`.

use crate::toit::archive::gzip;
use crate::toit::body::Chip;
use crate::toit::envelope::{Container, Envelope, SDK};
use skylift::gui::Page;
use skylift::store::NetworkList;

use super::compiler::{install, source};
use super::{file, made};
use crate::desk::{Desk, WIDE};
use crate::world::World;

const PASSWORD: &str = "correct horse battery";

/// The form with an SDK and an envelope.
fn form() -> Desk {
    let mut desk = Desk::open(World::empty(), WIDE);
    let envelope = file(&desk, "firmware-esp32.gz", gzip(&Envelope::new(Chip::Esp32).to_bytes()));
    let sdk = install(&desk);
    desk.go(Page::Firmware);
    desk.click("From Toit…");
    desk.files.answer(&sdk);
    desk.click("Choose an SDK…");
    desk.wait_for("chosen");
    desk.files.answer(&envelope);
    desk.click("Choose…");
    desk.wait_for("1 container");
    desk
}

#[test]
fn an_image_is_made_of_an_envelope_a_source_and_a_network() {
    let mut desk = form();
    assert!(desk.shows(SDK) && desk.shows("ESP32"), "{:#?}", desk.texts());
    desk.wait_for("No program in it validates the firmware");
    desk.wait_for("No WiFi is set");
    let (validate, bundle) = source(&desk, "validate", "main:\n");
    desk.files.answer(&validate);
    desk.click("Add a program…");
    desk.wait_for("is compiled");
    desk.click("WiFi network: As the envelope has it");
    desk.click("Another network…");
    desk.type_into("Name of the network", "workshop");
    desk.type_into("WiFi password", PASSWORD);
    assert!(!desk.shows(PASSWORD), "{:#?}", desk.texts());
    desk.click("Make ota.bin");
    desk.wait_for("Toit programs");

    let mut wanted = Envelope::new(Chip::Esp32);
    wanted.containers.push(Container::snapshot("validate", bundle));
    wanted.wifi = Some(("workshop".to_owned(), PASSWORD.to_owned()));
    assert!(made(&desk) == wanted.app_image(&[]), "not what Toit's tool makes");
    assert!(desk.shows("validate") && desk.shows("2 containers") && desk.shows("Update devices…"));

    let network = NetworkList::new(&desk.world.data()).get("workshop").unwrap().unwrap();
    assert_eq!(network.password.reveal(), PASSWORD);
    desk.click("From Toit…");
    assert!(desk.find("WiFi network: workshop").is_some(), "{:#?}", desk.texts());
    let said = format!("{:?} {:?}", desk.said(), desk.harness.state().state().toit);
    assert!(!said.contains(PASSWORD), "{said}");
}

#[test]
fn a_mistake_is_shown_as_the_compiler_says_it_and_can_be_mended() {
    let mut desk = form();
    let (lamp, _) = source(&desk, "lamp", "a mistake");
    desk.files.answer(&lamp);
    desk.click("Add a program…");
    desk.click("Make ota.bin");
    desk.wait_for("It was not made");
    desk.wait_for("error: a mistake");
    desk.click("Close");
    source(&desk, "lamp", "main:\n");
    desk.click("Make ota.bin");
    desk.wait_for("Toit programs");
}

#[test]
fn a_compiler_that_never_ends_is_stopped() {
    let mut desk = form();
    let (lamp, _) = source(&desk, "lamp", "endless");
    desk.files.answer(&lamp);
    desk.click("Add a program…");
    desk.click("Make ota.bin");
    desk.wait_for("begun");
    desk.click("Cancel");
    desk.until("the form again", |desk| desk.find("Make ota.bin").filter(|_| !desk.shows("begun")).map(drop));
    assert!(desk.shows("lamp.toit"));
}
