//! Where the envelope comes from: a file, a URL, or a release of Toit's.

use egui::{Key, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};

use super::form::{Form, Place};
use super::{Action, Loading, View};
use crate::gui::figures::{percent, size};
use crate::gui::fonts::Face;
use crate::gui::messages::sentence;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, link};
use crate::gui::widgets::field::{field_error, one_of, text_field, wrong_field};
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::text::{Tint, paragraph, say};

const PLACES: [(Place, &str); 3] =
    [(Place::File, "A file"), (Place::Url, "A URL"), (Place::Release, "A release of Toit")];
/// The variants that most boards are.
const VARIANTS: [&str; 5] = ["esp32", "esp32c3", "esp32c6", "esp32s2", "esp32s3"];
/// The buttons beside a field, each with the gap before it, in points.
const OPEN: f32 = 66.0;
const CHOOSE: f32 = 85.0;

/// Draws the fields, and changes the form.
pub(super) fn draw(ui: &mut Ui, view: &View, form: &mut Form, out: &mut Vec<Action>) {
    if let Some(place) = one_of(ui, form.place, &PLACES) {
        form.place = place;
    }
    let focused = match form.place {
        Place::File => file(ui, view, form, out),
        Place::Url => url(ui, view, form, out),
        Place::Release => release(ui, view, form, out),
    };
    let complaint = form.source().err().filter(|complaint| !complaint.is_empty());
    // While it is typed, it is wrong most of the time.
    if let Some(complaint) = complaint.filter(|_| !focused) {
        field_error(ui, &sentence(&complaint));
    }
    match &view.envelope {
        Loading::Nothing => {
            let text = "Plain or packed: firmware-esp32.envelope and firmware-esp32.gz are both fine.";
            paragraph(ui, Face::Small, Tint::Third, text);
        }
        Loading::Under { received, total } => {
            if under_way(ui, *received, *total) {
                out.push(Action::StopLoading);
            }
        }
        Loading::Opened(_) => {}
        Loading::Failed(failure) => {
            field_error(ui, &failure.what);
            for advice in &failure.advice {
                paragraph(ui, Face::Small, Tint::Second, advice);
            }
        }
    }
}

fn file(ui: &mut Ui, view: &View, form: &mut Form, out: &mut Vec<Action>) -> bool {
    ui.horizontal(|ui| {
        let width = ui.available_width() - OPEN - CHOOSE;
        let hint = "the path of an envelope, or drop it here";
        let field = text_field(ui, "Path of the envelope", &mut form.file, hint, width);
        load(ui, view, form, "Open", &field, out);
        if Press::new(Weight::Secondary, "Choose…").clicked(ui) {
            out.push(Action::PickEnvelope);
        }
        field.has_focus()
    })
    .inner
}

fn url(ui: &mut Ui, view: &View, form: &mut Form, out: &mut Vec<Action>) -> bool {
    ui.horizontal(|ui| {
        let width = ui.available_width() - OPEN;
        let wrong = form.source().is_err_and(|complaint| !complaint.is_empty());
        let field = if wrong { wrong_field } else { text_field };
        let field = field(ui, "URL of the envelope", &mut form.url, "https://…/firmware-esp32.gz", width);
        load(ui, view, form, "Fetch", &field, out);
        field.has_focus()
    })
    .inner
}

fn release(ui: &mut Ui, view: &View, form: &mut Form, out: &mut Vec<Action>) -> bool {
    let focused = ui.horizontal(|ui| {
        let width = (ui.available_width() - OPEN - 8.0) / 2.0;
        let chip = text_field(ui, "Chip or variant", &mut form.chip, "chip, such as esp32c3", width);
        let field = text_field(ui, "SDK version", &mut form.version, "v2.0.0-alpha.190", width);
        load(ui, view, form, "Fetch", &field, out);
        chip.has_focus() || field.has_focus()
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for variant in VARIANTS {
            if link(ui, variant) {
                variant.clone_into(&mut form.chip);
            }
        }
        let versions = view.sdks.iter().flatten().map(|sdk| sdk.version.as_str());
        for version in versions.take(1) {
            if link(ui, version) {
                version.clone_into(&mut form.version);
            }
        }
    });
    focused.inner
}

/// The button that loads what the fields name; Enter in the last of them does so too.
fn load(ui: &mut Ui, view: &View, form: &Form, verb: &str, field: &Response, out: &mut Vec<Action>) {
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let why_not = match (form.source(), &view.envelope) {
        (Err(_), _) => Some("Fill in the field first"),
        (_, Loading::Under { .. }) => Some("An envelope is on its way"),
        _ => None,
    };
    let clicked = Press::new(Weight::Secondary, verb).refused(why_not).clicked(ui);
    if (clicked || entered) && why_not.is_none() {
        // What was typed in this frame counts.
        out.push(Action::Change(Box::new(form.clone())));
        out.push(Action::Load);
    }
}

/// True if nobody waits for it any more: a site may never send the rest.
fn under_way(ui: &mut Ui, received: u64, total: Option<u64>) -> bool {
    let tokens = Tokens::of(ui);
    let (words, share) = match total {
        Some(total) => {
            let hundredths = u32::try_from(received * 100 / total.max(1)).unwrap_or(100).min(100);
            (
                format!("{} of {}, {}", size(received), size(total), percent(hundredths)),
                hundredths as f32 / 100.0,
            )
        }
        None if received > 0 => (size(received), 0.0),
        None => ("Reading the envelope".to_owned(), 0.0),
    };
    let stop = |ui: &mut Ui| link(ui, "Stop loading");
    let stopped = ends(ui, 26.0, stop, |ui| drop(say(ui, Face::Small, Tint::Second, &words)));
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), 6.0), Sense::hover());
    ui.painter().rect_filled(area, 2.0, tokens.bg4);
    let part = Rect::from_min_size(area.min, vec2(area.width() * share, area.height()));
    ui.painter().rect_filled(part, 2.0, tokens.accent);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &words));
    stopped
}
