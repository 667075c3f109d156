//! The settings' file.

use super::{Outbox, Worker};
use crate::gui::event::Event;
use crate::gui::messages::{Message, sentence};
use crate::gui::settings::{self, Saved, Saving};
use crate::image::library::SentImages;
use crate::image::stream::Streams;
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

    /// Counts what is kept so that updates are small.
    pub(super) fn count_saved(&self) {
        let saved = self.saved();
        self.runtime.spawn_blocking(move || saved.count());
    }

    /// Deletes some of it, and counts what is left.
    pub(super) fn clear_saved(&self, what: Saving) {
        let saved = self.saved();
        self.runtime.spawn_blocking(move || {
            if let Err(why) = saved.clear(what) {
                saved.outbox.tell(Message::failed("Not everything was deleted", sentence(&why)));
            }
            saved.count();
        });
    }

    fn saved(&self) -> Kept {
        let (streams, outbox) = (self.streams.clone(), self.outbox.clone());
        Kept { images: SentImages::new(&self.data), streams, outbox }
    }

    /// Tells what is kept.
    pub(super) fn load_settings(&self) {
        let (file, outbox) = (SettingsFile::new(&self.data), self.outbox.clone());
        self.runtime.spawn_blocking(move || outbox.send(Event::Settings(told(file.load()))));
    }
}

/// What is kept so that updates are small.
struct Kept {
    images: SentImages,
    streams: Streams,
    outbox: Outbox,
}

impl Kept {
    fn clear(&self, what: Saving) -> Result<(), String> {
        match what {
            Saving::Images => self.images.clear().map_err(|error| error.to_string()),
            Saving::Streams => self.streams.clear().map_err(|error| error.to_string()),
        }
    }

    fn count(&self) {
        let saved = Saved { images: self.images.bytes(), streams: self.streams.bytes() };
        self.outbox.send(Event::Settings(settings::Event::Saved(saved)));
    }
}

pub(super) fn told(loaded: Result<Loaded, SettingsError>) -> settings::Event {
    match loaded {
        Ok(Loaded { settings, set, warnings }) => {
            settings::Event::Loaded { settings: Box::new(settings), set, warnings }
        }
        Err(error) => settings::Event::Failed(error.to_string()),
    }
}
