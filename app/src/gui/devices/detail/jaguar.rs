//! What a Jaguar device says of itself, what is not to be had of it, and how an image of its own is made.

use egui::Ui;
use skylift_protocol::Chip;

use super::facts::tag_list;
use crate::engine::{JaguarFacts, Source, printable};
use crate::gui::devices::table::seen_words;
use crate::gui::devices::{Action, Row};
use crate::gui::figures::{chip, short_digest};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::frame::rule;
use crate::gui::widgets::text::{Tint, copyable, fact_row, paragraph, point, say, section};
use crate::image::envelope::WordSize;

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, row: &Row, facts: &JaguarFacts, out: &mut Vec<Action>) {
    section(ui, "Jaguar", "Toit");
    identity(ui, state, row, facts);
    let text = "Jaguar tells nothing of slots, memory and log, and takes no order but an update.";
    paragraph(ui, Face::Small, Tint::Third, text);
    rule(ui);
    protection(ui);
    rule(ui);
    section(ui, "Tags", "");
    tag_list(ui, state, row, out);
}

fn identity(ui: &mut Ui, state: &State, row: &Row, facts: &JaguarFacts) {
    let device = &row.device;
    let value = |ui: &mut Ui, label: &str, text: String| {
        fact_row(ui, label, |ui| drop(say(ui, Face::Body, Tint::First, text)));
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    value(ui, "SDK", printable(&facts.sdk_version));
    let bits = if facts.word_size == WordSize::W32 { "32 bits" } else { "64 bits" };
    value(ui, "Word", bits.to_owned());
    let known = facts.chip();
    let words = match known {
        Chip::Unknown => format!("Not known, it says {}", printable(&facts.chip_word)),
        known => chip(known),
    };
    value(ui, "Chip", words);
    let id = facts.uuid.to_string();
    let shown = short_digest(&id);
    fact_row(ui, "Id", |ui| drop(copyable(ui, "id", &shown, &id)));
    let found = match (device.source, facts.proxied) {
        (_, true) => "On the cable of another computer",
        (Source::ByAddress, _) => "By its address",
        _ => "By what it broadcasts",
    };
    value(ui, "Found", found.to_owned());
    if let Some(seen) = device.last_seen {
        value(ui, "Seen", seen_words(row, seen, state));
    }
    ui.spacing_mut().item_spacing.y = 6.0;
}

fn protection(ui: &mut Ui) {
    let tokens = Tokens::of(ui);
    section(ui, "Protection", "");
    let text = "A new image is kept once Jaguar is on the network with it. Else the bootloader starts the old one again.";
    point(ui, (icons::SHIELD_CHECK, tokens.valid.ink), "Bootloader", text, |_| ());
    let text = "This protocol has no authentication: anyone on the network can update it.";
    point(ui, (icons::LOCK_SIMPLE_OPEN, tokens.open.ink), "Open", text, |_| ());
}

/// The way to an image that has Jaguar in it, as this device.
pub(super) fn make(ui: &mut Ui, row: &Row, out: &mut Vec<Action>) {
    let make = Press::new(Weight::Secondary, "Make its image…").icon(icons::STACK);
    let hint = "From a Toit envelope, with Jaguar in it as this device";
    if make.hint(hint).clicked(ui) {
        out.push(Action::MakeImage(row.device.id.clone()));
    }
}
