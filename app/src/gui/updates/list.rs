//! The updates of this session, the newest first.

use egui::{Align, CentralPanel, Layout, ScrollArea, Sense, Ui, vec2};

use super::outcome::counts;
use super::{Action, airtime, pause, wrap};
use crate::engine::Rollout;
use crate::gui::figures::{clock, fine_size};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::page::Page;
use crate::gui::shell::top_bar;
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{primary, secondary};
use crate::gui::widgets::frame::{empty, hairline};
use crate::gui::widgets::phases::count_bar;
use crate::gui::widgets::text::{Tint, icon, say};

const ROW: f32 = 84.0;

/// Draws the list.
pub(super) fn draw(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    let devices = !state.engine.devices.is_empty();
    top_bar(ui, "Updates", |ui| {
        if devices && primary(ui, icons::PLUS, "New update…") {
            out.push(wrap(Action::Plan(Vec::new())));
        }
    });
    CentralPanel::default().show(ui, |ui| {
        if state.engine.rollouts.is_empty() {
            nothing(ui, devices, out);
            return;
        }
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for rollout in state.engine.rollouts.iter().rev() {
                row(ui, state, rollout, out);
                hairline(ui);
            }
        });
    });
}

fn nothing(ui: &mut Ui, devices: bool, out: &mut Vec<state::Action>) {
    let sentence = "An update sends one image to one device or to many, and follows each until the device itself says that the \
                    new firmware runs and is kept, or why it went back.";
    empty(ui, icons::ARROW_CIRCLE_UP, "No updates in this session", sentence, |ui| {
        ui.horizontal(|ui| {
            ui.add_space((ui.available_width() / 2.0 - 150.0).max(0.0));
            if devices {
                if primary(ui, icons::PLUS, "New update…") {
                    out.push(wrap(Action::Plan(Vec::new())));
                }
            } else if primary(ui, icons::CPU, "Find a device first") {
                out.push(state::Action::Go(Page::Devices));
            }
            if secondary(ui, icons::CLOCK_COUNTER_CLOCKWISE, "Open history") {
                out.push(state::Action::Go(Page::History));
            }
        });
    });
}

fn row(ui: &mut Ui, state: &State, rollout: &Rollout, out: &mut Vec<state::Action>) {
    let tokens = Tokens::of(ui);
    let (place, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(place, 6.0, tokens.bg2);
    }
    let mut inside = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(place.shrink2(vec2(12.0, 10.0)))
            .layout(Layout::left_to_right(Align::Center)),
    );
    let title = title(rollout);
    inside.horizontal(|ui| {
        say(ui, Face::Mono, Tint::Third, clock(rollout.started_at));
        ui.add_space(8.0);
        ui.vertical(|ui| {
            ui.spacing_mut().interact_size.y = 18.0;
            ui.horizontal(|ui| {
                say(ui, Face::Section, Tint::First, &title);
                pause::mark(ui, rollout);
            });
            let counts: Vec<_> = counts(&state.engine, rollout)
                .into_iter()
                .map(|(outcome, count)| {
                    let (look, word) = outcome.shown();
                    (look, word, count)
                })
                .collect();
            ui.spacing_mut().item_spacing.y = 3.0;
            ui.spacing_mut().interact_size.y = 20.0;
            count_bar(ui, &counts, 320.0);
        });
    });
    inside.with_layout(Layout::right_to_left(Align::Center), |ui| {
        icon(ui, icons::CARET_RIGHT, crate::gui::fonts::Cut::Regular, 16.0, tokens.t3);
        if rollout.airtime.sent > 0 {
            ui.add_space(8.0);
            let saves = airtime::saves(&rollout.airtime).map(|saves| format!(", {saves}"));
            let sent = format!("{} on the air", fine_size(rollout.airtime.sent));
            say(ui, Face::Body, Tint::Second, sent + &saves.unwrap_or_default());
        }
    });
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Open {title}")));
    if response.clicked() {
        out.push(wrap(Action::Open(rollout.id)));
    }
}

/// `climate 1.9.0 to 6 devices`, or to the one by its name.
pub(super) fn title(rollout: &Rollout) -> String {
    let whom = match rollout.members.as_slice() {
        [one] => one.label.clone(),
        many => format!("{} devices", many.len()),
    };
    format!("{} {} to {whom}", rollout.image.project, rollout.image.version)
}
