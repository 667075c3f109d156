//! The flash of a device: its slots as cards, and where they lie.

use egui::Ui;
use skylift_protocol::Status;

use super::inline_link;
use crate::engine::Presence;
use crate::gui::devices::{Action, Row};
use crate::gui::fonts::Face;
use crate::gui::theme::Tokens;
use crate::gui::widgets::flash_map::flash_map;
use crate::gui::widgets::slot_card::slot_card;
use crate::gui::widgets::slots::slots_of;
use crate::gui::widgets::text::section;

/// Draws it.
pub(super) fn draw(ui: &mut Ui, row: &Row, status: &Status, out: &mut Vec<Action>) {
    let offline = row.device.presence == Presence::Offline;
    let slots = slots_of(status, row.mark.is_updating());
    let count = match slots.len() {
        2 => "two slots".to_owned(),
        other => format!("{other} slots"),
    };
    section(ui, "Flash", &count);
    ready(ui, row, out);
    ui.spacing_mut().item_spacing.y = 8.0;
    for slot in &slots {
        slot_card(ui, slot, offline);
    }
    flash_map(ui, &slots, offline);
}

/// What could be sent to it, one click away.
fn ready(ui: &mut Ui, row: &Row, out: &mut Vec<Action>) {
    let Some(ready) = row.ready.as_ref().filter(|_| !row.is_busy()) else { return };
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        if ready.is_newer() {
            if inline_link(ui, &format!("{} ready, update…", ready.version), None) {
                out.push(Action::Update(vec![row.device.id.clone()]));
            }
        } else {
            let text = Face::Small.text("The library has another build of it").color(Tokens::of(ui).t3);
            ui.label(text).on_hover_text(ready.sentence());
        }
    });
}
