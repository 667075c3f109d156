//! What a board holds is kept, given back, erased; another slot boots; work is called off.

use skylift_simulator::serial::{Board, Pace};

use super::{fill, name_port, read};
use crate::air::{ATTIC, air};
use crate::desk::{Desk, SMALL, WIDE};
use crate::world::World;

/// A window in which a board has been flashed, set up, and read again.
fn lived_in(size: [f32; 2]) -> (Desk, Board) {
    let mut world = World::empty();
    let board = world.board(&air(), |_| ());
    let mut desk = Desk::open(world, size);
    name_port(&mut desk, &board);
    read(&mut desk);
    fill(&mut desk, "porch-lamp", "attic", ATTIC);
    desk.click("Flash and set up");
    desk.wait_for("porch-lamp is on the network as");
    desk.click("Close");
    board.hold_boot_and_reset();
    read(&mut desk);
    (desk, board)
}

#[test]
fn what_is_on_a_board_is_backed_up_erased_and_restored() {
    let (mut desk, board) = lived_in(WIDE);
    // It says who it is, and nothing that is nobody's business.
    desk.wait_for("porch-lamp, paired");
    desk.wait_for("This board is not blank");
    let before = board.flash();
    desk.click("Back up");
    desk.told("Backed up as");
    desk.click("Close");
    assert_eq!(board.flash(), before, "a backup only reads");

    desk.click("More for this board");
    desk.click("Erase nvs…");
    desk.wait_for("Erase nvs?");
    desk.click("Erase");
    desk.told("nvs was erased");
    desk.click("Close");
    read(&mut desk);

    desk.click("More for this board");
    desk.click("Erase the whole chip…");
    desk.type_into("Name of the chip", "ESP32-C3");
    desk.click("Erase it");
    desk.told("The whole chip was erased");
    assert!(board.flash().iter().all(|byte| *byte == 0xFF));
    desk.click("Close");
    read(&mut desk);
    desk.wait_for("blank");

    desk.click("Backups");
    desk.click("Verify");
    desk.wait_for("Whole: it is what was read from the board");
    desk.click("Restore…");
    desk.click(&format!("The whole flash, to {}…", path(&desk)));
    desk.wait_for("Restore this backup?");
    desk.click("Restore");
    desk.told("The backup was restored");
    assert_eq!(board.flash(), before);
    desk.click("Backups");
    let delete = desk.texts().into_iter().find(|text| text.starts_with("Delete backup")).unwrap();
    desk.click(&delete);
    desk.click("Delete");
    desk.wait_for("No backup yet");
}

#[test]
fn a_backup_is_taken_before_a_board_is_overwritten() {
    let (mut desk, board) = lived_in(SMALL);
    let wire = board.wire().bytes_in;
    desk.click("Back up, flash and set up");
    desk.wait_for("porch-lamp is on the network as");
    assert!(board.wire().bytes_in > wire);
    desk.click("Backups");
    desk.wait_for("skylift-device");
    let backups = std::fs::read_dir(desk.world.home.path().join("backups")).unwrap().count();
    assert_eq!(backups, 1);
    // The network was remembered, its password is told to nobody.
    let state = format!("{:?}", desk.harness.state().state());
    assert!(state.contains("attic") && !state.contains(ATTIC));
}

#[test]
fn what_is_called_off_says_what_it_leaves() {
    let mut world = World::empty();
    // As slow as a chip: there is something to be called off.
    let board = world.board(&air(), |config| config.pace = Pace::Real);
    let mut desk = Desk::open(world, WIDE);
    name_port(&mut desk, &board);
    read(&mut desk);
    fill(&mut desk, "porch-lamp", "attic", ATTIC);
    desk.click("Flash and set up");
    desk.wait_for("Writing firmware. Keep the cable plugged in.");
    desk.wait_for("do not unplug");
    desk.click("Cancel");
    desk.wait_for("cancelled");
    desk.wait_for("The board may not start until it is flashed again.");
    desk.click("Close");
    desk.wait_for("Read board");
}

fn path(desk: &Desk) -> String {
    desk.harness.state().state().usb.open.clone().unwrap()
}
