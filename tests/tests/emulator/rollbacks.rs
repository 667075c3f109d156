//! Updates that do not: each build that misbehaves is rolled back by the boot guard in it, for the bootloader has none,
//! and the board says why.

use serde_json::json;
use skylift_protocol::Pairing;

use crate::firmware::{Build, as_version, built};
use crate::laptop::{Laptop, Way};
use crate::qemu::Qemu;
use crate::updates::fresh;

fn comes_back(behaviour: &'static str, reason: &str) {
    let Some(qemu) = Qemu::find() else { return };
    let bad = built(Build::Misbehaves(behaviour));
    let (board, before) = fresh(&qemu, Pairing::Open);
    let laptop = Laptop::new();
    let verdict = laptop.update(&board, &bad.image, Way::Pull);
    verdict.expect(3, "rolled_back", Some(reason));
    println!("{behaviour}: {}", verdict.last);
    let after = board.await_status("the old image runs", |_| true);
    assert_eq!(after["running"], before["running"]);
    assert_eq!((&after["validation"]["state"], &after["protection"]), (&json!("valid"), &json!("guard")));
    // It is none the worse for it.
    let good = as_version(&built(Build::Stock).image, "99.0.0");
    laptop.update(&board, &good, Way::Pull).expect(0, "validated", None);
}

#[test]
fn a_build_that_crashes() {
    comes_back("crash", "panic");
}

#[test]
fn a_build_that_hangs_right_after_its_start() {
    comes_back("hang", "watchdog");
}

#[test]
fn a_build_without_network() {
    comes_back("no-network", "no_network");
}

#[test]
fn a_build_that_never_validates() {
    comes_back("never-validates", "not_validated");
}
