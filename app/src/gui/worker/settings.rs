//! The settings' file.

use super::Worker;
use crate::gui::event::Event;
use crate::gui::settings;
use crate::store::{Key, Loaded, SettingsError, SettingsFile};

impl Worker {
    /// Changes a setting, and tells what is kept now.
    pub(super) fn change_setting(&self, key: Key, value: Option<String>) {
        let (file, outbox) = (SettingsFile::new(&self.data), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            let changed = file.change(key, value.as_deref()).and_then(|()| file.load());
            outbox.send(Event::Settings(told(changed)));
        });
    }

    /// Tells what is kept.
    pub(super) fn load_settings(&self) {
        let (file, outbox) = (SettingsFile::new(&self.data), self.outbox.clone());
        self.runtime.spawn_blocking(move || outbox.send(Event::Settings(told(file.load()))));
    }
}

fn told(loaded: Result<Loaded, SettingsError>) -> settings::Event {
    match loaded {
        Ok(Loaded { settings, set, warnings }) => {
            settings::Event::Loaded { settings: Box::new(settings), set, warnings }
        }
        Err(error) => settings::Event::Failed(error.to_string()),
    }
}
