//! Serving, history, messages and settings.

use skylift::gui::Page;
use skylift::store::{Certified, Database};
use skylift_protocol::Chip;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::certify::{Request, Streams, Watch, certify};
use skylift_simulator::demo_image::{Behaviour, DemoImage};

use super::keys::EYE;
use super::{at_rest, choose, no_update_runs, update};
use crate::desk::{Desk, WIDE};
use crate::walk::Walk;
use crate::world::{World, demo};

#[test]
fn serving() {
    let mut walk = Walk::over(&[Page::Serve]);
    let expected =
        ["Open firmware", "Serve skylift-demo VERSION", "Stop serving", "Copy URL URL", "Toit", "Copy lines"];
    walk.rounds(&expected, |walk| {
        let mut desk = Desk::open(World::empty(), WIDE);
        walk.scene(&mut desk, |desk| desk.go(Page::Serve));
        let world = World::empty();
        world.keep(&demo("1.1.0", Behaviour::Healthy));
        let mut desk = Desk::open(world, WIDE);
        walk.scene(&mut desk, |desk| {
            desk.go(Page::Serve);
            desk.until("the list", |desk| {
                desk.click_if_there("Stop serving");
                desk.find("Serve skylift-demo 1.1.0").map(drop)
            });
        });
        walk.scene(&mut desk, |desk| {
            desk.go(Page::Serve);
            desk.until("the lines", |desk| {
                desk.click_if_there("Serve skylift-demo 1.1.0");
                desk.shows("Lines for a device").then_some(())
            });
        });
    });
}

/// An update that did not go well, one of several devices, and two proofs.
fn with_a_past() -> (Desk, [skylift_simulator::Device; 2]) {
    let mut world = World::empty();
    let devices = [world.device("porch-light"), world.device("cellar-fan")];
    let [old, new] =
        ["1.1.0", "1.3.0"].map(|version| DemoImage { size: 2048, ..demo(version, Behaviour::Healthy) });
    world.keep(&old);
    world.keep(&demo("1.2.0", Behaviour::Crash));
    let [old, new] = [old, new].map(|demo| demo.build().unwrap());
    for (old, new) in [(&old, &new), (&new, &old)] {
        let request = Request {
            old,
            new,
            streams: Streams::default(),
            table: None,
            bootloader: Bootloader::Stock,
            seed: 1,
        };
        let never = std::sync::atomic::AtomicBool::new(false);
        let proof = certify(&request, Watch { progress: &|_| (), cancel: &never }).unwrap();
        let proof = Certified::new(&proof, Chip::Esp32C3, std::time::SystemTime::now());
        Database::open(&world.data()).unwrap().keep_certificate(&proof).unwrap();
    }
    let mut desk = Desk::open(world, WIDE);
    desk.wait_for("Device porch-light");
    desk.wait_for("Device cellar-fan");
    update(&mut desk, "porch-light", "1.2.0");
    assert_eq!(desk.verdict(), "rolled_back");
    desk.go(Page::Devices);
    desk.click("Tick porch-light");
    desk.click("Tick cellar-fan");
    desk.click("Update 2…");
    desk.click("Image skylift-demo 1.1.0");
    desk.click("Update 2 devices");
    desk.until("its end", |desk| {
        (desk.engine().jobs.len() == 3 && no_update_runs(desk.engine())).then_some(())
    });
    (desk, devices)
}

#[test]
fn history() {
    let mut walk = Walk::over(&[Page::History]);
    let (mut desk, _devices) = with_a_past();
    let all = |desk: &mut Desk| {
        desk.until("no update runs", |desk| no_update_runs(desk.engine()).then_some(()));
        at_rest(desk, &["porch-light", "cellar-fan"]);
        desk.go(Page::History);
        desk.click_if_there("Show all updates");
        choose(desk, "All");
        desk.wait_for("Update skylift-demo 1.2.0 to porch-light");
    };
    let expected = [
        "Export CSV…",
        "Export JSON…",
        "Find an update",
        "Show all updates",
        "Save report…",
        "Run again…",
        "Run again for all…",
        "Certificates",
        "Copy device id",
        "Copy digest of the partition table",
        "Copy log",
    ];
    walk.rounds(&expected, |walk| {
        walk.scene(&mut desk, all);
        for update in ["1.1.0 to 2 devices", "1.2.0 to porch-light"] {
            walk.scene(&mut desk, |desk| {
                all(desk);
                desk.click(&format!("Update skylift-demo {update}"));
                desk.wait_for("Image and device");
            });
        }
        walk.scene(&mut desk, |desk| {
            all(desk);
            desk.fill("Find an update", "nothing like it");
        });
        walk.scene(&mut desk, |desk| {
            all(desk);
            desk.click("Certificates");
            desk.wait_for("Made with");
        });
    });
}

#[test]
fn messages() {
    let mut walk = Walk::over(&[Page::Messages]);
    let mut desk = Desk::open(World::empty(), WIDE);
    walk.rounds(&["Clear messages", "Copy message"], |walk| {
        walk.scene(&mut desk, |desk| {
            if desk.said().is_empty() {
                desk.go(Page::Firmware);
                desk.fill("Path of an image or a project", "/not/there");
                desk.click("Add");
                desk.told("/not/there was not added");
            }
            desk.go(Page::Messages);
        });
    });
}

#[test]
fn settings() {
    let mut walk = Walk::over(&[Page::Settings]).but_for(&[EYE]);
    let mut desk = Desk::open(World::empty(), WIDE);
    let expected = ["Dark", "Light", "200\u{202F}%", "Desktop notifications", "Copy data folder", "Import…"];
    walk.rounds(&expected, |walk| {
        walk.scene(&mut desk, |desk| {
            desk.go(Page::Settings);
            choose(desk, "100\u{202F}%");
            if desk.find("Reset devices at the same time").is_none() {
                desk.type_into("Devices at the same time", "1");
                desk.key(egui::Modifiers::NONE, egui::Key::Enter);
                desk.until("it is kept", |desk| desk.find("Reset devices at the same time").map(drop));
            }
        });
    });
}
