//! The build that runs or has failed: what the compiler says, and why it gave up.

use egui::{Align, Frame, Layout, Margin, Panel, ScrollArea, Ui};

use super::{Action, Build};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::shell::{Side, edge, page_margin};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::text::{Tint, icon, paragraph, say};

/// Draws it.
pub(super) fn draw(ui: &mut Ui, build: &Build, out: &mut Vec<Action>) {
    let margin = page_margin(ui);
    let tokens = Tokens::of(ui);
    Panel::bottom("build")
        .exact_size((ui.available_height() * 0.4).max(140.0))
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(tokens.bg1).inner_margin(Margin::symmetric(margin, 12)))
        .show(ui, |ui| {
            edge(ui, Side::Top);
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
            output(ui, build);
        });
}

fn output(ui: &mut Ui, build: &Build) {
    let tokens = Tokens::of(ui);
    Frame::new().fill(tokens.bgx).corner_radius(6).inner_margin(10).show(ui, |ui| {
        let lines = &build.lines;
        ScrollArea::both().id_salt("compiler").auto_shrink(false).stick_to_bottom(true).show_rows(
            ui,
            18.0,
            lines.len(),
            |ui, range| {
                for line in lines.get(range).unwrap_or_default() {
                    ui.add(egui::Label::new(Face::Mono.text(line).color(ink_of(line, tokens))).extend());
                }
            },
        );
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
