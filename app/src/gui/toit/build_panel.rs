//! The making of an image: its steps, what the compiler says, and why it failed.

use egui::Ui;

use super::{Action, Work};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::compiler;
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::text::{Tint, icon, paragraph, say};

/// Draws it.
pub(super) fn draw(ui: &mut Ui, work: &Work, out: &mut Vec<Action>) {
    compiler::panel(ui, "making", |ui| {
        head(ui, work, out);
        if let Some(failure) = &work.failed {
            paragraph(ui, Face::Body, Tint::First, &failure.what);
            for advice in &failure.advice {
                paragraph(ui, Face::Body, Tint::Second, advice);
            }
        }
        if work.runs() || !work.lines.is_empty() {
            compiler::output(ui, "toit compiler", &work.lines, |_, tokens| tokens.t2);
        }
    });
}

fn head(ui: &mut Ui, work: &Work, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let buttons = |ui: &mut Ui| {
        let (name, action) =
            if work.runs() { ("Cancel", Action::Cancel) } else { ("Close", Action::CloseWork) };
        if Press::new(Weight::Secondary, name).small().clicked(ui) {
            out.push(action);
        }
        let copy = Press::new(Weight::Ghost, "Copy output").icon(icons::COPY_SIMPLE).small();
        if !work.lines.is_empty() && copy.clicked(ui) {
            ui.copy_text(work.lines.join("\n"));
        }
    };
    ends(ui, 28.0, buttons, |ui| {
        let (mark, ink, text) = if work.runs() {
            (icons::HAMMER, tokens.accent, "At work")
        } else {
            (icons::WARNING_OCTAGON, tokens.failed.ink, "It was not made")
        };
        icon(ui, mark, if work.runs() { Cut::Regular } else { Cut::Fill }, 16.0, ink);
        say(ui, Face::Section, Tint::First, text);
        if let Some(step) = work.steps.last() {
            say(ui, Face::Body, Tint::Third, step);
        }
    });
}
