//! The form that has an image of the library signed.

use egui::{Align, Layout, ScrollArea, Ui, vec2};
use skylift_protocol::Digest;

use super::{Action, answers, head};
use crate::gui::effect::Effect;
use crate::gui::figures::short_digest;
use crate::gui::fonts::Face;
use crate::gui::widgets::button::link;
use crate::gui::widgets::field::{chip, switch};
use crate::gui::widgets::text::{Tint, paragraph, say};
use crate::gui::{keys, state};
use crate::image::sign::{Signer, SignerName};

/// More signers are scrolled.
const MOST_HEIGHT: f32 = 204.0;
const NAME: f32 = 268.0;

/// The form, as far as it is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignForm {
    /// The image.
    pub image: Digest,
    /// What the image is called.
    pub name: String,
    /// Who can be chosen.
    pub signers: Vec<Signer>,
    /// Who signs.
    pub chosen: Option<SignerName>,
    /// Whether the signatures that are there stay; nothing if there are none.
    pub keep: Option<bool>,
}

impl SignForm {
    /// What is to be done, once a signer is chosen.
    pub(super) fn read(&self) -> Option<Effect> {
        let signer = self.chosen.clone()?;
        Some(Effect::Sign { image: self.image, signer, append: self.keep.unwrap_or(false) })
    }
}

/// Draws it.
pub(super) fn draw(ui: &mut Ui, form: &SignForm) -> Option<Action> {
    let text = "The signed image comes into the library as one of its own; this one stays as it is.";
    head(ui, &format!("Sign {}", form.name), text);
    let mut now = form.clone();
    if form.signers.is_empty() {
        paragraph(ui, Face::Body, Tint::First, "There is no signer on this computer yet.");
    }
    ScrollArea::vertical().max_height(MOST_HEIGHT).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for signer in &form.signers {
            signer_line(ui, signer, &mut now.chosen);
        }
    });
    let makes_one = link(ui, "New signer…");
    if let Some(keep) = &mut now.keep {
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let name = "Keep the signatures that it has";
            if switch(ui, *keep, name) {
                *keep = !*keep;
            }
            say(ui, Face::Body, Tint::First, name);
        });
    }
    ui.add_space(8.0);
    let why_not = form.read().is_none().then_some("Choose a signer first");
    let answer = answers(ui, ("Sign", why_not), "Leave it as it is", false);
    if makes_one {
        let action = state::Action::Keys(keys::Action::NewSigner(Some(form.image)));
        Some(Action::Aside(Box::new(action)))
    } else if now != *form {
        Some(Action::Sign(Box::new(now)))
    } else {
        answer
    }
}

fn signer_line(ui: &mut Ui, signer: &Signer, chosen: &mut Option<SignerName>) {
    ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(vec2(NAME, 30.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(NAME);
            if chip(ui, chosen.as_ref() == Some(&signer.name), signer.name.as_str(), None) {
                *chosen = Some(signer.name.clone());
            }
        });
        say(ui, Face::Mono, Tint::Third, short_digest(&signer.digest.to_string()));
    });
}
