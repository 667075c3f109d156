//! Two boards flashed at once, with one form.

use super::name_port;
use crate::air::{ATTIC, air};
use crate::desk::{Desk, WIDE};
use crate::world::World;
use skylift_protocol::Chip;

#[test]
fn two_boards_are_flashed_at_once_and_a_third_of_another_kind_is_told_apart() {
    let mut world = World::empty();
    world.keep(&crate::world::demo("1.0.0", skylift_simulator::demo_image::Behaviour::Healthy));
    let around = air();
    let boards = [0, 1].map(|_| world.board(&around, |_| ()));
    let other = world.board(&around, |config| config.device.chip = Chip::Esp32C6);
    let mut desk = Desk::open(world, WIDE);
    for board in boards.iter().chain([&other]) {
        name_port(&mut desk, board);
    }
    desk.click("Flash several…");
    desk.click("Firmware: Skylift for its chip");
    desk.click("skylift-demo 1.0.0");
    desk.clear("Name, before its number");
    desk.type_into("Name, before its number", "lamp");
    desk.type_into("Name of the network", "attic");
    desk.type_into("WiFi password", ATTIC);
    desk.click("Flash 3 boards");

    for number in [1, 2] {
        desk.wait_for(&format!("lamp-{number} is on the network as"));
    }
    desk.wait_for("The firmware is made for the esp32c3");
    desk.wait_for("2 flashed, 1 not flashed.");
    assert!(other.flash().iter().all(|byte| *byte == 0xFF), "it is of another kind");
    for board in &boards {
        desk.until("the device in the list", |desk| {
            desk.engine().devices.iter().any(|device| device.id == board.id()).then_some(())
        });
    }
    // What is done is not done again; and each board can be gone on with by itself.
    desk.find("Flash 1 board").expect("the one that was refused");
    desk.click("One by one");
    desk.wait_for("lamp-");
    let state = format!("{:?}", desk.harness.state().state());
    assert!(!state.contains(ATTIC), "the password is told");
}
