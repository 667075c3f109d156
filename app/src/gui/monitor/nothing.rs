//! The page before a port has been chosen.

use egui::Ui;

use super::{Action, ports};
use crate::gui::icons;
use crate::gui::state::State;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::frame::empty;
use crate::usb::ports::State as PortState;

/// More are found in the list at the top.
const MOST: usize = 4;

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let listed = &state.usb.ports;
    let (title, sentence) = if listed.is_empty() {
        (
            "No board on a cable",
            "The monitor shows what a board says over USB, with its panics read. Plug one in with a cable that carries data.",
        )
    } else {
        (
            "What a board says",
            "The monitor shows what a board says over USB, with its panics read. The board goes on running.",
        )
    };
    empty(ui, icons::TERMINAL_WINDOW, title, sentence, |ui| {
        for (place, bench) in listed.iter().take(MOST).enumerate() {
            let text = format!("Read {}", ports::name_of(bench));
            let likely = place == 0 && bench.port.usb().is_some();
            let weight = if likely { Weight::Primary } else { Weight::Secondary };
            let why_not = (bench.state != PortState::Ready).then(|| bench.state.to_string());
            let press = Press::new(weight, &text).icon(icons::USB);
            if press.refused(why_not.as_deref()).clicked(ui) {
                out.push(Action::Open(bench.path().to_owned()));
            }
            ui.add_space(2.0);
        }
        if Press::new(Weight::Secondary, "Other port…").icon(icons::PLUS).clicked(ui) {
            out.push(Action::NamePort);
        }
    });
}
