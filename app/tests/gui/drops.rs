//! Files that are dropped onto the window, and onto devices.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{DroppedFile, HoveredFile, Pos2};
use skylift::gui::Page;
use skylift_simulator::demo_image::Behaviour;

use crate::desk::{Desk, WIDE};
use crate::world::{World, demo};

/// A file as the system hands it over.
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

/// A file with an image in it.
fn image(desk: &Desk, version: &str) -> PathBuf {
    let path = desk.world.home.path().join(format!("{version}.bin"));
    std::fs::write(&path, demo(version, Behaviour::Healthy).build().unwrap()).unwrap();
    path
}

/// Carries a file over the window, and looks at what dropping it there will do.
fn hover(desk: &mut Desk, at: Option<Pos2>, file: &Path, hint: &str) {
    match at {
        Some(at) => desk.harness.hover_at(at),
        None => desk.harness.remove_cursor(),
    }
    desk.draw();
    // It hovers for as long as nobody says otherwise.
    for _ in 0..3 {
        let hovered = HoveredFile { path: Some(file.to_owned()), ..HoveredFile::default() };
        desk.harness.input_mut().hovered_files = vec![hovered];
        desk.draw();
    }
    assert!(desk.shows(hint), "{:#?}", desk.texts());
}

fn drop_it(desk: &mut Desk, files: &[&Path]) {
    let input = desk.harness.input_mut();
    input.hovered_files.clear();
    input.dropped_files = files.iter().map(|file| Arc::new(Dropped((*file).to_owned())) as _).collect();
    desk.draw();
    desk.draw();
}

fn middle(desk: &mut Desk, name: &str) -> Pos2 {
    desk.until(name, |desk| desk.find(name).map(|node| node.rect().center()))
}

#[test]
fn onto_the_window_a_file_comes_into_the_library() {
    let mut desk = Desk::open(World::empty(), WIDE);
    let files = [image(&desk, "1.1.0"), image(&desk, "1.2.0")];
    hover(&mut desk, Some(Pos2::new(800.0, 500.0)), &files[0], "Drop it to add it to the library");
    drop_it(&mut desk, &[&files[0]]);
    assert_eq!(desk.harness.state().state().page, Page::Firmware);
    desk.until("the image", |desk| desk.find("Image skylift-demo 1.1.0").map(drop));
    // From any page; and what is none is said, and nothing else happens.
    desk.go(Page::Settings);
    drop_it(&mut desk, &[&files[1]]);
    desk.until("the image", |desk| desk.find("Image skylift-demo 1.2.0").map(drop));
    let text = desk.world.home.path().join("readme.txt");
    std::fs::write(&text, "no image").unwrap();
    drop_it(&mut desk, &[&text]);
    desk.told("readme.txt was not added");
    assert_eq!(desk.harness.state().state().firmware.entries.len(), 2);
}

#[test]
fn onto_a_device_a_file_is_planned_for_it() {
    let mut world = World::empty();
    let _devices = [world.device("porch-light"), world.device("cellar-fan")];
    let mut desk = Desk::open(world, WIDE);
    let at = middle(&mut desk, "Device cellar-fan");
    desk.wait_for("Device porch-light");
    let at =
        if desk.find("Device cellar-fan").is_some() { middle(&mut desk, "Device cellar-fan") } else { at };
    let file = image(&desk, "1.1.0");
    hover(&mut desk, Some(at), &file, "Drop it to update cellar-fan");
    drop_it(&mut desk, &[&file]);
    desk.wait_for("New update");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "validated");
    assert_eq!(desk.job().unwrap().device_label, "cellar-fan");
}

/// Some systems do not say where the pointer is while a file is carried.
#[test]
fn without_a_pointer_the_open_device_is_meant() {
    let mut world = World::empty();
    let _devices = [world.device("porch-light"), world.device("cellar-fan")];
    let mut desk = Desk::open(world, WIDE);
    desk.click("Device porch-light");
    let file = image(&desk, "1.1.0");
    hover(&mut desk, None, &file, "Drop it to update porch-light");
    drop_it(&mut desk, &[&file]);
    desk.wait_for("New update");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "validated");
    assert_eq!(desk.job().unwrap().device_label, "porch-light");
}
