//! Every way an update can end, started with clicks, and told on the window.

use std::time::Duration;

use skylift::engine::{Phase, Verdict};
use skylift_protocol::Chip;
use skylift_simulator::Device;
use skylift_simulator::demo_image::{Behaviour, DemoImage};

use crate::desk::{Desk, WIDE};
use crate::world::{World, demo};

/// A window with a device in it, whose update to an image is planned and waits for its start.
fn planned(desk: &mut Desk, device: &str, image: &str) {
    desk.click(&format!("Device {device}"));
    desk.click("Update…");
    desk.click(&format!("Image skylift-demo {image}"));
}

fn downloads(desk: &mut Desk) {
    desk.until("bytes in flash", |desk| match desk.job()?.phase {
        Phase::Downloading(progress) if progress.written > 0 => Some(()),
        _ => None,
    });
}

/// A link that leaves time to do something during the download.
fn slow(config: &mut skylift_simulator::DeviceConfig) {
    config.faults = "rate=20000".parse().unwrap();
}

#[test]
fn good() {
    let mut world = World::empty();
    let _device = world.device("porch-light");
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    planned(&mut desk, "porch-light", "1.1.0");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "validated");
    desk.wait_for("porch-light restarted into 1.1.0, has checked itself, and keeps it.");
}

#[test]
fn bad_and_rolled_back() {
    let mut world = World::empty();
    let _device = world.device("porch-light");
    world.keep(&demo("1.1.0", Behaviour::Crash));
    let mut desk = Desk::open(world, WIDE);
    planned(&mut desk, "porch-light", "1.1.0");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "rolled_back");
    desk.wait_for("Rolled back to 1.0.0");
    desk.wait_for("What to do next");
    // The device needs attention now, and its page says why.
    desk.click("Devices");
    desk.click("Needs attention");
    desk.click("Device porch-light");
    desk.wait_for("1.1.0 rolled back to 1.0.0");
}

#[test]
fn cancelled() {
    let mut world = World::empty();
    let _device = world.device_with("porch-light", slow);
    world.keep(&DemoImage { size: 256 << 10, ..demo("1.1.0", Behaviour::Healthy) });
    let mut desk = Desk::open(world, WIDE);
    planned(&mut desk, "porch-light", "1.1.0");
    desk.click("Start update");
    downloads(&mut desk);
    desk.click("Stop the update of porch-light");
    desk.wait_for("Stop the update of porch-light?");
    desk.click("Keep updating");
    assert!(desk.job().unwrap().verdict.is_none(), "the safe answer stops nothing");
    desk.click("Stop the update of porch-light");
    desk.click("Stop");
    assert_eq!(desk.verdict(), "failed");
    desk.wait_for("Cancelled");
    desk.wait_for("Runs 1.0.0 now, state valid, confirmed by the device.");
}

#[test]
fn lost() {
    let mut world = World::empty();
    world.config.timing.silence = Duration::from_secs(2);
    world.config.timing.comeback = Duration::from_secs(2);
    let device = world.device_with("porch-light", slow);
    world.keep(&DemoImage { size: 256 << 10, ..demo("1.1.0", Behaviour::Healthy) });
    let mut desk = Desk::open(world, WIDE);
    planned(&mut desk, "porch-light", "1.1.0");
    desk.click("Start update");
    downloads(&mut desk);
    device.power_off();
    assert_eq!(desk.verdict(), "lost");
    desk.wait_for("Lost, last seen at");
    desk.wait_for("It may still come back");
    // It does, and the verdict is corrected.
    device.power_on();
    desk.until("the correction", |desk| {
        matches!(desk.job()?.verdict, Some(Verdict::Failed { .. })).then_some(())
    });
}

#[test]
fn refused_before_anything_is_sent() {
    let mut world = World::empty();
    let _device = world.device("porch-light");
    world.keep(&DemoImage { chip: Chip::Esp32S3, ..demo("1.1.0", Behaviour::Healthy) });
    world.keep(&DemoImage { project: "other".to_owned(), ..demo("1.2.0", Behaviour::Healthy) });
    let mut desk = Desk::open(world, WIDE);
    planned(&mut desk, "porch-light", "1.1.0");
    desk.wait_for("Will be refused");
    assert!(desk.find("Start update").is_none(), "nobody would take it");
    desk.click("Image other 1.2.0");
    desk.wait_for("Will be refused");
    desk.click("Allow an image of another project");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "validated");
}

/// A plan for two devices, of which only the second, cellar, has the image's chip.
fn planned_for_two_chips() -> (Desk, [Device; 2]) {
    let mut world = World::empty();
    let bench = world.device("bench");
    let s3 = DemoImage { chip: Chip::Esp32S3, ..demo("1.0.0", Behaviour::Healthy) }.build().unwrap();
    let cellar = world.device_running("cellar", s3, |config| config.chip = Chip::Esp32S3);
    world.keep(&DemoImage { chip: Chip::Esp32S3, ..demo("1.1.0", Behaviour::Healthy) });
    let mut desk = Desk::open(world, WIDE);
    desk.click("Tick bench");
    desk.click("Tick cellar");
    desk.click("Update 2…");
    desk.click("Image skylift-demo 1.1.0");
    (desk, [bench, cellar])
}

#[test]
fn refused_by_the_first_of_two() {
    let (mut desk, _devices) = planned_for_two_chips();
    desk.click("Start update");
    desk.told("bench refused 1.1.0, nothing was written");
    desk.until("the end of the rollout", |desk| desk.engine().rollouts.last()?.ended.then_some(()));
    // The one that goes first has not tried the image, so nobody knows whether it is good.
    desk.wait_for("Not begun");
    desk.click("Verdict of bench");
    desk.wait_for("Refused, nothing was written");
}

#[test]
fn without_a_canary_and_without_a_limit_the_second_is_tried_too() {
    let (mut desk, _devices) = planned_for_two_chips();
    desk.click("One device first, the others only if it validates");
    desk.click("Begin no more after the first failure");
    desk.click("Start update");
    desk.told("cellar validated 1.1.0");
    let rollout = desk.until("the rollout", |desk| desk.engine().rollouts.last().cloned());
    assert!(rollout.members.iter().all(|member| !member.canary));
}
