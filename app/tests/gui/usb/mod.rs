//! Boards on a cable, worked in the window: the loader of a simulated board on a pseudo-terminal, and its program behind
//! the same cable.

#[cfg(unix)]
mod cable;
mod choosing;
mod flashing;
mod keeping;
mod several;
#[cfg(unix)]
mod swapped;

use std::path::Path;

use skylift::gui::Page;
use skylift_simulator::serial::Board;

use crate::desk::Desk;

/// Opens the page, and names the port of a board, which is not listed.
pub fn name_port(desk: &mut Desk, board: &Board) {
    name_path(desk, &board.path());
}

fn name_path(desk: &mut Desk, path: &Path) {
    desk.go(Page::Usb);
    desk.click("Other port…");
    desk.type_into("Port", &path.display().to_string());
    desk.click("Add port");
    let path = std::fs::canonicalize(path).unwrap().display().to_string();
    desk.until("the port to be open", |desk| {
        (desk.harness.state().state().usb.open.as_deref() == Some(path.as_str())).then_some(())
    });
}

/// Reads the board of the open port.
fn read(desk: &mut Desk) {
    desk.click("Read board");
    desk.wait_for("Flash map");
}

/// Fills the form in.
fn fill(desk: &mut Desk, name: &str, ssid: &str, password: &str) {
    desk.clear("Device name");
    desk.type_into("Device name", name);
    desk.type_into("Name of the network", ssid);
    desk.type_into("WiFi password", password);
}
