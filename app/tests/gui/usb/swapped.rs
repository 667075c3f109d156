//! Another board on the same cable, between reading and writing: nothing is done to it.

use skylift_simulator::serial::Connector;

use super::cable::Cable;
use super::{fill, name_path, read};
use crate::air::{ATTIC, air};
use crate::desk::{Desk, WIDE};
use crate::world::World;

#[test]
fn another_board_on_the_cable_is_not_written_to() {
    let mut world = World::empty();
    // Behind its own USB a chip takes any rate, as a plug does that is put into another board.
    let mut board = || world.board(&air(), |config| config.connector = Connector::NativeUsb);
    let (first, second) = (board(), board());
    let cable = Cable::to(&first);
    let mut desk = Desk::open(world, WIDE);
    name_path(&mut desk, cable.path());
    read(&mut desk);
    fill(&mut desk, "porch-lamp", "attic", ATTIC);

    cable.plug_into(&second);
    let sent = second.wire();
    desk.click("Flash and set up");
    desk.wait_for("The board was not flashed");
    desk.wait_for("nothing was written to it");
    desk.wait_for("Nothing was written. The board is as it was.");
    desk.wait_for("Read the board that is there, then begin again");
    assert!(second.wire().bytes_in > sent.bytes_in, "it was asked who it is");
    for (board, which) in [(&first, "the first"), (&second, "the second")] {
        assert!(board.flash().iter().all(|byte| *byte == 0xFF), "{which} was written to");
    }

    // Read anew, it is the board that is meant.
    desk.click("Close");
    desk.click("More for this board");
    desk.click("Read it again");
    desk.wait_for("Flash map");
    desk.click("Flash and set up");
    desk.wait_for("porch-lamp is on the network as");
    assert!(first.flash().iter().all(|byte| *byte == 0xFF), "the board that was unplugged was written to");
    assert!(second.flash().iter().any(|byte| *byte != 0xFF));
}
