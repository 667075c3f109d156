//! A computer without any network: the window comes up and says so.

use std::process::Command;

use skylift::gui::Page;
use skylift_simulator::demo_image::Behaviour;

use crate::desk::{Desk, WIDE};
use crate::world::{World, demo};

/// Runs the test below in a network namespace of its own, in which not even the loopback is up.
#[test]
fn the_window_comes_up_and_says_so() {
    let alone = |program: &str, arguments: &[&str]| {
        Command::new("unshare").args(["--map-root-user", "--net", program]).args(arguments).output()
    };
    if !alone("true", &[]).is_ok_and(|output| output.status.success()) {
        println!("SKIPPED: the kernel lets this user make no network namespaces");
        return;
    }
    let this = std::env::current_exe().unwrap();
    let inside = ["--exact", "no_network::inside", "--ignored", "--nocapture"];
    let output = alone(this.to_str().unwrap(), &inside).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{output:?}");
}

#[test]
#[ignore = "runs in a network namespace, where the test above puts it"]
fn inside() {
    let world = World::empty();
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    desk.wait_for("No network");
    desk.click("Start a simulated device");
    desk.told("The simulated device runs, but cannot be reached");
    for page in Page::ALL {
        desk.go(page);
    }
    desk.go(Page::Serve);
    desk.click("Serve skylift-demo 1.1.0");
    desk.until("what it is served at, or why it is not", |desk| {
        let words = ["cannot be served", "no address that a device could reach", "Only this computer itself"];
        words.iter().any(|words| desk.shows(words)).then_some(())
    });
}
