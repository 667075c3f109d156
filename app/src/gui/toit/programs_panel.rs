//! Containers drawn as a list, and the section of an image's details that tells what of Toit is in it.

use egui::Ui;

use super::programs::{Programs, Row};
use crate::gui::figures::{short_digest, size};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::shell::is_narrow;
use crate::gui::theme::Tokens;
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::text::{Tint, copyable, fact_row, icon, paragraph, say, section};

/// Draws what of Toit is in an image.
pub fn draw(ui: &mut Ui, programs: &Programs) {
    section(ui, "Toit programs", &counted(programs.containers.len()));
    rows(ui, &programs.containers);
    ui.add_space(6.0);
    match &programs.jaguar {
        Some(jaguar) => {
            let id = jaguar.id.to_string();
            fact_row(ui, "Jaguar", |ui| {
                drop(say(ui, Face::Body, Tint::First, format!("as {}, for {}", jaguar.name, jaguar.chip)));
            });
            uuid(ui, "Jaguar id", &id);
        }
        None => {
            let text =
                "Jaguar is not in it: after an update with it, no device is reached by Jaguar any more.";
            paragraph(ui, Face::Body, Tint::Second, text);
        }
    }
    if let Some(network) = &programs.network {
        fact_row(ui, "WiFi", |ui| {
            drop(say(ui, Face::Body, Tint::First, format!("{network}, password hidden")))
        });
    }
    uuid(ui, "System id", &programs.system);
}

/// Whole where there is room.
fn uuid(ui: &mut Ui, label: &str, whole: &str) {
    let shown = if is_narrow(ui) { short_digest(whole) } else { whole.to_owned() };
    fact_row(ui, label, |ui| drop(copyable(ui, label, &shown, whole)));
}

/// Containers, each on two lines, and on a third one its assets.
pub(super) fn rows(ui: &mut Ui, rows: &[Row]) {
    for row in rows {
        ui.push_id(&row.name, |ui| container(ui, row, None, 22.0, |_| ()));
    }
}

/// A container, with what stands behind its size in a line of this height. What becomes of it, if that is to be told,
/// matters more than what it is.
pub(super) fn container<R>(
    ui: &mut Ui,
    row: &Row,
    fate: Option<&str>,
    height: f32,
    behind: impl FnOnce(&mut Ui) -> R,
) -> R {
    ui.spacing_mut().item_spacing.y = 0.0;
    let right = |ui: &mut Ui| {
        let behind = behind(ui);
        say(ui, Face::Body, Tint::Second, size(row.size));
        behind
    };
    let behind = ends(ui, height, right, |ui| {
        icon(ui, icons::PACKAGE, Cut::Regular, 16.0, Tokens::of(ui).t3);
        say(ui, Face::Name, if fate.is_some() { Tint::Third } else { Tint::First }, &row.name);
        say(ui, Face::Small, Tint::Third, fate.unwrap_or(row.kind));
    });
    below(ui, |ui| {
        say(ui, Face::Small, Tint::Third, row.runs);
        copyable(ui, &format!("id of {}", row.name), &short_digest(&row.id), &row.id);
    });
    if !row.assets.is_empty() {
        below(ui, |ui| drop(say(ui, Face::Small, Tint::Third, format!("assets {}", row.assets.join(", ")))));
    }
    ui.add_space(6.0);
    behind
}

/// A line below a name.
fn below(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 18.0;
        ui.add_space(24.0);
        add(ui);
    });
}

/// `1 container`, `3 containers`.
pub(super) fn counted(containers: usize) -> String {
    match containers {
        1 => "1 container".to_owned(),
        many => format!("{many} containers"),
    }
}
