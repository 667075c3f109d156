//! The devices page: first start, table, details, menus, and every dialog that opens from there.

use skylift::gui::Page;
use skylift_protocol::ValidationState;
use skylift_simulator::demo_image::Behaviour;

use super::{at_rest, choose, rests, runs, update};
use crate::air::{ATTIC, air, in_air};
use crate::desk::{Desk, SMALL, WIDE};
use crate::walk::Walk;
use crate::world::{World, demo};

/// What a click alone does nothing to be seen with.
const EXCUSED: [(&str, &str); 3] = [
    ("Show the password while held", "it shows only while it is held, as a test in `wifi` does"),
    ("Load again", "the lines are the same until there are new ones, which a test in `flows` waits for"),
    ("Load", "it is seen for a moment, while the log is asked for already"),
];

fn show_all(desk: &mut Desk) {
    desk.go(Page::Devices);
    for name in ["Clear search", "Show all", "Close details"] {
        desk.click_if_there(name);
    }
    choose(desk, "All");
}

fn open(desk: &mut Desk, device: &str) {
    show_all(desk);
    at_rest(desk, &[device]);
    desk.click(&format!("Device {device}"));
    desk.wait_for("Protection");
}

#[test]
fn first_start() {
    let mut walk = Walk::over(&[Page::Devices]).only_while(|desk| desk.engine().devices.is_empty());
    let expected = ["Add by address…", "Start a simulated device", "Address", "Add device", "Cancel"];
    walk.rounds(&expected, |walk| {
        let mut desk = Desk::open(World::empty(), SMALL);
        walk.scene(&mut desk, |desk| {
            desk.go(Page::Devices);
            if desk.harness.state().state().devices.expects_simulated {
                desk.until("the device", |desk| (!desk.engine().devices.is_empty()).then_some(()));
            }
            if desk.engine().devices.is_empty() {
                desk.click("Add by address…");
                desk.type_into("Address", "127.0.0.1:1");
            }
        });
    });
}

#[test]
fn table_details_and_dialogs() {
    let others = [
        ("Search again", "what it finds is seen on the network, in a test of the engine"),
        ("Update when it comes back…", "there only while a device is away; a test in `flows` goes that way"),
    ];
    let mut walk = Walk::over(&[Page::Devices]).but_for(&[&EXCUSED[..], &others].concat());
    let expected = [
        "Tick all devices",
        "Sort by seen",
        "Clear search",
        "Show all",
        "Copy address",
        "Identify",
        "Restart",
        "Leave it running",
        "Prove rollback…",
        "Begin the drill",
        "Change WiFi…",
        "Move it",
        "Forget",
        "Keep it",
        "Rename",
        "Show verdict",
        "Show in history",
        "Copy reason",
        "Copy the log",
        "Load again",
        "Add",
        "Close",
        "More for this device",
    ];
    walk.rounds(&expected, |walk| {
        let mut world = World::empty();
        let _porch = world.device_with("porch-light", |config| in_air(config, &air()));
        let _cellar = world.device("cellar-fan");
        world.keep(&demo("1.1.0", Behaviour::Healthy));
        world.keep(&demo("1.2.0", Behaviour::Crash));
        world.looks_up();
        let mut desk = Desk::open(world, WIDE);
        desk.wait_for("Device porch-light");
        desk.wait_for("Device cellar-fan");
        walk.scene(&mut desk, show_all);
        walk.scene(&mut desk, |desk| {
            show_all(desk);
            desk.fill("Find a device", "nothing like it");
        });
        walk.scene(&mut desk, |desk| open(desk, "porch-light"));
        walk.scene(&mut desk, |desk| {
            open(desk, "porch-light");
            desk.click("More for this device");
        });
        walk.scene(&mut desk, |desk| {
            open(desk, "porch-light");
            desk.click("Change…");
            desk.type_into("Name of the network", "attic");
            desk.type_into("Password of the network", ATTIC);
        });
        walk.scene(&mut desk, |desk| {
            open(desk, "porch-light");
            desk.fill("New tag", "outdoor");
        });
        update(&mut desk, "cellar-fan", "1.2.0");
        assert_eq!(desk.verdict(), "rolled_back");
        walk.scene(&mut desk, |desk| open(desk, "cellar-fan"));
        // Another window knows of that end by the device's word alone.
        let mut desk = desk.reopen(WIDE);
        desk.wait_for("Device cellar-fan");
        walk.scene(&mut desk, |desk| open(desk, "cellar-fan"));
    });
}

#[test]
fn a_device_goes_back_from_its_menu() {
    let mut world = World::empty();
    let _device = world.device("porch-light");
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    desk.wait_for("Device porch-light");
    open(&mut desk, "porch-light");
    desk.click("More for this device");
    assert!(desk.find("Roll back…").is_none(), "its other slot holds no image");
    egui::Popup::close_all(&desk.harness.ctx);
    update(&mut desk, "porch-light", "1.1.0");
    assert_eq!(desk.verdict(), "validated");
    desk.until("the new one", |desk| runs(desk, "porch-light", "1.1.0").then_some(()));
    open(&mut desk, "porch-light");
    for name in ["More for this device", "Roll back…", "Roll back"] {
        desk.click(name);
    }
    desk.until("what ran before", |desk| runs(desk, "porch-light", "1.0.0").then_some(()));
}

#[test]
fn on_probation() {
    let mut world = World::empty();
    let _device = world.device_with("porch-light", |config| {
        config.node.trial.well_for = embassy_time::Duration::from_secs(90);
    });
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    world.keep(&demo("1.2.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    let on_probation = |desk: &Desk| {
        let mut devices = desk.engine().devices.iter().filter_map(|it| it.status.as_ref());
        devices.any(|status| status.validation.state == ValidationState::Pending)
    };
    let excused =
        [EXCUSED[1], EXCUSED[2], ("Device DEVICE", "its details are open already; another test opens them")];
    let mut walk = Walk::over(&[Page::Devices]).but_for(&excused).only_while(on_probation);
    let pending = |desk: &mut Desk| {
        let device = desk.engine().devices.iter().find(|it| it.label() == "porch-light")?.clone();
        let state = device.status.as_ref()?.validation.state;
        Some((state == ValidationState::Pending).then(|| device.version.clone()))
    };
    let expected = ["Validate now…", "Validate now", "Let it check itself", "Validate…", "Roll back…"];
    walk.rounds(&expected, |walk| {
        walk.scene(&mut desk, |desk| {
            desk.until("a device on probation", |desk| {
                show_all(desk);
                if desk.until("the device", pending).is_none() {
                    at_rest(desk, &["porch-light"]);
                    let runs = |desk: &mut Desk| {
                        let device = desk.engine().devices.iter().find(|it| it.label() == "porch-light")?;
                        Some(device.version.clone())
                    };
                    let runs = desk.until("the device", runs);
                    update(desk, "porch-light", if runs == "1.1.0" { "1.2.0" } else { "1.1.0" });
                    desk.until("probation", |desk| pending(desk).flatten());
                }
                show_all(desk);
                desk.click_if_there("Device porch-light");
                desk.find("Validate now…").map(drop)
            });
        });
    });
}

/// Starts a simulated device. Where others are known there is a button for it in a wide window.
fn start(desk: &mut Desk) {
    if desk.find("Start a simulated device").is_some() {
        return desk.click("Start a simulated device");
    }
    desk.harness.set_size(WIDE.into());
    desk.click("Simulate one");
    desk.harness.set_size(NARROW.into());
    desk.settle();
}

const NARROW: [f32; 2] = [700.0, 600.0];

#[test]
fn of_a_simulated_device_and_in_a_narrow_window() {
    let mut desk = Desk::open(World::empty(), NARROW);
    let in_detail = |desk: &Desk| {
        desk.find("Back to all devices").is_some() || desk.harness.state().state().dialog.is_some()
    };
    let mut walk = Walk::over(&[Page::Devices]).but_for(&EXCUSED).only_while(in_detail);
    walk.rounds(&["Back to all devices", "Stop simulated device…", "Keep it running", "Stop"], |walk| {
        walk.scene(&mut desk, |desk| {
            desk.go(Page::Devices);
            // One that was stopped may go only now.
            let name = desk.until("the device", |desk| {
                let state = desk.harness.state().state();
                if state.simulated.is_empty() && !state.devices.expects_simulated {
                    start(desk);
                }
                let [id] = &desk.harness.state().state().simulated[..] else { return None };
                let name = desk.engine().devices.iter().find(|it| it.id == *id)?.label().to_owned();
                rests(desk, &[&name]).then_some(name)
            });
            if desk.find("Back to all devices").is_none() {
                desk.click(&format!("Device {name}"));
            }
            desk.until("its log", |desk| desk.find("Load again").map(drop));
        });
    });
}
