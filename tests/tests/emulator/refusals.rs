//! An image without boot guard: under this bootloader it would stay, however bad it is. The program refuses it, and so
//! does the board if it is asked by somebody else.

use serde_json::json;
use skylift_protocol::Pairing;
use skylift_tests::raw::{RawHost, order, request};

use crate::firmware::{Build, built, unmarked};
use crate::laptop::{Laptop, Way};
use crate::qemu::{COMPUTER, Qemu};
use crate::updates::fresh;

#[test]
fn an_image_without_boot_guard() {
    let Some(qemu) = Qemu::find() else { return };
    let bare = unmarked(&built(Build::Stock).image);
    let (board, before) = fresh(&qemu, Pairing::Open);
    Laptop::new().update(&board, &bare, Way::Pull).expect(4, "refused", Some("unguarded"));

    let host = RawHost::serving(&bare);
    let mut order = order("bare", &bare, &host.url().replace("127.0.0.1", COMPUTER));
    order["project"] = before["running"]["project"].clone();
    let (code, answer) = request(board.address(), "POST", "/update", &order).expect("it answers");
    assert_eq!(code, 202, "{answer}");
    let told = board.await_status("the order ends", |status| status["last_end"]["order_id"] == "bare");
    let end = &told["last_end"];
    assert_eq!((&end["outcome"], &end["reason"]), (&json!("refused"), &json!("unguarded")), "{end}");
    assert_eq!(told["slots"][1], before["slots"][1], "nothing was written");
}
