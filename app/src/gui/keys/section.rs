//! The keys on the settings page: signers, the keys of devices, and the backup of these.

use egui::{Align, Layout, Ui, vec2};

use super::{Action, Busy, default_signer};
use crate::gui::figures::{day_and_time, short_digest};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::messages::sentence;
use crate::gui::shell::page_margin;
use crate::gui::state::State;
use crate::gui::widgets::button::{Press, Weight, link};
use crate::gui::widgets::frame::{ends, hairline, rule};
use crate::gui::widgets::text::{Tint, copyable, paragraph, say, unknown};
use crate::image::sign::Signer;

/// Where the second and the third column begin, in points from one to the next.
const NAME: f32 = 240.0;
const MIDDLE: f32 = 150.0;
const ROW: f32 = 34.0;
const WIDTH: f32 = 760.0;

/// Draws them.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    narrow(ui, |ui| signers(ui, state, out));
    rule(ui);
    narrow(ui, |ui| devices(ui, state, out));
    for trouble in &state.keys.trouble {
        ui.add_space(4.0);
        paragraph(ui, Face::Body, Tint::Second, sentence(trouble));
    }
}

/// Not wider than a line that the eye can follow; nor, in a small window, than what can be seen of the page.
fn narrow(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let seen = ui.clip_rect().right() - ui.cursor().left() - f32::from(page_margin(ui));
    let width = seen.min(WIDTH);
    ui.allocate_ui_with_layout(vec2(width, 0.0), Layout::top_down(Align::Min), contents);
}

/// A title at the left, what can be done at the right.
fn head<R>(ui: &mut Ui, title: &str, right: impl FnOnce(&mut Ui) -> R) -> R {
    ends(ui, 30.0, right, |ui| drop(say(ui, Face::Section, Tint::First, title)))
}

fn signers(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let new =
        |ui: &mut Ui| Press::new(Weight::Secondary, "New signer…").icon(icons::PLUS).small().clicked(ui);
    if head(ui, "Signers", new) {
        out.push(Action::NewSigner(None));
    }
    let text = "A signer has a key that signs images. Devices that trust signers take no other images.";
    paragraph(ui, Face::Body, Tint::Third, text);
    ui.add_space(4.0);
    if state.keys.signers.is_empty() {
        paragraph(ui, Face::Body, Tint::Second, "There is no signer on this computer yet.");
    }
    let default = default_signer(state);
    for signer in &state.keys.signers {
        signer_row(ui, state, signer, default == Some(signer), out);
    }
}

fn signer_row(ui: &mut Ui, state: &State, signer: &Signer, is_default: bool, out: &mut Vec<Action>) {
    hairline(ui);
    let name = signer.name.as_str();
    let right = |ui: &mut Ui| {
        if is_default {
            // As far in as the text of a link is.
            ui.add_space(4.0);
            say(ui, Face::Body, Tint::Third, "Default").on_hover_text("It signs where nobody is named");
            return false;
        }
        link(ui, &format!("Make {name} the default"))
    };
    let chosen = ends(ui, ROW, right, |ui| {
        cell(ui, NAME, |ui| drop(say(ui, Face::Name, Tint::First, name)));
        let whole = signer.digest.to_string();
        cell(ui, MIDDLE, |ui| {
            copyable(ui, &format!("fingerprint of {name}"), &short_digest(&whole), &whole);
        });
        when(ui, state, signer.created);
    });
    if chosen {
        out.push(Action::MakeDefault(signer.name.clone()));
    }
}

fn devices(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let busy = state.keys.busy.map(|busy| match busy {
        Busy::Exporting => "The keys are being encrypted",
        Busy::Importing => "The keys are being decrypted",
    });
    let nothing = state.keys.paired.is_empty().then_some("There are no keys of devices here");
    let buttons = |ui: &mut Ui| {
        let export = Press::new(Weight::Secondary, "Export…").icon(icons::EXPORT).small();
        let export = export.refused(busy.or(nothing)).clicked(ui);
        let import = Press::new(Weight::Secondary, "Import…").icon(icons::DOWNLOAD_SIMPLE).small();
        (export, import.refused(busy).clicked(ui))
    };
    let (export, import) = head(ui, "Keys of devices", buttons);
    if export {
        out.push(Action::Export);
    }
    if import {
        out.push(Action::Import);
    }
    let text = busy.map_or_else(
        || "Who has the key of a paired device can give it orders. Another computer gets them by a file with a \
            passphrase."
            .to_owned(),
        |busy| format!("{busy}, which takes a second."),
    );
    paragraph(ui, Face::Body, Tint::Third, text);
    ui.add_space(4.0);
    if state.keys.paired.is_empty() {
        paragraph(ui, Face::Body, Tint::Second, "No device is paired with this computer yet.");
    }
    for key in &state.keys.paired {
        hairline(ui);
        ends(
            ui,
            ROW,
            |_| (),
            |ui| {
                let label = state.engine.device(&key.device).map(|device| device.label().to_owned());
                cell(ui, NAME, |ui| match label {
                    Some(label) => drop(say(ui, Face::Name, Tint::First, label)),
                    None => {
                        drop(unknown(ui, "It has not been seen since it was forgotten, or since the import"))
                    }
                });
                cell(ui, MIDDLE, |ui| drop(copyable(ui, "device id", &key.device, &key.device)));
                when(ui, state, key.since);
            },
        );
    }
}

fn when(ui: &mut Ui, state: &State, time: Option<std::time::SystemTime>) {
    match time {
        Some(time) => drop(say(ui, Face::Body, Tint::Third, day_and_time(time, state.now.wall))),
        None => drop(unknown(ui, "The system does not tell when its file was written")),
    }
}

/// A cell of this width, or of what is left where there is less room.
fn cell(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, ROW), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        contents(ui);
    });
}
