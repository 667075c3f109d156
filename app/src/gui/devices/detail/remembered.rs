//! What is known of a device that has not answered since the window was opened.

use egui::Ui;

use super::{facts, inline_link, protection};
use crate::gui::devices::{Action, Row};
use crate::gui::figures::{ago, chip};
use crate::gui::fonts::Face;
use crate::gui::state::State;
use crate::gui::widgets::frame::rule;
use crate::gui::widgets::text::{Tint, copyable, fact_row, paragraph, say, section};

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, row: &Row, out: &mut Vec<Action>) {
    let device = &row.device;
    let Some(seen) = device.last_seen else {
        let text = "The device has been announced, and has not answered yet.";
        paragraph(ui, Face::Body, Tint::Third, text);
        return;
    };
    let title = if row.closed().is_some() { "What it tells strangers" } else { "When it was last seen" };
    section(ui, title, "");
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let value = |ui: &mut Ui, label, text: String| {
            fact_row(ui, label, |ui| drop(say(ui, Face::Body, Tint::First, text)));
        };
        value(ui, "Seen", ago(seen, state.now.wall));
        value(ui, "Ran", device.version.clone());
        value(ui, "Chip", chip(device.chip));
        fact_row(ui, "Id", |ui| drop(copyable(ui, "id", &device.id, &device.id)));
    });
    if inline_link(ui, "Show its past updates", None) {
        out.push(Action::ShowEnd(device.id.clone()));
    }
    rule(ui);
    section(ui, "Protection", "");
    protection::drill(ui, state, row, out);
    protection::access(ui, device);
    rule(ui);
    section(ui, "Tags", "");
    facts::tag_list(ui, state, row, out);
}
