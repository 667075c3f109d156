//! The firmware page: library, sources, builds and proofs.

use skylift::gui::Page;
use skylift_simulator::demo_image::{Behaviour, DemoImage};

use super::{at_rest, choose, no_update_runs, update};
use crate::desk::{Desk, WIDE};
use crate::net::Site;
use crate::project::Project;
use crate::signers::bench;
use crate::walk::Walk;
use crate::world::{World, demo};

/// The form is a page of its own, with tests of its own.
const ANOTHER_PAGE: [(&str, &str); 1] = [("From Toit…", "leads to the form")];

fn library(desk: &mut Desk) {
    desk.go(Page::Firmware);
    for name in ["Show all images", "Close details"] {
        desk.click_if_there(name);
    }
    choose(desk, "All");
}

/// Puts back what a click has dropped.
fn keep_images(desk: &mut Desk) {
    desk.until("the images", |desk| {
        desk.world.keep(&demo("1.1.0", Behaviour::Healthy));
        desk.world.keep(&demo("1.2.0", Behaviour::Crash));
        desk.world.keep(&DemoImage { project: "other".to_owned(), ..demo("1.0.0", Behaviour::Healthy) });
        desk.go(Page::Devices);
        library(desk);
        let all = ["skylift-demo 1.1.0", "skylift-demo 1.2.0", "other 1.0.0"];
        all.iter().all(|image| desk.shows(&format!("Image {image}"))).then_some(())
    });
}

#[test]
fn library_and_details() {
    let mut world = World::empty();
    let _device = world.device("porch-light");
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    world.keep(&demo("1.2.0", Behaviour::Crash));
    bench(&world.data());
    let mut desk = Desk::open(world, WIDE);
    desk.wait_for("Device porch-light");
    update(&mut desk, "porch-light", "1.2.0");
    assert_eq!(desk.verdict(), "rolled_back");
    let mut walk = Walk::over(&[Page::Firmware]).but_for(&ANOTHER_PAGE);
    let expected = [
        "Add image…",
        "Build a project…",
        "Find an image",
        "Show all images",
        "Sort by added",
        "Add",
        "Path of an image or a project",
        "Update devices…",
        "Serve",
        "Drop from the library…",
        "Drop",
        "Show",
        "Certify against…",
        "Cut the power everywhere",
        "Cancel the proof",
        "Close the proof",
        "Stock bootloader",
        "One that rolls back",
        "Copy SHA-256 of image",
        "Sign with bench",
        "Sign…",
        "Sign",
        "Leave it as it is",
        "Copy fingerprint of the signer",
        "Keep the signatures that it has",
    ];
    walk.rounds(&expected, |walk| {
        walk.scene(&mut desk, keep_images);
        walk.scene(&mut desk, |desk| {
            library(desk);
            desk.fill("Find an image", "nothing like it");
        });
        walk.scene(&mut desk, |desk| {
            library(desk);
            desk.fill("Path of an image or a project", "/not/there");
        });
        for image in ["1.1.0", "1.2.0"] {
            walk.scene(&mut desk, |desk| {
                desk.until("no update runs", |desk| no_update_runs(desk.engine()).then_some(()));
                at_rest(desk, &["porch-light"]);
                keep_images(desk);
                desk.click(&format!("Image skylift-demo {image}"));
                desk.wait_for("SHA-256 of file");
            });
        }
    });
}

#[test]
fn builds() {
    let mut desk = Desk::open(World::empty(), WIDE);
    let broken = Project::broken(desk.world.home.path());
    let endless = Project::endless(desk.world.home.path());
    let mut walk = Walk::over(&[Page::Firmware]).but_for(&ANOTHER_PAGE);
    walk.rounds(&["Stop the build", "Close", "Copy output"], |walk| {
        for (project, button) in [(&endless, "Stop the build"), (&broken, "Close")] {
            walk.scene(&mut desk, |desk| {
                desk.go(Page::Firmware);
                if desk.find(button).is_none() {
                    desk.files.answer(project.path());
                    desk.click("Build a project…");
                    desk.until(button, |desk| desk.find(button).map(drop));
                }
            });
        }
    });
}

/// Opens the sources, with nothing under way.
fn opened(desk: &mut Desk) {
    desk.go(Page::Firmware);
    desk.click_if_there("Cancel");
    // An image that was on its way opens when it is there, and takes the place of the sources.
    desk.until("the sources, and nothing under way", |desk| {
        let is_open = desk.find("Close sources").is_some() || !desk.click_if_there("Sources");
        (is_open && desk.find("Cancel").is_none()).then_some(())
    });
}

/// The same with a source that is tracked: earlier clicks may have removed it.
fn tracked(desk: &mut Desk, url: &str) {
    opened(desk);
    desk.until("a source that is tracked", |desk| {
        if desk.find(&format!("Track {url} no more")).is_some() {
            return Some(());
        }
        desk.clear("Asset of its releases");
        desk.clear("Project on GitHub, or https URL");
        desk.type_into("Project on GitHub, or https URL", url);
        desk.click("Track");
        desk.until("its lookup", |desk| desk.find("Cancel").is_none().then_some(()));
        opened(desk);
        None
    });
}

#[test]
fn sources() {
    let mut world = World::empty();
    let site = Site::with(demo("1.3.0", Behaviour::Healthy).build().unwrap());
    world.looks_up();
    let mut desk = Desk::open(world, WIDE);
    let mut walk = Walk::over(&[Page::Firmware]).but_for(&ANOTHER_PAGE);
    let expected = [
        "Sources",
        "Close sources",
        "Check now",
        "Track",
        "Fetch once",
        "Cancel",
        "Track URL no more",
        "Asset of its releases",
    ];
    walk.rounds(&expected, |walk| {
        // First what lasts: else it is over before it can be cancelled.
        walk.scene(&mut desk, |desk| {
            opened(desk);
            desk.clear("Project on GitHub, or https URL");
            desk.type_into("Project on GitHub, or https URL", &site.endless());
            desk.click("Fetch once");
            desk.until("a begin", |desk| desk.find("Cancel").map(drop));
        });
        walk.scene(&mut desk, |desk| {
            opened(desk);
            desk.fill("Project on GitHub, or https URL", &site.quick());
        });
        walk.scene(&mut desk, |desk| tracked(desk, &site.quick()));
        walk.scene(&mut desk, |desk| {
            opened(desk);
            desk.fill("Find an image", "nothing like it");
        });
    });
}
