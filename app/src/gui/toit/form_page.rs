//! The form: envelope, programs, WiFi, the SDK that compiles, and what would come of it.

use egui::Ui;

use super::form::Form;
use super::{Action, Sdk, View, Weightiness, for_device, origin_fields, program_rows, wifi_fields};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::frame::{ends, rule, scroll};
use crate::gui::widgets::text::{Tint, copyable, icon, paragraph, say, section};
use crate::image::toit::sdk::WHERE_TO_GET;

/// Lines of text are not wider, in points.
const WIDTH: f32 = 720.0;

/// Draws it, and changes the form.
pub(super) fn draw(ui: &mut Ui, state: &State, form: &mut Form, out: &mut Vec<Action>) {
    scroll(ui, |ui| {
        ui.vertical(|ui| {
            ui.set_max_width(WIDTH.min(ui.available_width()));
            fields(ui, state, form, out);
        });
    });
}

fn fields(ui: &mut Ui, state: &State, form: &mut Form, out: &mut Vec<Action>) {
    let view = &state.toit;
    for_device::draw(ui, form);
    section(ui, "Envelope", "Toit's firmware, before your programs are in it");
    origin_fields::draw(ui, view, form, out);
    rule(ui);
    program_rows::draw(ui, view, form, out);
    rule(ui);
    section(ui, "WiFi", "stays readable in the image");
    wifi_fields::draw(ui, form, &state.usb.networks, out);
    rule(ui);
    sdks(ui, view, out);
    foretold(ui, view);
    if view.no_picker {
        ui.add_space(8.0);
        let text =
            "This system opened no dialog for files. Type the paths, or drop the files onto the window.";
        paragraph(ui, Face::Small, Tint::Third, text);
    }
}

fn sdks(ui: &mut Ui, view: &View, out: &mut Vec<Action>) {
    let choose = |ui: &mut Ui| Press::new(Weight::Secondary, "Choose an SDK…").small().clicked(ui);
    if ends(ui, 28.0, choose, |ui| drop(say(ui, Face::Section, Tint::First, "Toit SDK"))) {
        out.push(Action::PickSdk);
    }
    match view.sdks.as_deref() {
        None => drop(paragraph(ui, Face::Body, Tint::Third, "Looking for one.")),
        Some([]) => {
            let text = "None is installed here. Only programs in source, .toit, need one; snapshots and images do not.";
            paragraph(ui, Face::Body, Tint::Second, text);
            copyable(ui, "where to get one", WHERE_TO_GET, WHERE_TO_GET);
        }
        Some(sdks) => sdks.iter().for_each(|sdk| installed(ui, sdk)),
    }
}

fn installed(ui: &mut Ui, sdk: &Sdk) {
    let program = sdk.program.display().to_string();
    ui.horizontal(|ui| {
        icon(ui, icons::CHECK, Cut::Regular, 16.0, Tokens::of(ui).valid.ink);
        say(ui, Face::Name, Tint::First, &sdk.version);
        say(ui, Face::Small, Tint::Third, &sdk.origin);
        copyable(ui, "path of the SDK", &program, &program);
    });
}

/// What would come of it, the grave first.
fn foretold(ui: &mut Ui, view: &View) {
    if view.notices.is_empty() {
        return;
    }
    rule(ui);
    section(ui, "Before it is made", "");
    let tokens = Tokens::of(ui);
    for weight in [Weightiness::Grave, Weightiness::Mild] {
        for notice in view.notices.iter().filter(|notice| notice.weight == weight) {
            ui.horizontal_top(|ui| {
                let (mark, cut, ink) = match weight {
                    Weightiness::Grave => (icons::WARNING_OCTAGON, Cut::Fill, tokens.failed.ink),
                    Weightiness::Mild => (icons::INFO, Cut::Regular, tokens.t3),
                };
                icon(ui, mark, cut, 14.0, ink);
                paragraph(ui, Face::Body, Tint::First, &notice.text);
            });
        }
    }
}
