//! A plan: image and devices side by side, with what each device will say before anything is sent.

use egui::{Align, CentralPanel, Frame, Layout, Margin, Panel, ScrollArea, Ui};
use skylift_protocol::Id;

use super::care::Care;
use super::plan::Plan;
use super::{Action, plan_devices, wrap};
use crate::engine::{JaguarInside, Presence};
use crate::gui::figures::{ago, chip, size};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::keys::vouch::suffix;
use crate::gui::page::Page;
use crate::gui::shell::{Side, crumb, edge, is_narrow, page_margin, top_bar_with};
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, link};
use crate::gui::widgets::field::choice;
use crate::gui::widgets::frame::{ends, rule, scroll};
use crate::gui::widgets::text::{Tint, paragraph, say, section};
use crate::image::library::Entry;

/// Draws the plan.
pub(super) fn draw(ui: &mut Ui, state: &State, plan: &Plan, out: &mut Vec<state::Action>) {
    head(ui, state, plan, out);
    let margin = page_margin(ui);
    let width = if is_narrow(ui) { 320.0 } else { 440.0 };
    Panel::left("image of the plan")
        .exact_size(width)
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(Tokens::of(ui).bg1).inner_margin(Margin {
            left: margin,
            right: 12,
            top: 16,
            bottom: 0,
        }))
        .show(ui, |ui| {
            edge(ui, Side::Right);
            images(ui, state, plan, out);
        });
    CentralPanel::default().frame(Frame::new().fill(Tokens::of(ui).bg1)).show(ui, |ui| {
        scroll(ui, |ui| {
            plan_devices::draw(ui, state, plan, out);
            rule(ui);
            care(ui, state, plan, out);
        });
    });
}

fn head(ui: &mut Ui, state: &State, plan: &Plan, out: &mut Vec<state::Action>) {
    top_bar_with(
        ui,
        |_| (),
        |ui| {
            let text = match plan.sendable(&state.engine).len() {
                0 | 1 => "Start update".to_owned(),
                many => format!("Update {many} devices"),
            };
            let start = Press::new(Weight::Primary, &text).icon(icons::ARROW_CIRCLE_UP);
            if start.refused(plan.why_not(&state.engine)).clicked(ui) {
                out.push(wrap(Action::Start));
            }
            if Press::new(Weight::Secondary, "Cancel").clicked(ui) {
                out.push(wrap(Action::Back));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                if crumb(ui, "Updates") {
                    out.push(wrap(Action::Back));
                }
                say(ui, Face::Page, Tint::First, "New update");
            });
        },
    );
}

fn images(ui: &mut Ui, state: &State, plan: &Plan, out: &mut Vec<state::Action>) {
    ui.horizontal(|ui| {
        say(ui, Face::Section, Tint::First, "Image");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if link(ui, "Add image…") {
                out.push(state::Action::Go(Page::Firmware));
            }
        });
    });
    ui.add_space(4.0);
    if state.firmware.entries.is_empty() {
        paragraph(
            ui,
            Face::Body,
            Tint::Third,
            "The library holds no image yet. Add an ota.bin, an ELF or a project on the Firmware page.",
        );
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for entry in &state.firmware.entries {
            image_row(ui, state, entry, plan.image == Some(entry.file_sha256), out);
        }
    });
}

fn image_row(ui: &mut Ui, state: &State, entry: &Entry, chosen: bool, out: &mut Vec<state::Action>) {
    let tokens = Tokens::of(ui);
    let signed = suffix(state.firmware.signatures.get(&entry.file_sha256), &state.keys.signers);
    let (place, response) =
        ui.allocate_exact_size(egui::vec2(ui.available_width(), 52.0), egui::Sense::click());
    let fill = match (chosen, response.hovered()) {
        (true, _) => tokens.sel,
        (false, true) => tokens.bg2,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(place, 6.0, fill);
    if response.has_focus() {
        let ring = egui::Stroke::new(2.0, tokens.accent);
        ui.painter().rect_stroke(place, 6.0, ring, egui::StrokeKind::Inside);
    }
    let mut inside = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(place.shrink2(egui::vec2(10.0, 7.0)))
            .layout(Layout::top_down(Align::Min)),
    );
    inside.spacing_mut().item_spacing.y = 1.0;
    inside.spacing_mut().interact_size.y = 18.0;
    inside.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        say(ui, Face::Name, Tint::First, format!("{} {}", entry.project, entry.version));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            say(ui, Face::Small, Tint::Second, size(u64::from(entry.size)));
        });
    });
    let added = std::time::UNIX_EPOCH + std::time::Duration::from_secs(entry.added);
    // A long name of a signer gives way.
    let age = |ui: &mut Ui| drop(say(ui, Face::Small, Tint::Third, ago(added, state.now.wall)));
    ends(&mut inside, 18.0, age, |ui| {
        say(ui, Face::Small, Tint::Third, format!("{}{signed}", chip(entry.chip)));
    });
    let name = format!("Image {} {}{signed}", entry.project, entry.version);
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::RadioButton, true, chosen, &name));
    if response.clicked() {
        out.push(wrap(Action::Choose(entry.file_sha256)));
    }
}

fn care(ui: &mut Ui, state: &State, plan: &Plan, out: &mut Vec<state::Action>) {
    section(ui, "Care", "");
    ui.spacing_mut().item_spacing.y = 2.0;
    let care = plan.care;
    let mut change = |care: Care| out.push(wrap(Action::Care(care)));
    if plan.chosen().len() > 1 {
        if choice(ui, care.canary, "One device first, the others only if it validates") {
            change(Care { canary: !care.canary, ..care });
        }
        if choice(ui, care.stop_after.is_some(), "Begin no more after the first failure") {
            let stop_after = if care.stop_after.is_some() { None } else { Some(1) };
            change(Care { stop_after, ..care });
        }
        if choice(ui, care.erase_ahead, "Erase waiting devices ahead of time") {
            change(Care { erase_ahead: !care.erase_ahead, ..care });
        }
        // Under the words beside the box.
        Frame::new().inner_margin(Margin { left: 32, ..Margin::ZERO }).show(ui, |ui| {
            let cost = "The image in their other slot can then not be returned to.";
            say(ui, Face::Small, Tint::Third, cost);
        });
    }
    let away = |id| state.engine.device(id).is_some_and(|device| device.presence == Presence::Offline);
    if care.when_back || plan.chosen().iter().any(|id| away(id.as_str())) {
        let text = "Update those that do not answer when they come back, while Skylift is open";
        if choice(ui, care.when_back, text) {
            change(Care { when_back: !care.when_back, ..care });
        }
    }
    let jaguar = |id: &Id| state.engine.device(id).is_some_and(|device| device.family.jaguar().is_some());
    let (jaguars, others): (Vec<_>, Vec<_>) = plan.chosen().into_iter().partition(jaguar);
    if !jaguars.is_empty() && !matches!(plan.inside, Some(JaguarInside::As(_)) | None) {
        let text = "Allow an image without Jaguar: the device cannot be updated over the network after that";
        if choice(ui, care.allow_without_jaguar, text) {
            change(Care { allow_without_jaguar: !care.allow_without_jaguar, ..care });
        }
    }
    if others.is_empty() && !jaguars.is_empty() {
        return;
    }
    if choice(ui, care.allow_other_project, "Allow an image of another project") {
        change(Care { allow_other_project: !care.allow_other_project, ..care });
    }
    if choice(
        ui,
        care.allow_unguarded,
        "Allow an image without boot guard: a bad one stays until a cable mends it",
    ) {
        change(Care { allow_unguarded: !care.allow_unguarded, ..care });
    }
}
