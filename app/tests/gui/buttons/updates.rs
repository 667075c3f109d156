//! The updates page: list, plan, board and verdicts, with updates that run, end well, end badly, and are stopped.

use std::sync::Arc;

use skylift::engine::{Presence, Rollout};
use skylift::gui::Page;
use skylift_simulator::DeviceConfig;
use skylift_simulator::demo_image::{Behaviour, DemoImage};

use super::{at_rest, choose, is_about, no_update_runs, runs, tick, update};
use crate::desk::{Desk, SMALL, WIDE};
use crate::walk::Walk;
use crate::world::{World, demo};

fn slow(config: &mut DeviceConfig) {
    config.faults = "rate=3000".parse().unwrap();
}

/// Large enough that its download leaves time for clicks.
fn large(version: &str) -> DemoImage {
    DemoImage { size: 256 << 10, ..demo(version, Behaviour::Healthy) }
}

/// Back to the list of all updates, from wherever the page is.
fn list(desk: &mut Desk) {
    desk.go(Page::Updates);
    while desk.find("Updates").is_some() && crumb(desk) {
        desk.draw();
    }
}

/// Clicks the crumb that leads back; false if there is none.
fn crumb(desk: &mut Desk) -> bool {
    let Some(crumb) = desk.find_as(egui::accesskit::Role::Button, "Updates") else { return false };
    desk.click_at(crumb.rect().center());
    desk.draw();
    true
}

#[test]
fn before_there_is_an_update() {
    let mut walk = Walk::over(&[Page::Updates]);
    walk.rounds(&["Find a device first", "Open history", "New update…", "Cancel", "Add image…"], |walk| {
        let mut desk = Desk::open(World::empty(), SMALL);
        walk.scene(&mut desk, |desk| desk.go(Page::Updates));
        let mut world = World::empty();
        let _device = world.device("porch-light");
        let mut desk = Desk::open(world, SMALL);
        desk.wait_for("Device porch-light");
        walk.scene(&mut desk, list);
    });
}

#[test]
fn plan() {
    let mut world = World::empty();
    let devices = [world.device("bench"), world.device("porch-light"), world.device("cellar-fan")];
    world.keep(&demo("0.9.0", Behaviour::Healthy));
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    world.keep(&demo("1.2.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    for name in ["bench", "porch-light", "cellar-fan"] {
        desk.wait_for(&format!("Device {name}"));
    }
    devices[0].power_off();
    desk.until("its absence", |desk| {
        desk.engine().devices.iter().any(|it| it.presence == Presence::Offline).then_some(())
    });
    let mut walk = Walk::over(&[Page::Updates]).only_while(|desk| is_about(desk, "Plan"));
    let settled = |desk: &mut Desk| {
        let waits = |it: &Arc<Rollout>| it.counts.away > 0 && it.counts.running == 0 && !it.ended;
        desk.until("no update runs", |desk| {
            let waiting = desk.engine().rollouts.iter().find(|it| waits(it)).cloned();
            // The device that is away does not come back.
            if let Some(rollout) = waiting {
                list(desk);
                let (version, devices) = (&rollout.image.version, rollout.members.len());
                desk.click(&format!("Open skylift-demo {version} to {devices} devices"));
                desk.click("Stop…");
                desk.click("Stop");
                desk.until("its end", |desk| (!desk.engine().rollouts.iter().any(waits)).then_some(()));
            }
            no_update_runs(desk.engine()).then_some(())
        });
    };
    let expected = [
        "Start update",
        "Update 2 devices",
        "Other devices",
        "One device first, the others only if it validates",
        "Begin no more after the first failure",
        "Erase waiting devices ahead of time",
        "Cheapest",
        "Compressed",
        "Raw",
        "Update those that do not answer when they come back, while Skylift is open",
        "Allow an image of another project",
        "Put VERSION on",
    ];
    walk.rounds(&expected, |walk| {
        // Of one device.
        walk.scene(&mut desk, |desk| {
            settled(desk);
            desk.go(Page::Devices);
            choose(desk, "All");
            desk.click("Device porch-light");
            desk.click("Update…");
            desk.wait_for("Care");
        });
        // Of all, of which one is away.
        walk.scene(&mut desk, |desk| {
            settled(desk);
            list(desk);
            desk.click("New update…");
            desk.click("Image skylift-demo 1.2.0");
            for name in ["bench", "porch-light", "cellar-fan"] {
                tick(desk, &format!("Update {name}"), true);
            }
        });
        // An older version.
        walk.scene(&mut desk, |desk| {
            settled(desk);
            list(desk);
            desk.click("New update…");
            desk.click("Image skylift-demo 0.9.0");
            let names = ["porch-light", "cellar-fan"];
            // What a device runs is told a moment after its update.
            let device = desk.until("a device that does not run it", |desk| {
                let found = names.into_iter().find(|chosen| {
                    for name in names {
                        tick(desk, &format!("Update {name}"), name == *chosen);
                    }
                    desk.find("Start update").is_some()
                });
                if found.is_none() && names.iter().all(|name| runs(desk, name, "0.9.0")) {
                    update(desk, "porch-light", "1.2.0");
                    settled(desk);
                    list(desk);
                    desk.click("New update…");
                    desk.click("Image skylift-demo 0.9.0");
                }
                found
            });
            desk.click("Start update");
            desk.wait_for(&format!("Put the older 0.9.0 on {device}?"));
        });
    });
}

#[test]
fn board() {
    let mut world = World::empty();
    let _devices = [world.device_with("porch-light", slow), world.device_with("cellar-fan", slow)];
    world.keep(&large("1.1.0"));
    let mut desk = Desk::open(world, WIDE);
    desk.wait_for("Device porch-light");
    desk.wait_for("Device cellar-fan");
    let mut walk = Walk::over(&[Page::Updates]).only_while(|desk| is_about(desk, "Board"));
    let started = |desk: &mut Desk| {
        desk.until("a download", |desk| {
            if no_update_runs(desk.engine()) {
                list(desk);
                at_rest(desk, &["porch-light", "cellar-fan"]);
                desk.click("New update…");
                desk.click("Image skylift-demo 1.1.0");
                for name in ["porch-light", "cellar-fan"] {
                    tick(desk, &format!("Update {name}"), true);
                }
                tick(desk, "One device first, the others only if it validates", false);
                tick(desk, "Begin no more after the first failure", false);
                desk.click("Update 2 devices");
                desk.until("its begin", |desk| (!no_update_runs(desk.engine())).then_some(()));
            }
            let mut running = desk.engine().jobs.iter().filter(|job| job.verdict.is_none());
            running.find(|job| job.phase.progress().is_some()).map(drop)
        });
        list(desk);
        desk.click("Open skylift-demo 1.1.0 to 2 devices");
    };
    let expected = [
        "Stop…",
        "Stop",
        "Keep updating",
        "Stop the update of DEVICE",
        "N cancelled",
        "Copy events",
        "Copy figures",
        "Try the failed ones again…",
        "Verdict of DEVICE",
    ];
    walk.rounds(&expected, |walk| {
        walk.scene(&mut desk, started);
        // One was stopped, or all were.
        walk.scene(&mut desk, |desk| {
            desk.until("its end", |desk| {
                let has_ended = no_update_runs(desk.engine());
                if !has_ended {
                    list(desk);
                    desk.click("Open skylift-demo 1.1.0 to 2 devices");
                    desk.click_if_there("Stop…");
                    desk.click_if_there("Stop");
                }
                has_ended.then_some(())
            });
            list(desk);
            desk.click("Open skylift-demo 1.1.0 to 2 devices");
        });
    });
}

#[test]
fn verdicts() {
    let mut world = World::empty();
    let _porch = world.device("porch-light");
    let _cellar = world.device("cellar-fan");
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    world.keep_built(&demo("1.2.0", Behaviour::Crash), "/a/project/that/is/not/there");
    let mut desk = Desk::open(world, WIDE);
    desk.wait_for("Device porch-light");
    desk.wait_for("Device cellar-fan");
    let mut walk = Walk::over(&[Page::Updates]).only_while(|desk| !is_about(desk, "Plan"));
    let again = |device: &'static str, image: &'static str, end: &'static str| {
        move |desk: &mut Desk| {
            desk.until("no update runs", |desk| no_update_runs(desk.engine()).then_some(()));
            at_rest(desk, &["porch-light", "cellar-fan"]);
            let title = format!("Open skylift-demo {image} to {device}");
            list(desk);
            if desk.find(&title).is_none() {
                update(desk, device, image);
                assert_eq!(desk.verdict(), end);
                list(desk);
            }
            desk.click(&title);
            desk.until("the history", |desk| desk.find("Export report…").map(drop));
        }
    };
    let expected = [
        "Close",
        "Export report…",
        "Copy digest of the running image",
        "Copy",
        "Show device",
        "Roll back…",
        "Roll back",
        "Build and update…",
        "Choose an image…",
        "Keep VERSION",
    ];
    walk.rounds(&expected, |walk| {
        walk.scene(&mut desk, again("cellar-fan", "1.1.0", "validated"));
        walk.scene(&mut desk, again("porch-light", "1.2.0", "rolled_back"));
    });
}
