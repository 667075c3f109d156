//! The build that runs or has failed: what the compiler says, and why it gave up.

use egui::{Align, Layout, Ui};

use super::{Action, Build};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::compiler;
use crate::gui::widgets::text::{Tint, icon, paragraph, say};

/// Draws it.
pub(super) fn draw(ui: &mut Ui, build: &Build, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    compiler::panel(ui, "build", |ui| {
        ui.horizontal(|ui| {
            let (mark, ink, text) = match &build.failed {
                Some(_) => (icons::WARNING_OCTAGON, tokens.failed.ink, "The build failed"),
                None => (icons::HAMMER, tokens.accent, "Building"),
            };
            icon(ui, mark, Cut::Fill, 16.0, ink);
            say(ui, Face::Section, Tint::First, text);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let (name, action) = match &build.failed {
                    Some(_) => ("Close", Action::CloseBuild),
                    None => ("Stop the build", Action::CancelBuild),
                };
                if Press::new(Weight::Secondary, name).small().clicked(ui) {
                    out.push(action);
                }
                if Press::new(Weight::Ghost, "Copy output").icon(icons::COPY_SIMPLE).small().clicked(ui) {
                    ui.copy_text(build.lines.join("\n"));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    say(ui, Face::Mono, Tint::Third, build.source.display().to_string());
                });
            });
        });
        if let Some(why) = &build.failed {
            paragraph(ui, Face::Body, Tint::Second, why);
        }
        compiler::output(ui, "compiler", &build.lines, ink_of);
    });
}

/// Compilers begin the lines that matter with one of two words.
fn ink_of(line: &str, tokens: &Tokens) -> egui::Color32 {
    let line = line.trim_start();
    if line.starts_with("error") {
        tokens.failed.ink
    } else if line.starts_with("warning") {
        tokens.pending.ink
    } else {
        tokens.t2
    }
}
