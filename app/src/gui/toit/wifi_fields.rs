//! The network that the image is to join: one that is remembered, or a name and a password.

use egui::Ui;

use super::Action;
use super::form::{Field, Form};
use crate::gui::dialog::secret_field::SecretField;
use crate::gui::icons;
use crate::gui::usb::form::Joins;
use crate::gui::widgets::dropdown::{Choice, dropdown};
use crate::gui::widgets::field::{field_error, text_field, wrong_field};

const NOTHING: &str = "As the envelope has it";
const TYPED: &str = "Another network";
/// The widest that a field gets, in points.
const WIDTH: f32 = 400.0;

/// Draws the fields, and changes the form.
pub(super) fn draw(ui: &mut Ui, form: &mut Form, remembered: &[String], out: &mut Vec<Action>) {
    let width = ui.available_width().min(WIDTH);
    let (shown, remark) = match &form.joins {
        Joins::Nothing => (NOTHING, ""),
        Joins::Remembered(name) => (name.as_str(), "remembered"),
        Joins::Typed => (TYPED, ""),
    };
    let field = ("WiFi network", icons::WIFI_HIGH);
    if let Some(chosen) = dropdown(ui, field, (shown, remark), &choices(remembered), width) {
        form.joins = chosen;
    }
    if form.joins == Joins::Typed {
        typed(ui, form, width, out);
    }
}

fn choices(remembered: &[String]) -> Vec<Choice<Joins>> {
    let choice =
        |value, name: &str, remark: &str| Choice { value, name: name.to_owned(), remark: remark.to_owned() };
    let known = remembered.iter().map(|name| choice(Joins::Remembered(name.clone()), name, "remembered"));
    known.chain([choice(Joins::Typed, "Another network…", ""), choice(Joins::Nothing, NOTHING, "")]).collect()
}

fn typed(ui: &mut Ui, form: &mut Form, width: f32, out: &mut Vec<Action>) {
    let told = [Field::Ssid, Field::Password].map(|field| form.told(field));
    let field = if told[0].is_some() { wrong_field } else { text_field };
    if field(ui, "Name of the network", &mut form.ssid, "its name (SSID)", width).lost_focus() {
        out.push(Action::Leave(Field::Ssid));
    }
    if let Some(flaw) = &told[0] {
        field_error(ui, flaw);
    }
    let secret = SecretField {
        name: "WiFi password",
        eye: "Show the password while held",
        hint: "password; none for an open network",
        width,
    };
    let mut lost = false;
    ui.horizontal(|ui| lost = secret.show(ui, &mut form.password).lost_focus());
    if lost {
        out.push(Action::Leave(Field::Password));
    }
    if let Some(flaw) = &told[1] {
        field_error(ui, flaw);
    }
}
