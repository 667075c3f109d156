//! The firmware page as a whole: the list, the ways to add an image, and what stands beside them.

use std::path::PathBuf;

use egui::{
    Align, CentralPanel, CornerRadius, Frame, Key, Layout, Margin, Modifiers, Panel, Sense, Stroke, Ui,
};

use super::{Action, Filter, build_panel, detail, signing, sources, sources_panel, table};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::keys::{default_name, default_signer};
use crate::gui::shell::{Side, edge, filter_row, is_narrow, page_margin, top_bar};
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::toit;
use crate::gui::widgets::button::{Press, Weight, primary, secondary};
use crate::gui::widgets::field::{chip, field_error, search_field, switch, text_field};
use crate::gui::widgets::frame::hairline;
use crate::gui::widgets::text::{Tint, paragraph, say};

/// Draws the page.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    if state.toit.open {
        return toit::draw(ui, state, out);
    }
    let mut actions = Vec::new();
    head(ui, state, &mut actions);
    if let Some(build) = &state.firmware.build {
        build_panel::draw(ui, build, &mut actions);
    }
    beside(ui, state, &mut actions);
    filters(ui, state, &mut actions);
    CentralPanel::default().frame(Frame::new().fill(Tokens::of(ui).bg1)).show(ui, |ui| {
        list(ui, state, &mut actions);
    });
    out.extend(actions.into_iter().map(state::Action::Firmware));
}

/// The details of an image, or the release sources.
fn beside(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let view = &state.firmware;
    let entry = view.open.and_then(|digest| view.entry(digest));
    if entry.is_none() && !view.sources.open {
        return;
    }
    Panel::right("image")
        .exact_size(if is_narrow(ui) { 336.0 } else { 480.0 })
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(Tokens::of(ui).bg1))
        .show(ui, |ui| {
            edge(ui, Side::Left);
            match entry {
                Some(entry) => detail::draw(ui, state, entry, out),
                None => sources_panel::draw(ui, state, out),
            }
        });
}

fn filters(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let view = &state.firmware;
    filter_row(ui, |ui| {
        for (filter, name) in Filter::ALL {
            if chip(ui, view.filter == filter, name, Some(view.count(filter))) {
                out.push(Action::Filter(filter));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let count = view.sources.list.len();
            if chip(ui, view.sources.open, "Sources", Some(count)) {
                out.push(Action::Sources(sources::Action::Toggle));
            }
        });
    });
}

fn head(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    top_bar(ui, "Firmware", |ui| {
        if primary(ui, icons::PLUS, "Add image…") {
            out.push(Action::Pick);
        }
        if secondary(ui, icons::HAMMER, "Build a project…") {
            out.push(Action::PickFolder);
        }
        if secondary(ui, icons::STACK, "From Toit…") {
            out.push(Action::FromToit);
        }
        let mut search = state.firmware.search.clone();
        let field = search_field(ui, "Find an image", &mut search, if is_narrow(ui) { 160.0 } else { 220.0 });
        if ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::F)) {
            field.request_focus();
        }
        if search != state.firmware.search {
            out.push(Action::Search(search));
        }
    });
}

fn list(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let entries = state.firmware.shown();
    let margin = page_margin(ui);
    if !entries.is_empty() {
        ui.scope(|ui| table::draw(ui, state, &entries, out));
        hairline(ui);
    }
    Frame::new().inner_margin(Margin::symmetric(margin, 16)).show(ui, |ui| {
        if entries.is_empty() && !state.firmware.entries.is_empty() {
            no_match(ui, state, out);
        }
        for damaged in &state.firmware.damaged {
            paragraph(ui, Face::Body, Tint::Second, damaged);
        }
        add_by_path(ui, state, out);
        sign_builds(ui, state, out);
        ui.add_space(6.0);
        drop_zone(ui, state);
    });
}

fn no_match(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let view = &state.firmware;
    let hidden = view.entries.len();
    let text = match view.search.trim() {
        "" => format!("No image is left by this filter, {hidden} hidden."),
        search => format!("No image matches “{search}”, {hidden} hidden."),
    };
    paragraph(ui, Face::Body, Tint::Second, text);
    if Press::new(Weight::Secondary, "Show all images").small().clicked(ui) {
        out.push(Action::Search(String::new()));
        out.push(Action::Filter(Filter::All));
    }
    ui.add_space(12.0);
}

/// A path can always be typed: a machine without a dialog of its own answers as if it had been cancelled.
fn add_by_path(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let mut typed = state.firmware.typed.clone();
        let width = (ui.available_width() - 90.0).clamp(160.0, 640.0);
        let hint = "or the path of an ota.bin, an ELF or a project";
        let field = text_field(ui, "Path of an image or a project", &mut typed, hint, width);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let why_not = typed.trim().is_empty().then_some("Type a path first");
        let add = Press::new(Weight::Secondary, "Add").refused(why_not).clicked(ui);
        if (add || entered) && why_not.is_none() {
            out.push(Action::Add(PathBuf::from(typed.trim())));
        } else if typed != state.firmware.typed {
            out.push(Action::Typed(typed));
        }
    });
    if state.firmware.no_picker {
        let text = "This system opened no dialog for files. Type the path, or drop the file onto the window.";
        paragraph(ui, Face::Small, Tint::Third, text);
    }
}

/// Whoever has a signer may want everything signed. What is signed already stays as it is.
fn sign_builds(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let on = state.firmware.sign_builds;
    if state.keys.signers.is_empty() && !on {
        return;
    }
    ui.horizontal(|ui| {
        let name = format!("Sign with {}", default_name(state));
        if switch(ui, on, &name) {
            out.push(Action::Sign(signing::Action::Builds(!on)));
        }
        say(ui, Face::Body, Tint::First, name);
        if default_signer(state).is_some() {
            let what = "What is built or added here";
            say(ui, Face::Body, Tint::Third, what).on_hover_text("What is signed already stays as it is");
        } else {
            field_error(ui, "There is no such signer here");
        }
    });
}

fn drop_zone(ui: &mut Ui, state: &State) {
    let tokens = Tokens::of(ui);
    let hovering = ui.input(|input| !input.raw.hovered_files.is_empty());
    let ink = if hovering { tokens.accent } else { tokens.line2 };
    let (place, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 76.0), Sense::hover());
    let corners =
        [place.left_top(), place.right_top(), place.right_bottom(), place.left_bottom(), place.left_top()];
    if hovering {
        ui.painter().rect_filled(place, CornerRadius::same(6), tokens.updating.tint);
    }
    ui.painter().extend(egui::Shape::dashed_line(&corners, Stroke::new(1.0, ink), 4.0, 4.0));
    let text = if state.firmware.entries.is_empty() {
        "No image yet. Drop an image, an ELF or a project folder here"
    } else {
        "Drop an image, an ELF or a project folder here"
    };
    let at = place.center();
    let painter = ui.painter();
    let centre = egui::Align2::CENTER_CENTER;
    painter.text(
        at - egui::vec2(0.0, 9.0),
        centre,
        format!("{}  {text}", icons::FILE_ARROW_DOWN),
        Face::Body.font(),
        tokens.t2,
    );
    let kinds = ".bin, .elf, a merged image, a Toit envelope, a Cargo, ESP-IDF or PlatformIO folder";
    painter.text(at + egui::vec2(0.0, 11.0), centre, kinds, Face::Small.font(), tokens.t3);
}
