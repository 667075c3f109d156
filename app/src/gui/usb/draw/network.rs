//! The fields of a network: its name, chosen or typed, and its password.

use egui::{Align, Layout, Ui, vec2};

use super::super::Bench;
use super::super::form::{Field, Flaws, Form, Joins};
use crate::engine::printable;
use crate::gui::dialog::secret_field::SecretField;
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::widgets::dropdown::{Choice, dropdown};
use crate::gui::widgets::field::{field_error, text_field, wrong_field};
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::text::{Tint, say};

/// A label over a field, with a remark at the right.
pub(super) fn label(ui: &mut Ui, name: &str, remark: &str) {
    ui.add_space(4.0);
    let remark = |ui: &mut Ui| {
        if !remark.is_empty() {
            say(ui, Face::Small, Tint::Third, remark);
        }
    };
    ends(ui, 18.0, remark, |ui| drop(say(ui, Face::Head, Tint::Second, name)));
}

/// What is wrong with the field above.
pub(super) fn flaw(ui: &mut Ui, flaw: Option<&String>) {
    if let Some(flaw) = flaw {
        ui.spacing_mut().interact_size.y = 18.0;
        ui.allocate_ui_with_layout(
            vec2(ui.available_width(), 18.0),
            Layout::left_to_right(Align::Center),
            |ui| {
                field_error(ui, flaw);
            },
        );
    }
}

/// Draws them, and changes the form; `nothing` is what it means that no network is given. The fields that were left just now.
pub(super) fn draw(
    ui: &mut Ui,
    form: &mut Form,
    nothing: &str,
    remembered: &[String],
    flaws: &Flaws,
) -> Vec<Field> {
    let mut left = Vec::new();
    let width = ui.available_width();
    label(ui, "WiFi network", "2.4 GHz");
    let shown = match &form.joins {
        Joins::Nothing => nothing.to_owned(),
        Joins::Remembered(name) => name.clone(),
        Joins::Typed => "Another network".to_owned(),
    };
    let remark = if matches!(form.joins, Joins::Remembered(_)) { "remembered" } else { "" };
    let chosen = dropdown(
        ui,
        ("WiFi network", icons::WIFI_HIGH),
        (&shown, remark),
        &choices(nothing, remembered),
        width,
    );
    if let Some(chosen) = chosen {
        form.joins = chosen;
    }
    if form.joins == Joins::Typed {
        left.extend(typed(ui, form, flaws, width));
    }
    left
}

/// What no network means to a board that knows none.
pub(super) const NONE: &str = "None, by cable only";

/// What it means that no network is given to a board.
pub(super) fn nothing(bench: &Bench) -> String {
    let owner = bench.board.as_ref().and_then(|board| board.board.owner());
    match owner.map(|owner| owner.networks.join(", ")).filter(|networks| !networks.is_empty()) {
        Some(networks) => format!("As it is: {}", printable(&networks)),
        None => NONE.to_owned(),
    }
}

fn choices(nothing: &str, remembered: &[String]) -> Vec<Choice<Joins>> {
    let choice =
        |value, name: &str, remark: &str| Choice { value, name: name.to_owned(), remark: remark.to_owned() };
    let known = remembered.iter().map(|name| choice(Joins::Remembered(name.clone()), name, "remembered"));
    let others = [(Joins::Typed, "Another network…".to_owned()), (Joins::Nothing, nothing.to_owned())];
    known.chain(others.map(|(joins, name)| choice(joins, &name, ""))).collect()
}

fn typed(ui: &mut Ui, form: &mut Form, flaws: &Flaws, width: f32) -> Vec<Field> {
    let mut left = Vec::new();
    ui.add_space(2.0);
    let field = if flaws.ssid.is_some() { wrong_field } else { text_field };
    if field(ui, "Name of the network", &mut form.ssid, "its name (SSID)", width).lost_focus() {
        left.push(Field::Ssid);
    }
    flaw(ui, flaws.ssid.as_ref());
    label(ui, "WiFi password", "");
    let secret = SecretField {
        name: "WiFi password",
        eye: "Show the password while held",
        hint: "None, for an open network",
        width,
    };
    let mut lost = false;
    ui.horizontal(|ui| lost = secret.show(ui, &mut form.password).lost_focus());
    if lost {
        left.push(Field::Password);
    }
    flaw(ui, flaws.password.as_ref());
    left
}
