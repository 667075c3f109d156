//! The monitor page as a whole: port and buttons, search and filters, the log, a line to send.

use egui::{CentralPanel, Frame, Key, Modifiers, Popup, Ui};

use super::{Action, Sight, body, filters, head, nothing, send};
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;

/// Draws the page.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    let mut actions = Vec::new();
    head::draw(ui, state, &mut actions);
    if state.monitor.has_begun() {
        filters::draw(ui, &state.monitor, &mut actions);
        send::draw(ui, &state.monitor, &mut actions);
        let frame = Frame::new().fill(Tokens::of(ui).bgx);
        CentralPanel::default().frame(frame).show(ui, |ui| body::draw(ui, &state.monitor, &mut actions));
    } else {
        let frame = Frame::new().fill(Tokens::of(ui).bg1);
        CentralPanel::default().frame(frame).show(ui, |ui| nothing::draw(ui, state, &mut actions));
    }
    // Last: a field that has been left with a key has taken it.
    keys(ui, state, &mut actions);
    out.extend(actions.into_iter().map(state::Action::Monitor));
}

/// The keys of the page, but for those of its search.
fn keys(ui: &Ui, state: &State, out: &mut Vec<Action>) {
    if state.dialog.is_some() || Popup::is_any_open(ui.ctx()) || !state.monitor.has_begun() {
        return;
    }
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND, Key::L) {
        out.push(Action::Clear);
    }
    if ui.egui_wants_keyboard_input() {
        return;
    }
    if pressed(Modifiers::NONE, Key::Space) {
        out.push(Action::Pause);
    }
    if pressed(Modifiers::NONE, Key::End) {
        out.push(Action::See(Sight::End));
    }
    if pressed(Modifiers::NONE, Key::Escape) {
        out.push(Action::Unselect);
    }
    let page = state.monitor.page.max(2.0) - 1.0;
    let steps = [
        (Key::ArrowUp, -1.0),
        (Key::ArrowDown, 1.0),
        (Key::PageUp, -page),
        (Key::PageDown, page),
        (Key::Home, f32::MIN),
    ];
    let pressed = steps.into_iter().filter(|(key, _)| pressed(Modifiers::NONE, *key));
    out.extend(pressed.map(|(_, rows)| Action::Scroll(rows)));
}
