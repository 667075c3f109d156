//! The keys of this computer: who signs here, which devices it is paired with, and the backup of their keys. What is
//! known of a key is its name and its fingerprint; the key itself never comes here.

mod section;
pub mod trust;
pub mod vouch;

use std::path::PathBuf;
use std::time::SystemTime;

use skylift_protocol::{Digest, Id};

pub(super) use section::draw;

use super::dialog::{BackupForm, Dialog, Way};
use super::effect::Effect;
use super::file_dialogs::Answered;
use super::firmware;
use super::mark::{Grey, Look};
use super::messages::{Message, sentence};
use super::state::State;
use crate::image::sign::{Signer, SignerName};
use crate::store::{Imported, Key};

/// What is known of the keys.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The signers, by name.
    pub signers: Vec<Signer>,
    /// The devices whose keys are here, by id.
    pub paired: Vec<PairedKey>,
    /// Why some keys cannot be used, in sentences.
    pub trouble: Vec<String>,
    /// What a passphrase is being turned into a key for, which takes a second.
    pub busy: Option<Busy>,
}

/// The key of a device, without the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairedKey {
    /// The device.
    pub device: Id,
    /// When it came here; `None` where the system does not tell.
    pub since: Option<SystemTime>,
}

/// What is done with a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// It is written.
    Exporting,
    /// It is read.
    Importing,
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Wants a new signer, and then perhaps an image signed; asks for its name.
    NewSigner(Option<Digest>),
    /// Wants a signer to be the one that signs where nobody is named.
    MakeDefault(SignerName),
    /// Wants the keys of devices in a file; asks for it, and for a passphrase.
    Export,
    /// Wants the keys of such a file; asks for both.
    Import,
    /// Wants the dialog of the system for the file.
    PickFile,
}

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// The keys were listed.
    Listed {
        /// The signers, by name.
        signers: Vec<Signer>,
        /// The devices whose keys are here.
        paired: Vec<PairedKey>,
        /// Why some cannot be used.
        trouble: Vec<String>,
    },
    /// There is a new signer, and perhaps an image for it to sign.
    Made(Signer, Option<Digest>),
    /// What came of the dialog for a file.
    Picked(Answered),
    /// The keys of so many devices were written into a file; or why not.
    Exported(PathBuf, Result<usize, String>),
    /// What became of each key in a file; or why none was taken over.
    Imported(PathBuf, Result<Vec<Imported>, String>),
}

/// Who signs where nobody is named: the signer that is set; as long as none was set, the first that there is.
#[must_use]
pub fn default_signer(state: &State) -> Option<&Signer> {
    let (signers, settings) = (&state.keys.signers, &state.settings);
    let named = signers.iter().find(|signer| signer.name == settings.kept.default_signer);
    let is_set = settings.set.contains(&Key::DefaultSigner);
    named.or_else(|| signers.first().filter(|_| !is_set))
}

/// The name of that one, also where it is gone: what is to be signed is not left unsigned without a word.
#[must_use]
pub fn default_name(state: &State) -> SignerName {
    let there = default_signer(state).map(|signer| &signer.name);
    there.unwrap_or(&state.settings.kept.default_signer).clone()
}

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::NewSigner(then_sign) => {
            let taken = state.keys.signers.iter().map(|signer| signer.name.clone()).collect();
            state.dialog = Some(Dialog::new_signer(taken, then_sign));
        }
        Action::MakeDefault(name) => {
            return vec![Effect::ChangeSetting(Key::DefaultSigner, Some(name.to_string()))];
        }
        Action::Export => state.dialog = Some(Dialog::Backup(BackupForm::new(Way::Export))),
        Action::Import => {
            state.dialog = Some(Dialog::Backup(BackupForm::new(Way::Import { replace: false })));
        }
        Action::PickFile => {
            if let Some(Dialog::Backup(form)) = &state.dialog {
                return vec![Effect::PickBackup(form.way)];
            }
        }
    }
    Vec::new()
}

/// Takes what happened elsewhere.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Listed { signers, paired, trouble } => {
            let view = &mut state.keys;
            (view.signers, view.paired, view.trouble) = (signers, paired, trouble);
        }
        Event::Made(signer, then_sign) => return made(state, signer, then_sign),
        Event::Picked(answered) => picked(state, answered),
        Event::Exported(path, result) => {
            state.keys.busy = None;
            match result {
                Ok(devices) => state.tell(exported(&path, devices)),
                Err(why) => again(state, Way::Export, path, why),
            }
        }
        Event::Imported(path, result) => {
            state.keys.busy = None;
            match result {
                Ok(keys) => {
                    state.tell(imported(&keys));
                    // Devices that were closed until now may be open to this computer.
                    return vec![Effect::LoadKeys, Effect::SearchAgain];
                }
                Err(why) => again(state, Way::Import { replace: false }, path, why),
            }
        }
    }
    Vec::new()
}

fn made(state: &mut State, signer: Signer, then_sign: Option<Digest>) -> Vec<Effect> {
    let copy = "Keep a copy of its file where nobody else reads it: devices that trust it alone take no image without \
                it.";
    let file = state.settings.folder.join("signers").join(format!("{}.pem", signer.name));
    let text = format!("{copy}\n{}", file.display());
    state.tell(Message { look: Look::Valid, title: format!("{} can sign now", signer.name), text });
    if !state.keys.signers.iter().any(|known| known.name == signer.name) {
        state.keys.signers.push(signer);
        state.keys.signers.sort_by(|one, other| one.name.cmp(&other.name));
    }
    match then_sign {
        Some(image) => firmware::act(state, firmware::Action::Sign(firmware::signing::Action::Ask(image))),
        None => Vec::new(),
    }
}

/// The file goes into the form that asked for it, if that is still open.
fn picked(state: &mut State, answered: Answered) {
    let Some(Dialog::Backup(form)) = &mut state.dialog else { return };
    match answered {
        Answered::Chosen(path) => {
            form.file = path.display().to_string();
            form.complaint = None;
        }
        Answered::NoDialog => {
            form.complaint = Some("This system opened no dialog for files. Type the path.".to_owned());
        }
        Answered::Closed => {}
    }
}

/// The form once more, with why it was in vain. The passphrase has to be typed again: it is kept nowhere.
fn again(state: &mut State, way: Way, path: PathBuf, why: String) {
    if state.dialog.is_some() {
        let title = match way {
            Way::Export => "The keys were not exported",
            Way::Import { .. } => "No keys were imported",
        };
        return state.tell(Message::failed(title, why));
    }
    let form = BackupForm::new(way);
    let file = path.display().to_string();
    state.dialog = Some(Dialog::Backup(BackupForm { file, complaint: Some(why), ..form }));
}

fn exported(path: &std::path::Path, devices: usize) -> Message {
    let whose = if devices == 1 {
        "The key of one device is".to_owned()
    } else {
        format!("The keys of {devices} devices are")
    };
    let text = format!("Who has this file and its passphrase can give orders.\n{}", path.display());
    Message { look: Look::Valid, title: format!("{whose} in a file"), text }
}

fn imported(keys: &[Imported]) -> Message {
    let words = [
        (Imported::New, "new"),
        (Imported::Replaced, "replaced"),
        (Imported::Same, "here already"),
        (Imported::Differs, "left out, because another key is here"),
    ];
    let count = |wanted| keys.iter().filter(|key| **key == wanted).count();
    let parts = words.map(|(kind, word)| (count(kind), word)).into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts.map(|(count, word)| format!("{count} {word}")).collect();
    let mut text = sentence(&parts.join(", "));
    let left_out = count(Imported::Differs) > 0;
    if left_out {
        text.push_str("\nIf the file has the newer keys, import it again and let them replace those here.");
    }
    let look = if left_out { Look::Grey(Grey::Refused) } else { Look::Valid };
    let title = if keys.len() == 1 {
        "One key in the file".to_owned()
    } else {
        format!("{} keys in the file", keys.len())
    };
    Message { look, title, text }
}

#[cfg(test)]
mod tests;
