//! The page that makes an `ota.bin` of an envelope: the form, the envelope beside it, the work below.

use egui::{Align, CentralPanel, Frame, Layout, Panel, Ui};

use super::{Action, build_panel, envelope_panel, form_page};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::shell::{Side, crumb, edge, is_narrow, top_bar_with};
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::text::{Tint, say};

/// Draws it.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    let mut actions = Vec::new();
    let mut form = state.toit.form.clone();
    head(ui, state, &mut actions);
    if let Some(work) = &state.toit.work {
        build_panel::draw(ui, work, &mut actions);
    }
    if !matches!(state.toit.envelope, super::Loading::Nothing) {
        Panel::right("envelope")
            .exact_size(if is_narrow(ui) { 336.0 } else { 480.0 })
            .resizable(false)
            .show_separator_line(false)
            .frame(Frame::new().fill(Tokens::of(ui).bg1))
            .show(ui, |ui| {
                edge(ui, Side::Left);
                envelope_panel::draw(ui, &state.toit.envelope, &mut form);
            });
    }
    CentralPanel::default().frame(Frame::new().fill(Tokens::of(ui).bg1)).show(ui, |ui| {
        form_page::draw(ui, state, &mut form, &mut actions);
    });
    if form != state.toit.form {
        actions.push(Action::Change(Box::new(form)));
    }
    out.extend(actions.into_iter().map(state::Action::Toit));
}

fn head(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    top_bar_with(
        ui,
        |_| (),
        |ui| {
            let make = Press::new(Weight::Primary, "Make ota.bin").icon(icons::HAMMER);
            if make.refused(state.toit.why_not()).clicked(ui) {
                out.push(Action::Make);
            }
            let save = Press::new(Weight::Secondary, "Save envelope…").icon(icons::FLOPPY_DISK);
            let hint = "With the programs and the network in it";
            if save.hint(hint).refused(state.toit.why_not()).clicked(ui) {
                out.push(Action::Save);
            }
            if Press::new(Weight::Secondary, "Back to the images").clicked(ui) {
                out.push(Action::Close);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                if crumb(ui, "Images") {
                    out.push(Action::Close);
                }
                say(ui, Face::Page, Tint::First, "From Toit");
            });
        },
    );
}
