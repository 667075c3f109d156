//! Who steps back from a bad image, whether that is proven, who may give orders, and whose images are taken.

use egui::Ui;
use skylift_protocol::{Protection, Status};

use super::inline_link;
use crate::engine::{Access, Device};
use crate::gui::devices::{Action, Row};
use crate::gui::figures::short_digest;
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::keys::trust::{Whose, floor, trust};
use crate::gui::mark::Look;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::state::tone_of;
use crate::gui::widgets::text::{Tint, copyable, point, say, section};
use crate::image::sign::SignerName;

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, row: &Row, status: &Status, out: &mut Vec<Action>) {
    section(ui, "Protection", "");
    protector(ui, status);
    drill(ui, state, row, out);
    access(ui, &row.device);
    images(ui, state, &row.device, status);
}

fn protector(ui: &mut Ui, status: &Status) {
    let tokens = Tokens::of(ui);
    let (mark, ink, name, text) = match status.protection {
        Protection::Guard => (
            icons::SHIELD_CHECK,
            tokens.valid.ink,
            "Boot guard",
            "The guard inside each image steps back to the old one if the new one fails.",
        ),
        Protection::Bootloader => (
            icons::SHIELD_CHECK,
            tokens.valid.ink,
            "Bootloader",
            "The bootloader gives a new image one try, and steps back by itself.",
        ),
        _ => (
            icons::SHIELD_SLASH,
            tokens.open.ink,
            "Not known",
            "It is not known who would step back from a bad image.",
        ),
    };
    point(ui, (mark, ink), name, text, |_| ());
}

/// What the last drill has proven.
pub(super) fn drill(ui: &mut Ui, state: &State, row: &Row, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let last = state.devices.drills.kept.get(row.device.id.as_str());
    let (look, name, text) = last.map_or_else(
        || {
            let text = "Send it a build that must fail, and see it come back.".to_owned();
            (None, "Rollback not proven yet".to_owned(), text)
        },
        |last| {
            let (look, name, text) = last.words(state.now.wall);
            (Some(look), name, text)
        },
    );
    let (mark, ink) = match look {
        Some(Look::Valid) => (icons::SEAL_CHECK, tokens.valid.ink),
        Some(look) => (icons::SEAL_WARNING, tone_of(look, tokens).ink),
        None => (icons::SEAL_WARNING, tokens.t3),
    };
    point(ui, (mark, ink), &name, &text, |ui| {
        let why_not = row.deaf().or(row.is_busy().then_some("It is being updated"));
        let text = if last.is_some() { "Prove it again…" } else { "Prove rollback…" };
        if inline_link(ui, text, why_not) {
            out.push(Action::PlanDrill(row.device.id.clone()));
        }
    });
}

/// Whose images it takes, as far as it tells.
fn images(ui: &mut Ui, state: &State, device: &Device, status: &Status) {
    let Some(policy) = &status.policy else { return };
    let tokens = Tokens::of(ui);
    let trust = trust(policy, device.access, &state.keys.signers);
    let mark = match trust.whose {
        Whose::Signers => (icons::SEAL_CHECK, tokens.valid.ink),
        Whose::Anybody => (icons::SEAL_WARNING, tokens.open.ink),
        Whose::Nobody => (icons::WARNING_OCTAGON, tokens.failed.ink),
    };
    point(ui, mark, trust.name, &format!("{} {}", trust.text, floor(policy)), |ui| {
        for (name, digest) in &trust.signers {
            let whole = digest.to_string();
            let called = name.as_ref().map_or("Not known here", SignerName::as_str);
            ui.horizontal(|ui| {
                say(ui, Face::Body, Tint::First, called);
                copyable(ui, "fingerprint of the signer", &short_digest(&whole), &whole);
            });
        }
    });
}

/// Who may give it orders.
pub(super) fn access(ui: &mut Ui, device: &Device) {
    let tokens = Tokens::of(ui);
    let Some(access) = device.access else { return };
    let (mark, ink, name) = match access {
        Access::Open => (icons::LOCK_SIMPLE_OPEN, tokens.open.ink, "Open"),
        Access::Paired => (icons::LOCK_SIMPLE, tokens.valid.ink, "Paired"),
        Access::PairedElsewhere => (icons::LOCK_SIMPLE, tokens.t3, "Paired elsewhere"),
        Access::KeyDamaged => (icons::LOCK_SIMPLE, tokens.open.ink, "Key damaged"),
        Access::NotProven => (icons::SHIELD_SLASH, tokens.open.ink, "Not proven"),
    };
    let text = match access {
        Access::Paired => "Paired with this computer. It takes orders from nobody who does not have its key.",
        access => access.sentence(),
    };
    point(ui, (mark, ink), name, &format!("{}.", text.trim_end_matches('.')), |_| ());
}
