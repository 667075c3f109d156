//! The arrow keys of a list.

use egui::{Key, Modifiers, Ui};

/// How many rows further an arrow leads, unless somebody types: 1 or −1.
pub fn arrows(ui: &Ui) -> impl Iterator<Item = i32> {
    let types = ui.egui_wants_keyboard_input();
    [(Key::ArrowDown, 1), (Key::ArrowUp, -1)].into_iter().filter_map(move |(key, rows)| {
        let pressed = !types && ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        pressed.then_some(rows)
    })
}
