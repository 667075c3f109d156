//! The envelope beside the form: chip, SDK, containers, properties, parts.

use egui::{Frame, Margin, Ui};

use super::form::Form;
use super::{Facts, Loading, container_rows};
use crate::gui::figures::size;
use crate::gui::fonts::Face;
use crate::gui::shell::page_margin;
use crate::gui::widgets::frame::{ends, rule, scroll};
use crate::gui::widgets::text::{Tint, fact_row, paragraph, say, section};

/// Draws it, and changes the form.
pub(super) fn draw(ui: &mut Ui, envelope: &Loading, form: &mut Form) {
    let Loading::Opened(opened) = envelope else {
        scroll(ui, |ui| {
            say(ui, Face::Title, Tint::First, "Envelope");
            let text =
                if matches!(envelope, Loading::Failed(_)) { "It cannot be used." } else { "Reading it." };
            paragraph(ui, Face::Body, Tint::Third, text);
        });
        return;
    };
    let facts = &opened.facts;
    let margin = page_margin(ui);
    Frame::new().inner_margin(Margin { left: margin, right: margin, top: 14, bottom: 0 }).show(ui, |ui| {
        say(ui, Face::Title, Tint::First, &facts.name);
        say(ui, Face::MonoSmall, Tint::Third, &facts.source);
    });
    scroll(ui, |ui| {
        what_it_is(ui, facts);
        rule(ui);
        container_rows::draw(ui, &facts.containers, form);
        rule(ui);
        properties(ui, facts);
        rule(ui);
        parts(ui, facts);
    });
}

fn what_it_is(ui: &mut Ui, facts: &Facts) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let network = facts.network.as_deref().map(|network| format!("{network}, password hidden"));
    for (label, value) in [
        ("Runs on", facts.runs_on.clone()),
        ("SDK", facts.sdk.clone()),
        ("Word", format!("{} bits", facts.bits)),
        ("WiFi", network.unwrap_or_else(|| "None in it".to_owned())),
    ] {
        fact_row(ui, label, |ui| drop(say(ui, Face::Body, Tint::First, value)));
    }
    ui.spacing_mut().item_spacing.y = 6.0;
}

fn properties(ui: &mut Ui, facts: &Facts) {
    section(ui, "Properties", "");
    if facts.properties.is_empty() {
        paragraph(ui, Face::Body, Tint::Third, "None.");
    }
    for (key, value) in &facts.properties {
        fact_row(ui, key, |ui| drop(paragraph(ui, Face::Mono, Tint::Second, value)));
    }
}

fn parts(ui: &mut Ui, facts: &Facts) {
    section(ui, "Parts", "");
    ui.spacing_mut().item_spacing.y = 0.0;
    for (name, bytes) in &facts.parts {
        let bytes = |ui: &mut Ui| drop(say(ui, Face::Body, Tint::Second, size(*bytes)));
        ends(ui, 22.0, bytes, |ui| drop(say(ui, Face::Mono, Tint::Second, name)));
    }
}
