//! The USB page: ports, a board, its form, what is done with it, backups.

use skylift::gui::Page;
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::serial::Board;

use crate::air::air;
use crate::desk::{Desk, WIDE};
use crate::usb::name_port;
use crate::walk::Walk;
use crate::world::{World, demo};

const HELD: (&str, &str) = ("Show the password while held", "it is shown only for so long");

/// Shows the port of a board, without a board that was read, and nothing being done.
fn port(desk: &mut Desk, board: &Board) {
    desk.go(Page::Usb);
    for name in ["One by one", "Back to the boards"] {
        desk.click_if_there(name);
    }
    let path = std::fs::canonicalize(board.path()).unwrap().display().to_string();
    if desk.harness.state().state().usb.bench(&path).is_none() {
        name_port(desk, board);
    }
    desk.until("the port", |desk| {
        let row = desk.controls().into_iter().map(|node| crate::desk::label(&node));
        let name = row.into_iter().find(|name| name.contains(&format!(", {path}, ")))?;
        // How it stands is part of its name, and may have changed meanwhile.
        desk.click_if_there(&name).then_some(())
    });
    desk.until("rest", |desk| {
        desk.click_if_there("Cancel");
        desk.click_if_there("Stop waiting");
        let bench = desk.harness.state().state().usb.bench(&path)?;
        bench.running().is_none().then_some(())
    });
    if desk.harness.state().state().usb.opened().is_some_and(|bench| bench.job.is_some()) {
        desk.click("Close");
    }
}

/// Shows what is on a board.
fn read(desk: &mut Desk, board: &Board) {
    port(desk, board);
    if desk.find("Read board").is_some() {
        board.hold_boot_and_reset();
        desk.click("Read board");
    }
    desk.wait_for("Flash map");
}

/// Has the name of a network asked for, whichever is chosen.
fn another_network(desk: &mut Desk) {
    desk.until("the name of the network", |desk| {
        if desk.find("Name of the network").is_some() {
            return Some(());
        }
        let names = desk.controls().into_iter().map(|node| crate::desk::label(&node));
        let networks = names.into_iter().find(|name| name.starts_with("WiFi network: "))?;
        desk.click_if_there(&networks);
        desk.click_if_there("Another network…");
        None
    });
}

/// Nothing is clicked on ports that nobody has named: a real board may be plugged in there.
fn is_ours(desk: &Desk) -> bool {
    let view = &desk.harness.state().state().usb;
    !view.several.open && view.opened().is_none_or(|bench| bench.named)
}

fn is_unfolded(desk: &Desk) -> bool {
    desk.find("It is reset").is_some()
}

#[test]
fn ports_boards_and_their_forms() {
    let mut world = World::empty();
    world.keep(&demo("1.0.0", Behaviour::Healthy));
    let board = world.board(&air(), |_| ());
    let mut desk = Desk::open(world, WIDE);
    // A board that speaks at another rate may seem to say anything, also what no font has.
    desk.harness.ctx.set_missing_glyph_policy(egui::MissingGlyphPolicy::Tofu);
    let mut walk = Walk::over(&[Page::Usb]).only_while(is_ours).but_for(&[HELD]);
    let expected = [
        "Read board",
        "Read it again",
        "Open monitor",
        "Back up",
        "Backups",
        "More for this board",
        "More choices",
        "Whole board",
        "App only",
        "Keep the board's",
        "By hand",
        "It stays",
        "Pair with this computer",
        "Take off the list",
    ];
    walk.rounds(&expected, |walk| {
        walk.scene(&mut desk, |desk| {
            port(desk, &board);
            board.hold_boot_and_reset();
        });
        walk.scene(&mut desk, |desk| {
            read(desk, &board);
            another_network(desk);
            desk.fill("Name of the network", "attic");
        });
        walk.scene(&mut desk, |desk| {
            read(desk, &board);
            if !is_unfolded(desk) {
                desk.click("More choices");
            }
        });
    });
}
