//! Who vouches for an image: a mark and a sentence for each signature, with the fingerprint of its signer.

use egui::{Color32, Ui};

use super::text::{copyable, point};
use crate::gui::figures::short_digest;
use crate::gui::icons;
use crate::gui::keys::vouch::{Vouch, Worth};
use crate::gui::theme::Tokens;

/// The mark of what a signature is worth: each has a shape of its own.
#[must_use]
pub const fn mark_of(worth: Worth, tokens: &Tokens) -> (&'static str, Color32) {
    match worth {
        Worth::Known => (icons::SEAL_CHECK, tokens.valid.ink),
        Worth::Unknown => (icons::SEAL_WARNING, tokens.open.ink),
        Worth::Bad => (icons::WARNING_OCTAGON, tokens.failed.ink),
        Worth::Unsigned => (icons::LOCK_SIMPLE_OPEN, tokens.open.ink),
    }
}

/// Draws them one below the other.
pub fn signatures(ui: &mut Ui, vouches: &[Vouch]) {
    let tokens = Tokens::of(ui);
    for vouch in vouches {
        point(ui, mark_of(vouch.worth, tokens), &vouch.name, &vouch.text, |ui| {
            if let Some(signer) = vouch.signer {
                ui.spacing_mut().interact_size.y = 20.0;
                let whole = signer.to_string();
                copyable(ui, "fingerprint of the signer", &short_digest(&whole), &whole);
            }
        });
    }
}
