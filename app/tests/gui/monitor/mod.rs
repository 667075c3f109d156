//! The monitor page, with a board on a pseudo-terminal.

mod board;
mod much;

use egui::{Key, Modifiers};
use egui_kittest::kittest::NodeT as _;
use skylift::gui::Page;

use self::board::{Board, read};
use crate::desk::{Desk, SMALL, WIDE, label};
use crate::world::World;

const BOOT: &str = "ESP-ROM:esp32c3-api1-20210207\r\nrst:0x1 (POWERON),boot:0xc (SPI_FAST_FLASH_BOOT)\r\n\
    \x1b[0;32mI (24) boot: ESP-IDF v6.1 2nd stage bootloader\x1b[0m\r\nI (391) wifi: connecting to workshop\r\n\
    W (702) bme280: short read, 4 of 7 bytes\r\nE (801) bme280: no answer\r\nI (900) wifi: connected\r\n";

/// A window that reads a board which has said this.
fn reading(said: &str, size: [f32; 2]) -> (Desk, Board) {
    let mut board = Board::new();
    let mut desk = Desk::open(World::empty(), size);
    read(&mut desk, &board);
    board.says(said);
    let last = said.lines().last().unwrap_or("Nothing has been said yet");
    desk.wait_for(last.trim_end());
    (desk, board)
}

/// The lines that are shown.
fn shown(desk: &Desk) -> Vec<String> {
    let is_line = |text: &String| BOOT.contains(text.as_str()) && (text.contains(") ") || text.contains(':'));
    desk.texts().into_iter().filter(is_line).collect()
}

#[test]
fn a_board_is_read_and_told() {
    let (mut desk, mut board) = reading(BOOT, WIDE);
    assert_eq!(shown(&desk).len(), 7, "{:#?}", desk.texts());
    assert!(desk.shows("7 lines"), "in the status bar");
    desk.type_into("Line to send", "help");
    desk.click("Send");
    board.is_told(b"help\n");
    desk.click("Line ending: LF");
    desk.click("CR LF");
    desk.type_into("Line to send", "version");
    desk.key(Modifiers::NONE, Key::Enter);
    board.is_told(b"version\r\n");
    // A pseudo-terminal has no lines that reset anything.
    desk.click("Reset board");
    desk.told("has no lines");
    desk.told("Press RESET on the board");
}

#[test]
fn levels_are_hidden_and_lines_are_found() {
    let (mut desk, _board) = reading(BOOT, SMALL);
    desk.click("Info");
    assert_eq!(shown(&desk).len(), 4, "{:#?}", shown(&desk));
    desk.click("Info");
    desk.key(Modifiers::COMMAND, Key::F);
    desk.harness.event(egui::Event::Text("/wifi|BME/i".to_owned()));
    desk.wait_for("4 matches");
    desk.key(Modifiers::NONE, Key::Enter);
    desk.wait_for("4 of 4");
    desk.click("Match before, Shift Enter");
    desk.wait_for("3 of 4");
    desk.type_into("Search, or /regex/", "(");
    desk.wait_for("No match");
    desk.key(Modifiers::NONE, Key::Escape);
    desk.until("an empty search", |desk| (!desk.shows("No match")).then_some(()));
    desk.type_into("Search, or /regex/", "/(/");
    desk.wait_for("It is no regular expression: unclosed group.");
}

#[test]
fn it_is_worked_with_the_keyboard() {
    let (mut desk, mut board) = reading(BOOT, WIDE);
    desk.key(Modifiers::NONE, Key::Space);
    board.says("I (1000) main: while paused\r\n");
    desk.wait_for("Paused, 1 line more");
    assert!(!desk.shows("while paused"));
    desk.key(Modifiers::NONE, Key::Space);
    desk.wait_for("while paused");
    desk.key(Modifiers::COMMAND, Key::A);
    desk.draw();
    desk.harness.event(egui::Event::Copy);
    desk.draw();
    let copied = desk.copied.last().unwrap();
    assert_eq!(copied.lines().count(), 8, "{copied}");
    assert!(copied.contains("  W (702) bme280: short read, 4 of 7 bytes\n"), "{copied}");
    desk.key(Modifiers::COMMAND, Key::L);
    desk.wait_for("0 lines");
    board.says("I (1001) main: after that\r\n");
    desk.wait_for("after that");
    assert!(!desk.shows("bme280"));
    let many: String = (0..200).map(|number| format!("I ({number}) main: number {number}\r\n")).collect();
    board.says(many);
    desk.wait_for("number 199");
    desk.key(Modifiers::NONE, Key::PageUp);
    desk.wait_for("number 150");
    assert!(!desk.shows("number 199"));
    board.says("I (2000) main: the last\r\n");
    desk.wait_for("202 lines");
    assert!(!desk.shows("the last"), "who reads is not disturbed");
    desk.key(Modifiers::NONE, Key::End);
    desk.wait_for("the last");
}

#[test]
fn lines_are_selected_with_the_pointer() {
    let (mut desk, _board) = reading(BOOT, WIDE);
    let place = |desk: &Desk, text: &str| {
        let node = desk.harness.root().children_recursive().find(|node| label(node).contains(text));
        node.unwrap().rect().center()
    };
    let (first, last) = (place(&desk, "connecting to workshop"), place(&desk, "no answer"));
    desk.press(first, true);
    desk.harness.hover_at(last);
    desk.draw();
    desk.draw();
    desk.press(last, false);
    let copy = |desk: &mut Desk| {
        desk.harness.event(egui::Event::Copy);
        desk.draw();
        desk.copied.last().map(|text| text.lines().count())
    };
    assert_eq!(copy(&mut desk), Some(3));
    // A click selects one, and Escape none.
    desk.press(last, true);
    desk.press(last, false);
    assert_eq!(copy(&mut desk), Some(1));
    desk.key(Modifiers::NONE, Key::Escape);
    desk.draw();
    let before = desk.copied.len();
    copy(&mut desk);
    assert_eq!(desk.copied.len(), before, "nothing is selected");
}

#[test]
fn it_goes_on_while_other_pages_are_open_and_when_the_board_has_gone() {
    let (mut desk, mut board) = reading(BOOT, WIDE);
    desk.go(Page::History);
    board.says("I (1000) main: meanwhile\r\n");
    desk.until("the line", |desk| (desk.harness.state().state().monitor.log.len() == 8).then_some(()));
    desk.go(Page::Monitor);
    desk.wait_for("meanwhile");
    drop(board);
    desk.wait_for("Waiting for the board");
    assert!(desk.shows("meanwhile"), "what it said is kept");
    // Told through the list of ports: nothing is read any more.
    let port = desk.texts().into_iter().find(|text| text.starts_with("Port: ")).unwrap();
    desk.click(&port);
    desk.click("Close the port");
    desk.wait_for("Closed");
}

#[test]
fn what_cannot_be_read_says_why() {
    let mut desk = Desk::open(World::empty(), WIDE);
    desk.go(Page::Monitor);
    desk.click("Other port…");
    desk.type_into("Path of the port", "/dev/skylift-has-no-such-port");
    desk.click("Read port");
    desk.wait_for("There is no port /dev/skylift-has-no-such-port.");
    assert!(desk.shows("Not open"));
}

#[test]
fn a_log_is_saved_with_all_that_comes() {
    let (mut desk, mut board) = reading(BOOT, WIDE);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("board.log");
    desk.files.answer(&file);
    desk.click("Save…");
    desk.wait_for("Saved to board.log");
    board.says("I (1000) main: and this\r\n");
    desk.wait_for("and this");
    desk.click("Stop saving");
    desk.told("The log is saved");
    board.says("I (1001) main: not this\r\n");
    desk.wait_for("not this");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 8, "{text}");
    assert!(text.contains("W (702) bme280: short read, 4 of 7 bytes\n"), "{text}");
    assert!(text.ends_with("  I (1000) main: and this\n"), "{text}");
    // A folder that is not there.
    desk.files.answer(&folder.path().join("no/such/folder.log"));
    desk.click("Save…");
    desk.told("The log is not saved any more");
    desk.wait_for("Not saved to a file");
}

#[test]
fn a_panic_is_a_card() {
    let panic = "panic: index out of bounds: the len is 4 but the index is 4\r\nat src/sensors/bme280.rs:118\r\n\
        0x42012a3e\r\n0x4201187c\r\nrestarting\r\nI (1) main: again\r\n";
    let (mut desk, _board) = reading(&format!("{BOOT}{panic}"), SMALL);
    desk.wait_for("The firmware does not say which build it is.");
    assert!(desk.shows("index out of bounds: the len is 4 but the index is 4"));
    assert!(desk.shows("0x42012a3e  0x4201187c"));
    assert!(!desk.shows("restarting"), "its lines are hidden");
    desk.click("Show raw lines");
    desk.wait_for("restarting");
    desk.click("Hide raw lines");
    desk.click("Copy as text");
    let copied = desk.copied.last().unwrap();
    assert!(
        copied.starts_with("panic: index out of bounds") && copied.contains("  0x42012a3e\n"),
        "{copied}"
    );
    desk.click("Panics");
    desk.wait_for("restarting");
}
