//! What the form has folded away: the app alone, the board's own table, a table of a file.

use skylift::usb::board::Table;
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::serial::Board;

use super::{name_port, read};
use crate::air::air;
use crate::desk::{Desk, WIDE};
use crate::world::World;

/// Where bootloaders of this chip end, and the partition table.
const TABLE: std::ops::Range<usize> = 0x8000..0x9000;
const SLOTS: &str = "nvs, data, nvs, 0x9000, 0x4000\notadata, data, ota, 0xd000, 0x2000\n\
    first, app, ota_0, 0x10000, 0x100000\nsecond, app, ota_1, 0x110000, 0x100000\n\
    skylift, data, nvs, 0x210000, 0x10000\n";

/// A window in which a blank board has been read, and whose library has an image for it.
fn opened() -> (Desk, Board) {
    let mut world = World::empty();
    world.keep(&DemoImage { size: 80_000, ..DemoImage::default() });
    let board = world.board(&air(), |_| ());
    let mut desk = Desk::open(world, WIDE);
    name_port(&mut desk, &board);
    read(&mut desk);
    desk.click("More choices");
    (desk, board)
}

/// Flashes the board with what was chosen, and reads it again.
fn flash(desk: &mut Desk, board: &Board, button: &str) {
    choose(desk, "WiFi network", "Another network", "None, by cable only");
    desk.until("a plan", |desk| {
        let bench = desk.harness.state().state().usb.opened()?;
        bench.planning.made().map(drop)
    });
    desk.click(button);
    desk.wait_for("Everything is written and read back.");
    desk.click("Close");
    board.hold_boot_and_reset();
    read(desk);
}

/// Chooses something of a list.
fn choose(desk: &mut Desk, list: &str, now: &str, then: &str) {
    desk.click(&format!("{list}: {now}"));
    desk.click(then);
}

#[test]
fn a_table_of_a_file_is_kept_and_the_app_alone_is_written() {
    let (mut desk, board) = opened();
    let path = desk.world.home.path().join("slots.csv");
    std::fs::write(&path, SLOTS).unwrap();
    let table = Table::from_csv(SLOTS).unwrap();

    // A table of a file.
    desk.files.answer(&path);
    choose(&mut desk, "Partition table", "The firmware's, else Skylift's", "A file…");
    desk.wait_for("slots.csv");
    desk.wait_for("second");
    flash(&mut desk, &board, "Flash and set up");
    let whole = board.flash();
    assert!(whole[TABLE].starts_with(&table.bytes), "it is the table of the file");

    // It is kept, with another app in the other slot.
    choose(&mut desk, "Partition table", "slots.csv", "Keep the board's");
    choose(&mut desk, "Firmware", "Skylift for ESP32-C3", "skylift-demo 1.0.0");
    flash(&mut desk, &board, "Back up, flash and set up");
    let kept = board.flash();
    assert!(kept[TABLE] == whole[TABLE], "the table was to be kept");
    assert!(kept[0x1_0000..0x11_0000] == whole[0x1_0000..0x11_0000], "the first slot ran, and stays");
    assert!(kept[0x11_0000..0x11_1000] != whole[0x11_0000..0x11_1000], "the second slot has the new app");

    // The app alone: what is below it stays, whatever it is.
    desk.click("App only");
    desk.wait_for("bootloader and partition table stay");
    choose(&mut desk, "Firmware", "skylift-demo 1.0.0", "Skylift for ESP32-C3");
    desk.until("a plan of the app alone", |desk| {
        let bench = desk.harness.state().state().usb.opened()?;
        let plan = bench.planning.made()?;
        let steps: Vec<_> = plan.steps.iter().map(|step| step.part.name()).collect();
        let is_alone = !steps.contains(&"Bootloader") && !steps.contains(&"Partition table");
        (is_alone && steps.contains(&"Firmware")).then_some(())
    });
    flash(&mut desk, &board, "Back up, flash and set up");
    let app = board.flash();
    assert!(app[..0x9000] == kept[..0x9000]);
    assert!(app[0x11_0000..0x20_0000] == kept[0x11_0000..0x20_0000], "what ran before stays");
    assert!(desk.files.asked().len() == 1);
}

#[test]
fn what_cannot_be_done_says_which_choice_helps() {
    let (mut desk, board) = opened();
    choose(&mut desk, "Partition table", "The firmware's, else Skylift's", "Keep the board's");
    desk.wait_for("no partition table with two slots that could be kept");
    desk.wait_for("both are under More choices");
    choose(&mut desk, "Partition table", "Keep the board's", "Skylift's for 4 MiB");
    desk.until("a plan", |desk| desk.harness.state().state().usb.opened()?.planning.made().map(drop));
    // Folded, it still says what is not as usual.
    desk.click("More choices");
    desk.wait_for("other table");
    assert!(desk.find("App only").is_none());
    assert!(board.flash().iter().all(|byte| *byte == 0xFF));
}
