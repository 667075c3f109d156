//! The lines of a form: a label before a field, and what is wrong with it below.

use egui::{Align, Layout, Ui, vec2};

use crate::gui::fonts::Face;
use crate::gui::widgets::field::field_error;
use crate::gui::widgets::text::{Tint, say};

/// How wide a form is, in points.
pub(super) const WIDTH: f32 = 400.0;
const LABEL: f32 = 96.0;
const GAP: f32 = 8.0;
/// What is left beside a label.
pub(super) const FIELD: f32 = WIDTH - LABEL - GAP;

/// A label, then its field.
pub(super) fn line(ui: &mut Ui, label: &str, field: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(vec2(LABEL, 30.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(LABEL);
            say(ui, Face::Body, Tint::Third, label);
        });
        field(ui);
    });
}

/// A low line under the field, of the same height whatever stands in it.
pub(super) fn below(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        ui.set_height(18.0);
        ui.add_space(LABEL + GAP);
        contents(ui);
    });
}

/// What is wrong with the field above, if anything is.
pub(super) fn flaw(ui: &mut Ui, flaw: Option<String>) {
    below(ui, |ui| {
        if let Some(flaw) = flaw {
            field_error(ui, &flaw);
        }
    });
}
