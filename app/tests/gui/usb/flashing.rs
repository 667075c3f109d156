//! A new board is flashed, set up, and seen on the network.

use skylift::engine::Presence;
use skylift::image::library::SentImages;

use super::{fill, name_port, read};
use crate::air::{ATTIC, air};
use crate::desk::{Desk, WIDE};
use crate::world::World;

#[test]
fn a_new_board_is_flashed_and_seen_on_the_network() {
    let mut world = World::empty();
    let board = world.board(&air(), |_| ());
    let mut desk = Desk::open(world, WIDE);
    name_port(&mut desk, &board);
    read(&mut desk);
    desk.wait_for("blank");
    fill(&mut desk, "porch-lamp", "attic", ATTIC);
    desk.click("Flash and set up");
    desk.wait_for("porch-lamp is on the network as");
    desk.wait_for(", paired");
    desk.click("Show device");
    desk.until("the device in the list", |desk| {
        let device = desk.engine().devices.first()?;
        (device.label() == "porch-lamp" && device.presence == Presence::Online).then_some(())
    });
    // What runs on it is kept, so that its first update over the air can be a delta.
    let runs = desk.until("what it runs", |desk| desk.engine().devices.first()?.status.clone());
    let kept = SentImages::new(&desk.world.data());
    assert!(kept.get(runs.running.image_sha256).is_some());
}

#[test]
fn a_wrong_password_is_told_and_corrected_without_the_firmware() {
    let mut world = World::empty();
    let board = world.board(&air(), |_| ());
    let mut desk = Desk::open(world, WIDE);
    name_port(&mut desk, &board);
    read(&mut desk);
    fill(&mut desk, "porch-lamp", "attic", "not its password");
    desk.click("Flash and set up");
    desk.wait_for("did not accept the password");
    // This port cannot reset the chip.
    board.hold_boot_and_reset();
    let before = board.wire();
    desk.clear("WiFi password");
    desk.type_into("WiFi password", ATTIC);
    desk.click("Write the password again");
    desk.wait_for("porch-lamp is on the network as");
    let sent = board.wire().bytes_in - before.bytes_in;
    assert!(sent < 200_000, "{sent} bytes: the firmware was sent again");
    let state = format!("{:?}", desk.harness.state().state());
    assert!(!state.contains(ATTIC) && !desk.shows(ATTIC), "the password is told");
}
