//! From the start to a validated update in at most four clicks and without a key.

use skylift::gui::Page;
use skylift_protocol::Encoding;

use crate::desk::{Desk, SMALL, WIDE};
use crate::world::World;

fn in_four_clicks(size: [f32; 2]) {
    let mut desk = Desk::open(World::empty(), size);
    desk.click("Start a simulated device");
    desk.click("Update…");
    desk.click("Start update");
    assert_eq!(desk.verdict(), "validated");
    desk.wait_for("Validated 1.1.0");
    desk.wait_for("Confirmed by the device");
    assert!(desk.clicks <= 4 && desk.keys == 0, "{} clicks, {} keys", desk.clicks, desk.keys);

    // What it began with is kept, so that already its first update is a delta.
    let job = desk.job().unwrap();
    assert_eq!(job.sending.as_ref().unwrap().encoding, Encoding::Delta);
    // Nobody is believed but the device: what it says runs is what was sent.
    let status = desk.engine().device(&job.device).unwrap().status.clone().unwrap();
    assert_eq!(status.running.image_sha256, job.image.image_sha256);
    // And it is in the history.
    desk.go(Page::History);
    desk.wait_for("Update skylift-demo 1.1.0 to sim-1");
}

#[test]
fn on_a_large_screen() {
    in_four_clicks(WIDE);
}

#[test]
fn in_a_small_window() {
    in_four_clicks(SMALL);
}
