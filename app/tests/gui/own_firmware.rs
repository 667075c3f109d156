//! What a user's own firmware adds to the window: fields and a temperature on the page of a device, and where it crashed,
//! in its source, below the verdict.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use skylift::image::Image;
use skylift::image::library::{Elf, Library};
use skylift_simulator::demo_image::{Behaviour, DemoImage};

use crate::debug_info::{FOLDER, elf};
use crate::desk::{Desk, WIDE};
use crate::world::{World, demo};

#[test]
fn the_page_of_a_device_shows_what_its_firmware_tells() {
    let mut world = World::empty();
    let _sensor = world.device_running("garden", demo("1.0.0", Behaviour::Sensor).build().unwrap(), |_| ());
    let _lamp = world.device("porch-light");
    let mut desk = Desk::open(world, WIDE);
    desk.click("Device garden");
    for text in ["Chip temperature", "From its firmware", "soil", "door"] {
        desk.wait_for(text);
    }
    assert!(desk.shows("closed") || desk.shows("open"), "{:?}", desk.texts());
    // Only where there is something.
    desk.click("Device porch-light");
    desk.wait_for("Boots");
    for text in ["Chip temperature", "From its firmware"] {
        assert!(!desk.shows(text), "{:?}", desk.texts());
    }
}

/// An image that crashes, made from [`elf`].
fn crashing() -> DemoImage {
    DemoImage { elf_sha256: Some(Sha256::digest(elf()).into()), ..demo("1.1.0", Behaviour::Crash) }
}

fn rolled_back(world: World) -> Desk {
    let mut desk = Desk::open(world, WIDE);
    desk.click("Device garden");
    desk.click("Update…");
    desk.click("Image skylift-demo 1.1.0");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "rolled_back");
    desk.wait_for("Rolled back to 1.0.0");
    desk
}

#[test]
fn a_verdict_shows_where_it_crashed() {
    let mut world = World::empty();
    let _device = world.device("garden");
    let image = Image::from_bytes(Path::new("ota.bin"), crashing().build().unwrap()).unwrap();
    let file = world.home.path().join("climate.elf");
    std::fs::write(&file, elf()).unwrap();
    Library::new(&world.data()).add(&image, Some(&Elf::open(&file).unwrap()), "a test").unwrap();
    let mut desk = rolled_back(world);
    desk.wait_for(&format!("0x4038005c  climate::sensor::read ({FOLDER}/src/sensor.rs:42)"));
}

#[test]
fn without_its_elf_the_verdict_tells_what_would_help() {
    let mut world = World::empty();
    let _device = world.device("garden");
    world.keep(&crashing());
    let mut desk = rolled_back(world);
    desk.wait_for("0x4038005c 0x40380088 0x403800c0");
    let digest = Sha256::digest(elf())[..6].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    desk.wait_for(&format!(
        "skylift images add IMAGE --elf ELF, with the ELF of that build (SHA-256 {digest}…), shows functions and lines"
    ));
}
