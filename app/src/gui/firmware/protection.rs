//! What protects a device from an image, and who vouches for it.

use egui::Ui;

use crate::gui::icons;
use crate::gui::theme::Tokens;
use crate::gui::widgets::text::{point, section};
use crate::image::{Image, Signature};

/// Draws it.
pub(super) fn draw(ui: &mut Ui, image: &Image) {
    section(ui, "Protection", "");
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
    let (mark, ink, name, text) = match image.signature {
        Signature::Present => {
            (icons::SEAL_CHECK, tokens.t2, "A signature follows", "What it is worth, the device decides.")
        }
        Signature::Absent => (
            icons::LOCK_SIMPLE_OPEN,
            tokens.open.ink,
            "Unsigned",
            "Devices that trust nobody in particular take it.",
        ),
    };
    point(ui, (mark, ink), name, text, |_| {});
}
