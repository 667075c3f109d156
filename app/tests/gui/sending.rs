//! What goes on the air: each way with its cost before the start, the one that was chosen, and what was saved after.

use skylift::gui::Page;
use skylift_protocol::Encoding;
use skylift_simulator::Device;
use skylift_simulator::demo_image::Behaviour;

use crate::desk::{Desk, SMALL, WIDE};
use crate::world::{World, demo};

const FIRST: &str = "1.0.0";

/// A device whose running image is in the library, and two that it can be updated to.
fn world(change: impl FnOnce(&mut skylift_simulator::DeviceConfig)) -> (World, Device) {
    let mut world = World::empty();
    for version in [FIRST, "1.1.0", "1.2.0"] {
        world.keep(&demo(version, Behaviour::Healthy));
    }
    let first = demo(FIRST, Behaviour::Healthy).build().unwrap();
    let device = world.device_running("porch-light", first, change);
    (world, device)
}

fn plan(desk: &mut Desk, image: &str) {
    desk.go(Page::Devices);
    desk.click("Device porch-light");
    desk.click("Update…");
    desk.click(&format!("Image skylift-demo {image}"));
}

/// The way of this name as it is read out, once it is there: `Delta, 1.1 KiB, 2.3 s, taken`.
fn way(desk: &mut Desk, name: &str) -> String {
    let begins = format!("{name}, ");
    desk.until(name, |desk| desk.texts().into_iter().find(|text| text.starts_with(&begins)))
}

fn sent(desk: &mut Desk, end: &str) -> Encoding {
    let before = desk.engine().jobs.len();
    desk.click("Start update");
    desk.until("its begin", |desk| (desk.engine().jobs.len() > before).then_some(()));
    assert_eq!(desk.verdict(), end);
    desk.job().unwrap().sending.unwrap().encoding
}

#[test]
fn every_way_is_shown_with_its_cost_and_the_chosen_one_is_taken() {
    let (world, _device) = world(|_| ());
    let mut desk = Desk::open(world, WIDE);
    plan(&mut desk, "1.1.0");
    let delta = way(&mut desk, "Delta");
    assert!(delta.ends_with(", taken"), "{delta}");
    for other in ["Compressed", "Raw"] {
        let other = way(&mut desk, other);
        assert!(other.contains(" KiB, ") && !other.contains("taken"), "{other}");
    }
    desk.click("Raw");
    let raw = way(&mut desk, "Raw");
    assert!(raw.starts_with("Raw, 64.0 KiB, ") && raw.ends_with(", taken"), "{raw}");
    assert!(!desk.shows("Saves"), "raw saves nothing");
    assert_eq!(sent(&mut desk, "validated"), Encoding::Raw);
    assert!(!desk.shows("saves"), "{:#?}", desk.texts());
    // The next one goes the cheapest way by itself, and what that has saved is told everywhere.
    desk.until("its new image", |desk| (desk.engine().devices[0].version == "1.1.0").then_some(()));
    plan(&mut desk, "1.2.0");
    desk.wait_for("Saves 9");
    assert_eq!(sent(&mut desk, "validated"), Encoding::Delta);
    desk.wait_for("Sent delta, ");
    desk.wait_for("instead of 64 KiB, saves 9");
    desk.told("porch-light validated 1.2.0: Sent delta, ");
    desk.go(Page::History);
    desk.click("Update skylift-demo 1.2.0 to porch-light");
    desk.wait_for("delta, ");
    // What was kept for that can be deleted.
    desk.go(Page::Settings);
    desk.click("Delete sent images…");
    desk.wait_for("Delete the images that were sent?");
    desk.click("Delete");
    desk.click("Delete compressed images and deltas");
    for (delete, kept) in [("Delete sent images…", 0), ("Delete compressed images and deltas", 1)] {
        desk.until("nothing kept", |desk| {
            let saved = desk.harness.state().state().settings.saved?;
            ([saved.images, saved.streams][kept] == 0 && desk.find(delete).is_none()).then_some(())
        });
    }
}

#[test]
fn an_older_device_is_sent_raw_and_says_why() {
    let (world, _device) = world(|config| config.node.encodings.clear());
    let mut desk = Desk::open(world, SMALL);
    plan(&mut desk, "1.1.0");
    assert_eq!(way(&mut desk, "Delta"), "Delta, not understood");
    assert_eq!(way(&mut desk, "Compressed"), "Compressed, not understood");
    assert!(way(&mut desk, "Raw").ends_with(", taken"));
    assert!(desk.find("Delta").is_none() && desk.find("Cheapest").is_some(), "nobody takes a delta");
    assert_eq!(sent(&mut desk, "validated"), Encoding::Raw);
}
