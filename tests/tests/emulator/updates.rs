//! Updates that go well: pulled and pushed, of an open board and of one with an owner.

use serde_json::{Value, json};
use skylift::store::KeyStore;
use skylift_protocol::Pairing;
use skylift_tests::raw::request;

use crate::board::Board;
use crate::firmware::{Build, as_version, built};
use crate::laptop::{Laptop, Way};
use crate::qemu::Qemu;

/// What the radio's driver, the network stack and an update leave of the heap, at the least: 60 KiB.
const HEAP: u64 = 60 << 10;

/// A board as it comes from the cable, switched on and on the network; and what it says of itself.
pub fn fresh(qemu: &Qemu, pairing: Pairing) -> (Board, Value) {
    let firmware = built(Build::Stock);
    let mut board = Board::with_flash(qemu, &crate::flash::of(qemu, &firmware, pairing));
    board.switch_on();
    let status = board.await_status("the board is on the network", |_| true);
    (board, status)
}

fn goes_well(way: Way) {
    let Some(qemu) = Qemu::find() else { return };
    let (board, first) = fresh(&qemu, Pairing::Open);
    assert_eq!((&first["running"]["slot"], &first["protection"]), (&json!(0), &json!("guard")));
    assert_eq!((&first["chip"], &first["reset_reason"]), (&json!("esp32c3"), &json!("power_on")));
    let laptop = Laptop::new();
    let stock = built(Build::Stock);
    // A delta builds on what was sent before.
    for (version, slot, encoding) in
        [("97.0.0", 1, "raw"), ("98.0.0", 0, "compressed"), ("99.0.0", 1, "delta")]
    {
        let verdict = laptop.update_as(&board, &as_version(&stock.image, version), way, encoding);
        verdict.expect(0, "validated", None);
        assert_eq!(verdict.last["encoding"], encoding, "{}", verdict.last);
        let now = board.says().expect("it has just told the program");
        let running = &now["running"];
        assert_eq!((&running["version"], &running["slot"]), (&json!(version), &json!(slot)), "{now}");
        assert_eq!(now["validation"]["state"], "valid");
        let least = now["heap_least"].as_u64().expect("a figure");
        println!("{way:?}: {version} runs; free heap {}, at the least {least} bytes", now["heap_free"]);
    }
}

#[test]
fn a_board_fetches_its_update_and_validates_it() {
    goes_well(Way::Pull);
}

#[test]
fn a_board_that_reaches_nobody_is_pushed_to() {
    goes_well(Way::Push);
}

/// The least of it is kept since the start of the image: so it is asked for before the restart.
#[test]
fn an_update_leaves_enough_of_the_heap() {
    let Some(qemu) = Qemu::find() else { return };
    let (board, _) = fresh(&qemu, Pairing::Open);
    let laptop = Laptop::new();
    let update = laptop.begin(&board, &as_version(&built(Build::Stock).image, "99.0.0"), Way::Pull);
    let mut least = u64::MAX;
    while !update.is_over() {
        let during = board.says().filter(|status| status["phase"] == "downloading");
        least = least.min(during.and_then(|status| status["heap_least"].as_u64()).unwrap_or(u64::MAX));
    }
    update.verdict().expect(0, "validated", None);
    println!("free heap while updating: {} KiB at the least", least >> 10);
    assert!((HEAP..u64::MAX).contains(&least), "{least} bytes");
}

#[test]
fn a_board_with_an_owner_obeys_nobody_else() {
    let Some(qemu) = Qemu::find() else { return };
    let key = KeyStore::random().unwrap();
    let (board, stranger) = fresh(&qemu, Pairing::Paired(key.clone()));
    let (image, owner) = (as_version(&built(Build::Stock).image, "99.0.0"), Laptop::new());
    assert_eq!(stranger["access"], "paired");
    let (code, _) = request(board.address(), "POST", "/reboot", &json!({})).expect("it answers");
    assert_eq!(code, 401);
    let refused = Laptop::new().update(&board, &image, Way::Pull);
    assert_ne!((refused.exit, &refused.last["verdict"]), (Some(0), &json!("validated")), "{}", refused.last);
    owner.keep(stranger["id"].as_str().expect("strangers see its id"), &key);
    owner.update(&board, &image, Way::Pull).expect(0, "validated", None);
}
