//! The containers of the envelope beside the form: each but the system can be left out, and taken back.

use egui::{Sense, Ui, vec2};

use super::form::{Form, SYSTEM};
use super::programs::Row;
use super::programs_panel::{self, counted};
use crate::gui::icons;
use crate::gui::widgets::button::icon_only;
use crate::gui::widgets::text::section;

/// The height of a row with a button, which is the button's, in points.
const HEIGHT: f32 = 28.0;

/// Draws them, and changes the form.
pub(super) fn draw(ui: &mut Ui, rows: &[Row], form: &mut Form) {
    let left_out = rows.iter().filter(|row| fate(row, form) == Fate::LeftOut).count();
    let remark = if left_out == 0 { String::new() } else { format!(", {left_out} left out") };
    section(ui, "Containers", &format!("{}{remark}", counted(rows.len())));
    for row in rows {
        ui.push_id(&row.name, |ui| container(ui, row, form));
    }
}

/// What becomes of a container.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It stays, and cannot go.
    System,
    /// It stays.
    Stays,
    /// A program of the form takes its place.
    Replaced,
    /// It is left out.
    LeftOut,
}

fn fate(row: &Row, form: &Form) -> Fate {
    if row.name == SYSTEM {
        Fate::System
    } else if form.programs.iter().any(|program| program.name == row.name) {
        Fate::Replaced
    } else if form.without.contains(&row.name) {
        Fate::LeftOut
    } else {
        Fate::Stays
    }
}

fn container(ui: &mut Ui, row: &Row, form: &mut Form) {
    let fate = fate(row, form);
    let (text, button) = match fate {
        Fate::System => (None, None),
        Fate::Stays => (None, Some((icons::X, "Leave out"))),
        Fate::Replaced => (Some("your program takes its place"), None),
        Fate::LeftOut => (Some("will be left out"), Some((icons::ARROW_U_UP_LEFT, "Keep"))),
    };
    let clicked = programs_panel::container(ui, row, text, HEIGHT, |ui| match button {
        Some((icon, verb)) => icon_only(ui, icon, &format!("{verb} {}", row.name)).clicked(),
        None => {
            // The sizes stay below each other.
            ui.allocate_exact_size(vec2(HEIGHT, HEIGHT), Sense::hover());
            false
        }
    });
    if clicked {
        form.leave_out(&row.name, fate == Fate::Stays);
    }
}
