//! The tail of a device's log.

use egui::{Align, Frame, Layout, ScrollArea, Ui};

use crate::gui::devices::{Action, Row};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::messages::sentence;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, icon_only};
use crate::gui::widgets::text::{Tint, paragraph, say};

/// So high at most, in points.
const MOST: f32 = 220.0;

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, row: &Row, out: &mut Vec<Action>) {
    let id = &row.device.id;
    let log = state.devices.log.as_ref().filter(|log| log.device == *id);
    let text = log.and_then(|log| log.text.as_ref());
    let offline = row.deaf();
    ui.horizontal(|ui| {
        say(ui, Face::Section, Tint::First, "Log");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = if text.is_some() { "Load again" } else { "Load" };
            let load = Press::new(Weight::Link, name).small().hint("The last 4 KiB of the device's log");
            if load.refused(offline).clicked(ui) {
                out.push(Action::LoadLog(id.clone()));
            }
            if let Some(Ok(text)) = text
                && icon_only(ui, icons::COPY_SIMPLE, "Copy the log").clicked()
            {
                ui.copy_text(text.clone());
            }
        });
    });
    match text {
        Some(Ok(text)) => lines(ui, text),
        Some(Err(problem)) => drop(paragraph(ui, Face::Body, Tint::Second, sentence(problem))),
        None if log.is_some() => drop(say(ui, Face::Body, Tint::Third, "Asking the device for it")),
        None => {}
    }
}

fn lines(ui: &mut Ui, text: &str) {
    // A scroll bar out of sight would be drawn at the edge of what is in sight.
    if ui.cursor().top() > ui.clip_rect().bottom() {
        ui.add_space(MOST);
        return;
    }
    let tokens = Tokens::of(ui);
    Frame::new().fill(tokens.bgx).corner_radius(6).inner_margin(10).show(ui, |ui| {
        ScrollArea::both()
            .id_salt("log")
            .max_height(MOST)
            .auto_shrink([false, true])
            .stick_to_bottom(true)
            .show(ui, |ui| {
                let text = if text.is_empty() { "The log is empty." } else { text.trim_end() };
                ui.add(
                    egui::Label::new(Face::MonoSmall.text(text).color(tokens.t2)).extend().selectable(true),
                );
            });
    });
}
