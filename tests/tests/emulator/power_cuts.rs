//! Power cuts at random moments of updates: the board boots after each, and what it runs is one of the two images.

use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;
use skylift_protocol::Pairing;

use crate::firmware::{Build, as_version, built};
use crate::laptop::{Laptop, Way};
use crate::qemu::Qemu;
use crate::updates::fresh;

/// As long as an update takes with its probation, and a little more, so that cuts fall into all of it.
const LATEST_MS: u64 = 18_000;

fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}: {text}")))
}

#[test]
fn a_board_boots_after_a_power_cut_at_any_moment() {
    let Some(qemu) = Qemu::find() else { return };
    let cuts = from_environment("SKYLIFT_CUTS", 50);
    let seed = from_environment("SKYLIFT_SEED", fastrand::u64(..));
    println!("{cuts} power cuts with SKYLIFT_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let stock = built(Build::Stock);
    let (mut board, first) = fresh(&qemu, Pairing::Open);
    let laptop = Laptop::new();
    let (mut runs, mut step) = (version(&first), 1);
    for cut in 1..=cuts {
        // The same again until it has come to run, so that the board goes on where it was cut.
        let next = format!("{step}.0.0");
        let way = if random.bool() { Way::Pull } else { Way::Push };
        let update = laptop.begin(&board, &as_version(&stock.image, &next), way);
        // Nothing is waited for: this is the moment.
        let moment = Duration::from_millis(random.u64(..LATEST_MS));
        std::thread::sleep(moment);
        let said = board.says();
        board.cut_power();
        drop(update);
        board.switch_on();
        let status = board.await_status("it boots", |_| true);
        let now = version(&status);
        println!(
            "{cut}: {way:?} of {next}, cut after {moment:?} while {}: it runs {now}, {}",
            said.map_or_else(|| "it was silent".to_owned(), |said| said["phase"].to_string()),
            status["validation"]["state"],
        );
        assert!(now == runs || now == next, "it ran {runs}: {status}");
        // What is on probation is kept or comes back, before it takes another order.
        let settled = board.await_status("it is settled", |now| now["validation"]["state"] == "valid");
        assert!([&runs, &next].contains(&&version(&settled)), "it ran {runs}: {settled}");
        runs = version(&settled);
        step += u32::from(runs == next);
    }
    // And it can still be updated.
    laptop.update(&board, &as_version(&stock.image, "9999.0.0"), Way::Pull).expect(0, "validated", None);
}

fn version(status: &Value) -> String {
    status["running"]["version"].as_str().unwrap().to_owned()
}
