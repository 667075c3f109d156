//! The settings page: what is kept in the data folder, each value checked before it is written.

mod page;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use page::draw;

use super::dialog::{Consequence, Dialog, Question};
use super::effect::Effect;
use super::messages::Message;
use super::state::State;
use crate::store::{Key, Settings};
use crate::usb::monitor::Limits;

/// What the page shows.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The settings as they are kept.
    pub kept: Settings,
    /// Those that differ from their defaults because somebody set them.
    pub set: Vec<Key>,
    /// The file they are kept in, and the folder of everything else.
    pub folder: PathBuf,
    /// What has been typed and not entered yet.
    pub typed: BTreeMap<Key, String>,
    /// Why the file cannot be used, or what in it is unknown.
    pub trouble: Vec<String>,
    /// Something was changed that counts from the next start.
    pub restart: bool,
    /// Bytes that are kept so that updates are small, once they are counted.
    pub saved: Option<Saved>,
}

/// Bytes that are kept so that updates are small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    /// Of images that were sent.
    pub images: u64,
    /// Of compressed images and deltas.
    pub streams: u64,
}

/// What is kept so that updates are small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saving {
    /// Images that were sent: the next update of a device that runs one can be a delta.
    Images,
    /// Compressed images and deltas that were worked out.
    Streams,
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Typed a value.
    Typed(Key, String),
    /// Entered what was typed.
    Enter(Key),
    /// Chose a value.
    Set(Key, String),
    /// Wants the default back.
    Reset(Key),
    /// Wants deleted what is kept so that updates are small; asks first if it cannot be had again.
    Clear(Saving),
}

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// The settings were read.
    Loaded {
        /// The settings.
        settings: Box<Settings>,
        /// Those that are in the file.
        set: Vec<Key>,
        /// What in the file is unknown.
        warnings: Vec<String>,
    },
    /// They cannot be read or written.
    Failed(String),
    /// So many bytes are kept so that updates are small.
    Saved(Saved),
}

impl View {
    /// What is wrong with what has been typed for a setting.
    #[must_use]
    pub fn complaint(&self, key: Key) -> Option<String> {
        let typed = self.typed.get(&key)?;
        key.set(typed, &mut self.kept.clone()).err().map(|error| error.to_string())
    }

    /// What the field of a setting holds.
    #[must_use]
    pub fn text(&self, key: Key) -> String {
        self.typed.get(&key).cloned().unwrap_or_else(|| key.value(&self.kept))
    }
}

/// Whether a setting counts from the next start only: the engine has begun with the old one.
#[must_use]
pub const fn needs_restart(key: Key) -> bool {
    !matches!(
        key,
        Key::DefaultSigner
            | Key::BackupBeforeFlash
            | Key::LogLines
            | Key::ToitSdk
            | Key::Theme
            | Key::Scale
            | Key::Notifications
    )
}

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let view = &mut state.settings;
    match action {
        Action::Typed(key, text) => {
            view.typed.insert(key, text);
            Vec::new()
        }
        Action::Enter(key) => match view.typed.get(&key) {
            Some(text) if view.complaint(key).is_none() => {
                let text = text.clone();
                change(view, key, Some(text))
            }
            _ => Vec::new(),
        },
        Action::Set(key, value) => change(view, key, Some(value)),
        Action::Reset(key) => change(view, key, None),
        Action::Clear(Saving::Images) => {
            state.dialog = Some(clear_images());
            Vec::new()
        }
        Action::Clear(Saving::Streams) => vec![Effect::ClearSaved(Saving::Streams)],
    }
}

/// Other than streams, images cannot be worked out anew.
fn clear_images() -> Dialog {
    Dialog::Question(Question {
        title: "Delete the images that were sent?".to_owned(),
        text: "The next update of devices that run one of them sends more bytes, unless the library holds it. What was \
               dropped from the library is then gone for good."
            .to_owned(),
        stay: "Keep them".to_owned(),
        go: "Delete".to_owned(),
        then: Consequence::Effect(Box::new(Effect::ClearSaved(Saving::Images))),
    })
}

fn change(view: &mut View, key: Key, value: Option<String>) -> Vec<Effect> {
    view.typed.remove(&key);
    view.restart |= needs_restart(key);
    vec![Effect::ChangeSetting(key, value)]
}

/// Takes what happened elsewhere.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    let view = &mut state.settings;
    match event {
        Event::Loaded { settings, set, warnings } => {
            state.monitor.log.set_limits(Limits::of_lines(settings.log_lines));
            view.kept = *settings;
            view.set = set;
            view.trouble = warnings;
        }
        Event::Saved(saved) => view.saved = Some(saved),
        Event::Failed(problem) => {
            view.trouble = vec![problem.clone()];
            state.tell(Message::failed("The settings were not changed", problem));
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::dialog;

    #[test]
    fn what_cannot_be_had_again_is_deleted_only_after_a_word() {
        let mut state = State::new(View::default());
        let streams = act(&mut state, Action::Clear(Saving::Streams));
        assert!(matches!(streams[..], [Effect::ClearSaved(Saving::Streams)]) && state.dialog.is_none());
        assert!(act(&mut state, Action::Clear(Saving::Images)).is_empty());
        assert!(
            matches!(&state.dialog, Some(Dialog::Question(question)) if question.text.contains("for good"))
        );
        let images = dialog::act(&mut state, dialog::Action::Go);
        assert!(matches!(images[..], [Effect::ClearSaved(Saving::Images)]) && state.dialog.is_none());
    }
}
