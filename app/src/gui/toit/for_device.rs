//! Which device the image is for, where it is made for one: a Jaguar device gets Jaguar along, as itself.

use egui::Ui;

use super::form::Form;
use crate::engine::printable;
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::link;
use crate::gui::widgets::field::choice;
use crate::gui::widgets::frame::{banner, ends};
use crate::gui::widgets::text::{Tint, paragraph, say};

/// Draws it, and changes the form.
pub(super) fn draw(ui: &mut Ui, form: &mut Form) {
    let Some(jaguar) = &mut form.device else { return };
    let (name, chip, sdk) = (
        printable(&jaguar.device.name),
        printable(&jaguar.device.chip),
        printable(&jaguar.device.sdk_version),
    );
    let tone = Tokens::of(ui).updating;
    let mut for_any = false;
    banner(ui, tone, (icons::CPU, Cut::Regular), |ui| {
        let any = |ui: &mut Ui| link(ui, "For any device instead");
        let title = format!("For {name}, a Jaguar device");
        for_any = ends(ui, 22.0, any, |ui| drop(say(ui, Face::Name, Tint::First, title)));
        let text = format!(
            "It is an {chip} with SDK {sdk}. Jaguar goes into the image as this device, with a new id: by that Skylift \
             sees whether the update has come through."
        );
        paragraph(ui, Face::Body, Tint::Second, text);
        if choice(ui, jaguar.leave, "Leave Jaguar out: after the update the device is out of its reach") {
            jaguar.leave = !jaguar.leave;
        }
    });
    if for_any {
        form.device = None;
    }
    ui.add_space(12.0);
}
