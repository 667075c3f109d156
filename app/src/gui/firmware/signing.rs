//! Having images signed: one of the library, or whatever is built from now on.

use std::path::PathBuf;

use skylift_protocol::Digest;

use crate::gui::dialog::{Dialog, SignForm};
use crate::gui::effect::Effect;
use crate::gui::keys::{default_name, default_signer};
use crate::gui::messages::Message;
use crate::gui::page::Page;
use crate::gui::state::State;
use crate::gui::updates;
use crate::image::sign::SignerName;

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Wants an image signed; asks by whom.
    Ask(Digest),
    /// Wants an image signed by this signer.
    By(Digest, SignerName),
    /// Wants what is built signed, or not any more.
    Builds(bool),
}

/// An image was signed, and is in the library.
#[derive(Clone, Debug)]
pub struct Signed {
    /// The image without the signature.
    pub before: Digest,
    /// The signed one.
    pub image: Digest,
    /// Who signed.
    pub signer: SignerName,
}

/// Takes what the user did.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Ask(image) => ask(state, image),
        Action::By(image, signer) => {
            let append = worth_keeping(state, image).unwrap_or(false);
            return vec![Effect::Sign { image, signer, append }];
        }
        Action::Builds(on) => state.firmware.sign_builds = on,
    }
    Vec::new()
}

fn ask(state: &mut State, image: Digest) {
    let Some(entry) = state.firmware.entry(image) else { return };
    state.dialog = Some(Dialog::Sign(SignForm {
        image,
        name: format!("{} {}", entry.project, entry.version),
        signers: state.keys.signers.clone(),
        chosen: default_signer(state).map(|signer| signer.name.clone()),
        keep: worth_keeping(state, image),
    }));
}

/// Whether all signatures of an image hold; nothing if it has none that could be kept.
fn worth_keeping(state: &State, image: Digest) -> Option<bool> {
    let reports = state.firmware.signatures.get(&image)?.as_ref().ok()?;
    Some(reports.iter().all(|report| report.holds.is_ok()))
}

/// Has an image, or whatever can be built into one, added; signed if that is wanted.
pub(in crate::gui) fn add(state: &State, path: PathBuf) -> Effect {
    let sign = state.firmware.sign_builds.then(|| default_name(state));
    Effect::AddImage { path, sign }
}

/// Whatever was looked at becomes the signed image.
pub(super) fn signed(state: &mut State, signed: &Signed) -> Vec<Effect> {
    if let Some(entry) = state.firmware.entry(signed.image) {
        let title = format!("{} {} is signed by {}", entry.project, entry.version, signed.signer);
        state.tell(Message::done(title));
    }
    let is_planned = state.updates.planned_image() == Some(signed.before);
    match state.page {
        Page::Updates if is_planned => updates::act(state, updates::Action::Choose(signed.image)),
        Page::Firmware => super::act(state, super::Action::Open(signed.image)),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use skylift_updater::signature::SignatureError;

    use super::*;
    use crate::gui::dialog;
    use crate::gui::event::Event;
    use crate::gui::state::Action as Done;
    use crate::gui::{firmware, keys, settings};
    use crate::image::library::Entry;
    use crate::image::sign::Signer;

    fn entry(number: u8) -> Entry {
        Entry {
            file_sha256: Digest([number; 32]),
            image_sha256: Digest([9; 32]),
            elf_sha256: Digest([0; 32]),
            project: "lamp".to_owned(),
            version: "1.1.0".to_owned(),
            chip: skylift_protocol::Chip::Esp32C3,
            size: 1000,
            added: u64::from(number),
            source: String::new(),
        }
    }

    fn signer(name: &str) -> Signer {
        Signer { name: name.parse().unwrap(), digest: Digest([1; 32]), created: None }
    }

    fn state(signers: &[&str]) -> State {
        let mut state = State::new(settings::View::default());
        let signers = signers.iter().map(|name| signer(name)).collect();
        let listed = keys::Event::Listed { signers, paired: Vec::new(), trouble: Vec::new() };
        state.hear(Event::Keys(listed));
        state.page = Page::Firmware;
        state.hear(Event::Firmware(firmware::Event::Library(vec![entry(1), entry(2)], Vec::new())));
        let found = [(Digest([1; 32]), Err(SignatureError::Unsigned)), (Digest([2; 32]), Ok(Vec::new()))];
        state.hear(Event::Firmware(firmware::Event::Signatures(found.into())));
        state
    }

    fn sign(state: &mut State, action: Action) -> Vec<Effect> {
        state.act(Done::Firmware(firmware::Action::Sign(action)))
    }

    #[test]
    fn an_image_is_signed_by_who_is_chosen() {
        let mut state = state(&["bench", "release"]);
        assert!(sign(&mut state, Action::Ask(Digest([1; 32]))).is_empty());
        let Some(Dialog::Sign(form)) = state.dialog.clone() else { panic!("it asks by whom") };
        assert_eq!((form.chosen.as_ref().map(SignerName::as_str), form.keep), (Some("bench"), None));
        let form = SignForm { chosen: Some("release".parse().unwrap()), ..form };
        state.act(Done::Dialog(dialog::Action::Sign(Box::new(form))));
        let effects = state.act(Done::Dialog(dialog::Action::Go));
        let [Effect::Sign { signer, append: false, .. }] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!(signer.as_str(), "release");
        // Of one that is signed already, the signatures stay unless it is said.
        sign(&mut state, Action::Ask(Digest([2; 32])));
        assert!(matches!(&state.dialog, Some(Dialog::Sign(form)) if form.keep == Some(true)));
        let effects = sign(&mut state, Action::By(Digest([2; 32]), "bench".parse().unwrap()));
        assert!(matches!(effects.as_slice(), [Effect::Sign { append: true, .. }]));
    }

    #[test]
    fn without_a_signer_one_is_made_first_and_the_image_is_not_forgotten() {
        let mut state = state(&[]);
        sign(&mut state, Action::Ask(Digest([1; 32])));
        assert!(state.act(Done::Dialog(dialog::Action::Go)).is_empty() && state.dialog.is_some());
        let new = Done::Keys(keys::Action::NewSigner(Some(Digest([1; 32]))));
        state.act(Done::Dialog(dialog::Action::Aside(Box::new(new))));
        let effects = state.act(Done::Dialog(dialog::Action::Go));
        let [Effect::NewSigner { name, then_sign }] = effects.as_slice() else { panic!("{effects:?}") };
        assert_eq!((name.as_str(), *then_sign), ("default", Some(Digest([1; 32]))));
        state.hear(Event::Keys(keys::Event::Made(signer("default"), *then_sign)));
        let Some(Dialog::Sign(form)) = &state.dialog else { panic!("it goes on") };
        assert_eq!((form.image, form.signers.len(), form.chosen.is_some()), (Digest([1; 32]), 1, true));
    }

    #[test]
    fn only_what_is_wanted_is_signed() {
        let mut state = state(&["bench"]);
        let add = |state: &mut State| {
            let effects = state.act(Done::Firmware(firmware::Action::Add("lamp".into())));
            let [Effect::AddImage { sign, .. }] = effects.as_slice() else { panic!("{effects:?}") };
            sign.as_ref().map(SignerName::to_string)
        };
        assert_eq!(add(&mut state), None);
        sign(&mut state, Action::Builds(true));
        assert_eq!(add(&mut state).as_deref(), Some("bench"));
        // A signer that was set and is gone is not replaced by another: it is told that it is gone.
        state.settings.kept.default_signer = "gone".parse().unwrap();
        state.settings.set = vec![crate::store::Key::DefaultSigner];
        assert_eq!(add(&mut state).as_deref(), Some("gone"));
    }

    #[test]
    fn what_was_looked_at_becomes_the_signed_one() {
        let mut state = state(&["bench"]);
        let signed =
            Signed { before: Digest([1; 32]), image: Digest([2; 32]), signer: "bench".parse().unwrap() };
        let told = |state: &mut State, signed: &Signed| {
            state.hear(Event::Firmware(firmware::Event::Signed(signed.clone())))
        };
        assert!(matches!(told(&mut state, &signed).as_slice(), [Effect::OpenImage(Digest([2, ..]))]));
        state.act(Done::Updates(updates::Action::PlanImage(Digest([1; 32]))));
        told(&mut state, &signed);
        assert_eq!(state.updates.planned_image(), Some(Digest([2; 32])));
        // Another plan is left alone.
        state.act(Done::Updates(updates::Action::Choose(Digest([7; 32]))));
        assert!(told(&mut state, &signed).is_empty());
    }
}
