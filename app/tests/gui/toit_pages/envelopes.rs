//! Envelopes that are looked at: from a file that was typed or dropped, whole or damaged; never with their passwords.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::toit::body::Chip;
use crate::toit::envelope::{Container, Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::snapshot::Bundle;
use egui::DroppedFile;
use skylift::gui::Page;

use super::{file, made};
use crate::desk::{Desk, WIDE};
use crate::world::World;

const PASSWORD: &str = "correct horse battery";

#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn drop_it(desk: &mut Desk, path: &Path) {
    desk.harness.input_mut().dropped_files = vec![Arc::new(Dropped(path.to_owned())) as _];
    desk.draw();
    desk.draw();
}

fn envelope() -> Envelope {
    let mut envelope = Envelope::new(Chip::Esp32C3);
    envelope.containers.push(Container::snapshot("blink", Bundle::new(SDK, Program::saying("blink"))));
    envelope.wifi = Some(("attic".to_owned(), PASSWORD.to_owned()));
    envelope
}

#[test]
fn an_envelope_that_is_dropped_shows_what_is_in_it_and_becomes_an_image_as_it_is() {
    let mut desk = Desk::open(World::empty(), WIDE);
    let path = file(&desk, "mine.envelope", envelope().to_bytes());
    let before = std::fs::read(&path).unwrap();
    drop_it(&mut desk, &path);
    for text in
        ["mine.envelope", "ESP32-C3", SDK, "2 containers", "blink", "attic, password hidden", "$firmware.bin"]
    {
        desk.wait_for(text);
    }
    assert!(!desk.shows(PASSWORD), "{:#?}", desk.texts());
    desk.click("Make ota.bin");
    desk.wait_for("Toit programs");
    assert!(made(&desk) == envelope().app_image(&[]), "not what Toit's tool makes");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_program_that_is_dropped_goes_into_the_form_and_takes_a_name_that_can_be() {
    let mut desk = Desk::open(World::empty(), WIDE);
    let bundle = Bundle::new(SDK, Program::saying("lamp"));
    let program = file(&desk, "lamp.snapshot", bundle.to_bytes());
    drop_it(&mut desk, &program);
    let path = file(&desk, "mine.envelope", envelope().to_bytes());
    desk.type_into("Path of the envelope", path.to_str().unwrap());
    desk.click("Open");
    desk.wait_for("2 containers");
    desk.clear("Name of lamp.snapshot");
    desk.type_into("Name of lamp.snapshot", "system");
    desk.until("no button", |desk| desk.find("Make ota.bin").is_none().then_some(()));
    desk.clear("Name of lamp.snapshot");
    desk.type_into("Name of lamp.snapshot", "blink");
    desk.wait_for("takes the place of the one in the envelope");
    desk.click("Make ota.bin");
    desk.wait_for("Toit programs");
    let mut wanted = envelope();
    wanted.containers.pop();
    wanted.containers.push(Container::snapshot("blink", bundle));
    assert!(made(&desk) == wanted.app_image(&[]), "not what Toit's tool makes");
}

#[test]
fn an_envelope_is_saved_with_what_the_form_puts_into_it_and_the_first_one_stays() {
    let mut desk = Desk::open(World::empty(), WIDE);
    let path = file(&desk, "mine.envelope", envelope().to_bytes());
    drop_it(&mut desk, &path);
    desk.wait_for("2 containers");
    let lamp = file(&desk, "lamp.snapshot", Bundle::new(SDK, Program::saying("lamp")).to_bytes());
    drop_it(&mut desk, &lamp);
    let to = desk.world.home.path().join("other.envelope.gz");
    desk.files.answer(&to);
    desk.click("Save envelope…");
    desk.told("The envelope is saved");
    let saved = skylift::image::envelope::Envelope::open(&to).unwrap();
    let names: Vec<_> =
        saved.containers().unwrap().iter().map(|container| container.name.to_owned()).collect();
    assert_eq!(names, ["system", "blink", "lamp"]);
    assert_eq!(saved.wifi().map(|network| network.ssid.to_string()).as_deref(), Some("attic"));
    assert_eq!(std::fs::read(&path).unwrap(), envelope().to_bytes());
}

#[test]
fn a_damaged_envelope_is_a_sentence_and_nothing_is_made_of_it() {
    let mut desk = Desk::open(World::empty(), WIDE);
    let bytes = envelope().to_bytes();
    let path = file(&desk, "half.envelope", &bytes[..bytes.len() / 2]);
    desk.go(Page::Firmware);
    desk.click("From Toit…");
    desk.type_into("Path of the envelope", path.to_str().unwrap());
    desk.click("Open");
    desk.wait_for("the archive is damaged");
    assert!(desk.find("Make ota.bin").is_none());
    desk.click("Back to the images");
    desk.wait_for("Path of an image or a project");
}
