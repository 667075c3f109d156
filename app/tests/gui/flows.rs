//! What takes more than one button: trials, builds, waiting for a device, files that go out and come in.

use skylift::engine::Presence;
use skylift::gui::{Asked, Page};
use skylift_simulator::Device;
use skylift_simulator::demo_image::Behaviour;

use crate::desk::{Desk, WIDE};
use crate::net::Site;
use crate::project::Project;
use crate::world::{World, demo};

/// A window in which a device has gone back from 1.2.0, built from this.
fn gone_back(mut world: World, source: &str) -> (Desk, Device) {
    let device = world.device("porch-light");
    world.keep_built(&demo("1.2.0", Behaviour::Crash), source);
    let mut desk = Desk::open(world, WIDE);
    desk.click("Device porch-light");
    desk.click("Update…");
    desk.click("Image skylift-demo 1.2.0");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "rolled_back");
    desk.wait_for("What to do next");
    (desk, device)
}

#[test]
fn what_went_back_is_built_again_and_planned() {
    let world = World::empty();
    let project = Project::of_image(world.home.path(), &demo("1.3.0", Behaviour::Healthy));
    let source = project.path().display().to_string();
    let (mut desk, _device) = gone_back(world, &source);
    desk.click("Build and update…");
    // What comes of it is planned for the device, and takes.
    desk.wait_for("New update");
    desk.wait_for("Will be sent");
    desk.click("Start update");
    desk.until("the second update", |desk| (desk.engine().jobs.len() == 2).then_some(()));
    assert_eq!(desk.verdict(), "validated");
    assert_eq!(desk.job().unwrap().image.version, "1.3.0");
}

#[test]
fn who_does_not_answer_is_updated_when_it_comes_back() {
    let mut world = World::empty();
    let device = world.device("porch-light");
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    desk.click("Device porch-light");
    device.power_off();
    desk.until("its absence", |desk| (desk.engine().devices[0].presence == Presence::Offline).then_some(()));
    desk.click("Update…");
    desk.click("Image skylift-demo 1.1.0");
    desk.wait_for("Updated when it comes back.");
    let wait = "Update those that do not answer when they come back, while Skylift is open";
    desk.click(wait);
    desk.wait_for("Left out, it cannot be updated now.");
    assert!(desk.find("Start update").is_none(), "nobody is there to be updated");
    desk.click(wait);
    desk.wait_for("Updated when it comes back.");
    desk.click("Start update");
    desk.wait_for("updated when it comes back");
    device.power_on();
    assert_eq!(desk.verdict(), "validated");
}

#[test]
fn the_history_goes_into_the_file_that_was_chosen() {
    let mut world = World::empty();
    let _device = world.device("porch-light");
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    desk.click("Device porch-light");
    desk.click("Update…");
    desk.click("Image skylift-demo 1.1.0");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "validated");
    desk.go(Page::History);
    desk.wait_for("Update skylift-demo 1.1.0 to porch-light");
    let folder = tempfile::tempdir().unwrap();
    for (button, name, proposed) in [
        ("Export CSV…", "mine.csv", "skylift-history.csv"),
        ("Export JSON…", "mine.jsonl", "skylift-history.jsonl"),
    ] {
        let file = folder.path().join(name);
        desk.files.answer(&file);
        desk.click(button);
        desk.told(&format!("The history is saved: {}", file.display()));
        let title = "Export the history";
        assert_eq!(desk.files.asked().last(), Some(&Asked::Save { title, name: proposed.to_owned() }));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.contains("porch-light") && text.contains("1.1.0") && text.contains("validated"),
            "{text}"
        );
    }
    let csv = std::fs::read_to_string(folder.path().join("mine.csv")).unwrap();
    assert_eq!(csv.lines().count(), 2, "{csv}");
    let json = std::fs::read_to_string(folder.path().join("mine.jsonl")).unwrap();
    let update: serde_json::Value = serde_json::from_str(json.trim()).unwrap();
    assert!(update.is_object(), "{update}");
    // Whoever closes the dialog wants none.
    desk.click("Export CSV…");
    desk.until("the dialog", |desk| (desk.files.asked().len() == 3).then_some(()));
    // A file that cannot be written is said.
    desk.files.answer(&folder.path().join("no/such/folder.csv"));
    desk.click("Export CSV…");
    desk.told("The history was not saved");
    assert!(!desk.world.home.path().join("skylift-history.csv").exists());
}

#[test]
fn a_fetch_is_cancelled() {
    let mut world = World::empty();
    world.looks_up();
    let site = Site::with(demo("1.3.0", Behaviour::Healthy).build().unwrap());
    let mut desk = Desk::open(world, WIDE);
    desk.go(Page::Firmware);
    desk.click("Sources");
    desk.type_into("Project on GitHub, or https URL", &site.endless());
    desk.click("Fetch once");
    desk.wait_for(" of 64 KiB from ");
    desk.click("Cancel");
    desk.until("its end", |desk| desk.find("Cancel").is_none().then_some(()));
    assert!(desk.harness.state().state().firmware.entries.is_empty(), "half an image is none");
    // And the next one is not in its way.
    desk.type_into("Project on GitHub, or https URL", &site.quick());
    desk.click("Fetch once");
    desk.wait_for("skylift-demo 1.3.0 is in the library");
}

#[test]
fn a_proof_is_cancelled() {
    let world = World::empty();
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    world.keep(&demo("1.2.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    desk.go(Page::Firmware);
    desk.click("Image skylift-demo 1.2.0");
    desk.click("Certify against…");
    desk.click("Cut the power everywhere");
    desk.wait_for("power cuts, about");
    desk.click("Cancel the proof");
    // What was chosen stays, and nothing is proven.
    desk.until("the choice", |desk| desk.find("Cut the power everywhere").map(drop));
    let state = desk.harness.state().state();
    assert!(state.history.certificates.is_empty());
    assert!(state.firmware.proof.as_ref().is_some_and(|proof| !proof.is_running()));
}

#[test]
fn the_log_is_loaded_again() {
    let mut world = World::empty();
    let _device = world.device("porch-light");
    let mut desk = Desk::open(world, WIDE);
    desk.click("Device porch-light");
    let log = |desk: &mut Desk| {
        let log = desk.harness.state().state().devices.log.clone()?;
        log.text?.ok()
    };
    let before = desk.until("the log", log);
    desk.click("Restart…");
    desk.click("Restart");
    desk.told("porch-light restarts");
    desk.until("new lines", |desk| {
        desk.click_if_there("Load again");
        (log(desk)? != before).then_some(())
    });
}
