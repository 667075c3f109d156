//! What the form takes out of an envelope, and the assets that it gives to programs.

use std::path::PathBuf;

use crate::toit::body::Chip;
use crate::toit::encoded::assets;
use crate::toit::envelope::{Container, Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::snapshot::Bundle;
use skylift::gui::{Asked, Page};
use skylift::image::envelope::Envelope as Read;

use super::{file, made};
use crate::desk::{Desk, WIDE};
use crate::world::World;

fn container(name: &str) -> Container {
    Container::snapshot(name, Bundle::new(SDK, Program::saying(name)))
}

/// Jaguar with assets, and a program.
fn envelope() -> Envelope {
    let mut envelope = Envelope::new(Chip::Esp32C3);
    let jaguar = Container { assets: Some(assets(&[("config", b"five!")])), ..container("jaguar") };
    envelope.containers.extend([jaguar, container("blink")]);
    envelope
}

/// The form with that envelope.
fn form() -> Desk {
    let mut desk = Desk::open(World::empty(), WIDE);
    let path = file(&desk, "mine.envelope", envelope().to_bytes());
    desk.go(Page::Firmware);
    desk.click("From Toit…");
    desk.files.answer(&path);
    desk.click("Choose…");
    desk.wait_for("3 containers");
    desk
}

/// A program, added with the dialog.
fn add(desk: &mut Desk, name: &str) -> PathBuf {
    let bundle = Bundle::new(SDK, Program::saying(name));
    let path = file(desk, &format!("{name}.snapshot"), bundle.to_bytes());
    desk.files.answer(&path);
    desk.click("Add a program…");
    desk.wait_for(&format!("{name}.snapshot"));
    path
}

/// What an envelope becomes that has these containers beside the system.
fn image(containers: Vec<Container>) -> Vec<u8> {
    let mut envelope = Envelope::new(Chip::Esp32C3);
    envelope.containers.extend(containers);
    envelope.app_image(&[])
}

#[test]
fn a_container_is_left_out_and_can_be_taken_back() {
    let mut desk = form();
    assert!(desk.find("Leave out system").is_none(), "it is Toit itself");
    assert!(!desk.shows("Jaguar is not in it"));
    desk.click("Leave out jaguar");
    desk.wait_for("will be left out");
    desk.wait_for("3 containers, 1 left out");
    desk.wait_for("Jaguar is not in it");
    desk.click("Leave out blink");
    desk.wait_for("No program in it validates the firmware");
    desk.click("Keep blink");
    desk.wait_for("cannot be told");
    desk.click("Make ota.bin");
    desk.wait_for("Toit programs");
    assert!(made(&desk) == image(vec![container("blink")]), "not what Toit's tool makes");
}

#[test]
fn an_envelope_is_saved_without_what_is_left_out_and_the_next_one_is_whole() {
    let mut desk = form();
    desk.click("Leave out jaguar");
    let to = desk.world.home.path().join("other.envelope");
    desk.files.answer(&to);
    desk.click("Save envelope…");
    desk.told("The envelope is saved");
    let saved = Read::open(&to).unwrap();
    let names: Vec<_> = saved.entries().map(|(name, _)| name.to_owned()).collect();
    assert!(names.iter().any(|name| name == "blink"), "{names:?}");
    assert!(!names.iter().any(|name| name.ends_with("jaguar")), "its assets go too: {names:?}");
    assert_eq!(std::fs::read(desk.world.home.path().join("mine.envelope")).unwrap(), envelope().to_bytes());
    desk.click("Open");
    desk.until("nothing left out", |desk| desk.find("Leave out jaguar").map(drop));
    assert!(!desk.shows("left out"), "{:#?}", desk.texts());
}

#[test]
fn a_program_takes_the_place_of_a_container_whether_it_is_left_out_or_not() {
    let mut desk = form();
    desk.click("Leave out blink");
    add(&mut desk, "blink");
    desk.wait_for("your program takes its place");
    assert!(desk.find("Keep blink").is_none() && desk.find("Leave out blink").is_none());
    desk.click("Make ota.bin");
    desk.wait_for("Toit programs");
    assert!(made(&desk) == envelope().app_image(&[]), "not what Toit's tool makes");
}

#[test]
fn a_program_gets_the_assets_that_are_chosen_for_it() {
    let mut desk = form();
    for name in ["lamp", "pump"] {
        add(&mut desk, name);
    }
    let blob = assets(&[("config", b"five!"), ("picture", b"\x89PNG")]);
    let path = file(&desk, "pump.assets", &blob);
    desk.files.answer(&path);
    desk.click("Assets of pump.snapshot…");
    desk.wait_for("pump.assets");
    assert_eq!(desk.files.asked().last(), Some(&Asked::Assets));
    // The other one has some, and loses them again.
    desk.files.answer(&path);
    desk.click("Assets of lamp.snapshot…");
    desk.click("Remove the assets of lamp.snapshot");
    desk.until("none", |desk| desk.find("Assets of lamp.snapshot…").map(drop));
    let to = desk.world.home.path().join("other.envelope");
    desk.files.answer(&to);
    desk.click("Save envelope…");
    desk.told("The envelope is saved");
    let saved = Read::open(&to).unwrap();
    assert_eq!((saved.entry("+pump"), saved.entry("+lamp")), (Some(blob.as_slice()), None));
    desk.click("Make ota.bin");
    desk.wait_for("Toit programs");
    let mut wanted = envelope();
    wanted.containers.extend([container("lamp"), Container { assets: Some(blob), ..container("pump") }]);
    assert!(made(&desk) == wanted.app_image(&[]), "not what Toit's tool makes");
}

#[test]
fn without_dialogs_the_path_of_assets_is_typed_and_a_wrong_file_is_told() {
    let mut desk = form();
    add(&mut desk, "lamp");
    desk.files.are_missing();
    desk.click("Assets of lamp.snapshot…");
    desk.wait_for("This system opened no dialog for files");
    let noise = file(&desk, "noise.assets", [0x55; 100]);
    desk.type_into("Path of the assets of lamp.snapshot", noise.to_str().unwrap());
    desk.click("Make ota.bin");
    desk.wait_for("It was not made");
    desk.wait_for("the assets of \"lamp\" cannot be read: it does not begin as assets do");
    desk.wait_for("Give the file that Toit's assets tool writes");
    desk.click("Close");
    desk.clear("Path of the assets of lamp.snapshot");
    desk.click("Make ota.bin");
    desk.wait_for("Toit programs");
}
