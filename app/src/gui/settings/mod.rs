//! The settings page: what is kept in the data folder, each value checked before it is written.

mod page;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use page::draw;

use super::effect::Effect;
use super::messages::Message;
use super::state::State;
use crate::store::{Key, Settings};

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
    !matches!(key, Key::DefaultSigner | Key::Theme | Key::Scale | Key::Notifications)
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
    }
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
            view.kept = *settings;
            view.set = set;
            view.trouble = warnings;
        }
        Event::Failed(problem) => {
            view.trouble = vec![problem.clone()];
            state.tell(Message::failed("The settings were not changed", problem));
        }
    }
    Vec::new()
}
