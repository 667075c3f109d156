//! Who vouches for the image of a plan; and what helps where a device asks for another signature.

use egui::Ui;
use skylift_protocol::{Digest, ErrorCode, ImagePolicy};

use super::plan::Plan;
use crate::engine::{Cause, Device, Why};
use crate::gui::figures::short_digest;
use crate::gui::firmware::{self, signing};
use crate::gui::fonts::Face;
use crate::gui::keys::trust::who_can_sign;
use crate::gui::keys::vouch::vouches;
use crate::gui::state::{self, State};
use crate::gui::widgets::button::link;
use crate::gui::widgets::signature::signatures;
use crate::gui::widgets::text::{Tint, paragraph};
use crate::image::sign::{self, Signer};

/// Draws who vouches for it, once it is open.
pub(super) fn draw(ui: &mut Ui, state: &State, plan: &Plan) {
    if let Some(image) = &plan.opened {
        // Found when the image was opened.
        signatures(ui, &vouches(&sign::signatures(image), &state.keys.signers));
    }
}

/// Draws whose images the device takes, where it refuses this one for its signature; and the way to such an image.
pub(super) fn help(
    ui: &mut Ui,
    state: &State,
    plan: &Plan,
    (device, cause): (&Device, &Cause),
    out: &mut Vec<state::Action>,
) {
    let Some(policy) = wanting(device, cause) else { return };
    let known = &state.keys.signers;
    if let Some(text) = takes(policy, known) {
        paragraph(ui, Face::Body, Tint::Second, text);
    }
    if let (Some(signer), Some(image)) = (who_can_sign(policy, known), plan.image)
        && link(ui, &format!("Sign it with {}", signer.name))
    {
        let action = signing::Action::By(image, signer.name.clone());
        out.push(state::Action::Firmware(firmware::Action::Sign(action)));
    }
}

/// What the device asks for, if that is what is wrong.
fn wanting<'d>(device: &'d Device, cause: &Cause) -> Option<&'d ImagePolicy> {
    use ErrorCode::{SignatureInvalid, SignatureUnsupported, SignerUnknown, Unsigned};
    let Why::Rule(code) = cause.reason else { return None };
    let is_it = matches!(code, Unsigned | SignerUnknown | SignatureInvalid | SignatureUnsupported);
    device.status.as_ref().filter(|_| is_it)?.policy.as_ref()
}

/// `It takes what bench or 9f2c…e11b has signed.`
fn takes(policy: &ImagePolicy, known: &[Signer]) -> Option<String> {
    let called = |digest: &Digest| {
        let name = Signer::of(known, *digest).map(|signer| signer.name.to_string());
        name.unwrap_or_else(|| short_digest(&digest.to_string()))
    };
    let names: Vec<_> = policy.signers.iter().flatten().map(called).collect();
    (!names.is_empty()).then(|| format!("It takes what {} has signed.", names.join(" or ")))
}
