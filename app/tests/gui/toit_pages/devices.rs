//! Jaguar devices in the window: found, shown for what they are, updated, and made an image of their own.

use std::path::Path;
use std::time::Duration;

use crate::jaguar::{Identity, Jaguar, Next, Setup, image_for, image_without_jaguar};
use crate::toit::body::Chip;
use crate::toit::envelope::{Container, Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::snapshot::Bundle;
use egui::{Key, Modifiers};
use skylift::gui::Page;
use skylift::image::Image;
use skylift::image::library::Library;

use super::file;
use crate::desk::{Desk, WIDE};
use crate::world::World;

/// A window that has found this device by its address, and shows it.
fn found(device: &Jaguar, image: Option<Vec<u8>>) -> Desk {
    let mut world = World::empty();
    world.config.timing.poll = Duration::from_millis(50);
    world.config.timing.doubt = Duration::from_millis(500);
    if let Some(bytes) = image {
        let image = Image::from_bytes(Path::new("ota.bin"), bytes).unwrap();
        Library::new(&world.data()).add(&image, None, "a test").unwrap();
    }
    let mut desk = Desk::open(world, WIDE);
    desk.key(Modifiers::COMMAND, Key::N);
    desk.type_into("Address", &device.address().to_string());
    desk.click("Add device");
    desk.wait_for("This protocol has no authentication");
    desk
}

/// The image of the library, chosen in a plan.
fn choose(desk: &mut Desk) {
    let entry =
        desk.until("the image", |desk| desk.harness.state().state().firmware.entries.first().cloned());
    desk.click(&format!("Image {} {}", entry.project, entry.version));
}

fn is_open(desk: &mut Desk, id: &str) {
    desk.until("the same device", |desk| {
        let open = desk.harness.state().state().devices.open.clone();
        open.is_some_and(|open| open.as_str() == id).then_some(())
    });
}

#[test]
fn it_is_shown_for_what_it_is_and_offers_only_what_it_can_do() {
    let device = Jaguar::start(Setup::new("happy-otter"));
    let mut desk = found(&device, None);
    for text in ["happy-otter", SDK, "32 bits", "By its address"] {
        desk.wait_for(text);
    }
    for name in ["Identify", "Restart…", "Load"] {
        assert!(desk.find(name).is_none(), "{name}");
    }
    desk.click("More for this device");
    desk.wait_for("Forget device…");
    for name in ["Rename…", "Prove rollback…", "Roll back…"] {
        assert!(!desk.shows(name), "{name}");
    }
}

#[test]
fn an_update_ends_validated_inferred_and_the_device_stays_in_sight() {
    let device = Jaguar::start(Setup::new("happy-otter"));
    let next = Identity::fresh("happy-otter");
    let mut desk = found(&device, Some(image_for(Chip::Esp32, &next, b"Z")));
    desk.click("Update…");
    choose(&mut desk);
    desk.wait_for("Will be sent");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "validated");
    desk.wait_for(", inferred");
    assert_eq!(desk.engine().devices.len(), 1);
    desk.go(Page::Devices);
    is_open(&mut desk, &next.plain());
    desk.go(Page::History);
    desk.wait_for("Validated, inferred");
}

#[test]
fn one_that_goes_back_is_rolled_back_inferred() {
    let device = Jaguar::start(Setup { next: Next::RollsBack, ..Setup::new("happy-otter") });
    let mut desk = found(&device, Some(image_for(Chip::Esp32, &Identity::fresh("happy-otter"), b"Z")));
    desk.click("Update…");
    choose(&mut desk);
    desk.click("Start update");
    assert_eq!(desk.verdict(), "rolled_back");
    desk.wait_for(", inferred");
}

#[test]
fn an_image_without_jaguar_goes_only_after_a_word_and_is_sent() {
    let device = Jaguar::start(Setup::new("happy-otter"));
    let mut desk = found(&device, Some(image_without_jaguar(Chip::Esp32)));
    desk.click("Update…");
    choose(&mut desk);
    desk.wait_for("Will be refused");
    desk.wait_for("has no Jaguar in it");
    assert!(desk.find("Start update").is_none());
    desk.click("Allow an image without Jaguar: the device cannot be updated over the network after that");
    desk.wait_for("Will be sent");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "sent");
    desk.wait_for("nothing can tell whether it runs");
}

#[test]
fn an_envelope_becomes_the_devices_own_image_and_its_update() {
    let device = Jaguar::start(Setup::new("happy-otter"));
    let mut desk = found(&device, None);
    let mut envelope = Envelope::new(Chip::Esp32);
    envelope.containers.push(Container::snapshot("jaguar", Bundle::new(SDK, Program::saying("jaguar"))));
    let path = file(&desk, "jaguar.envelope", envelope.to_bytes());
    desk.click("Make its image…");
    desk.wait_for("For happy-otter, a Jaguar device");
    desk.files.answer(&path);
    desk.click("A file");
    desk.click("Choose…");
    desk.wait_for("2 containers");
    desk.click("Make ota.bin");
    desk.wait_for("Will be sent");
    let before = device.identity();
    desk.click("Start update");
    assert_eq!(desk.verdict(), "validated");
    let after = device.identity();
    assert!(after.id != before.id && after.name == before.name, "{after:?}");
    desk.go(Page::Devices);
    is_open(&mut desk, &after.plain());
}
