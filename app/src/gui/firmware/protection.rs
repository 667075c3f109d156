//! What protects a device from an image, and who vouches for it.

use egui::Ui;

use super::{Action, signing};
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::keys::vouch::vouches;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::link;
use crate::gui::widgets::frame::{ends, rule};
use crate::gui::widgets::signature::signatures;
use crate::gui::widgets::text::{Tint, point, say, section};
use crate::image::Image;
use crate::image::sign;

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, image: &Image, out: &mut Vec<Action>) {
    section(ui, "Protection", "");
    guard(ui, image);
    rule(ui);
    let signs = |ui: &mut Ui| link(ui, "Sign…");
    if ends(ui, 24.0, signs, |ui| drop(say(ui, Face::Section, Tint::First, "Signature"))) {
        out.push(Action::Sign(signing::Action::Ask(image.file_sha256)));
    }
    // Found when the image was opened.
    signatures(ui, &vouches(&sign::signatures(image), &state.keys.signers));
}

fn guard(ui: &mut Ui, image: &Image) {
    let tokens = Tokens::of(ui);
    let (mark, ink, name, text) = match image.guard() {
        Some(_) => (
            icons::SHIELD_CHECK,
            tokens.valid.ink,
            "Boot guard",
            "A device steps back to its old image if this one fails.",
        ),
        None => (
            icons::SHIELD_SLASH,
            tokens.open.ink,
            "No boot guard",
            "Only a bootloader that rolls back protects a device from it. Others refuse it unless you allow it.",
        ),
    };
    point(ui, (mark, ink), name, text, |_| {});
}
