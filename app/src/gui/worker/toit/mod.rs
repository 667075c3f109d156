//! Toit: what the form wants is done here, and the dialogs and SDKs that it needs are found.

mod envelope;
mod make;

use std::path::PathBuf;
use std::sync::Arc;

pub(super) use self::envelope::envelope_at;
use super::{Outbox, Worker};
use crate::advice::Advice;
use crate::engine::printable;
use crate::gui::event::Event;
use crate::gui::file_dialogs::Asked;
use crate::gui::messages::sentence;
use crate::gui::toit::{self, Order, Picked, Sdk};
use crate::gui::usb::job::Failure;
use crate::image::toit::sdk;
use crate::store::{Key, SettingsFile};

impl Worker {
    /// Does what the form wants.
    pub(super) fn toit(&mut self, order: Order) {
        match order {
            Order::Load(number, origin) => self.load_envelope(number, origin),
            Order::Pick(what) => self.pick_for_toit(what),
            Order::FindSdks => self.find_sdks(None),
            Order::UseSdk(folder) => self.find_sdks(Some(folder)),
            Order::Foretell(number, opened, form) => self.foretell(number, opened, *form),
            Order::Make(opened, form) => self.make(opened, *form),
            Order::Save(opened, form) => self.save_envelope(opened, *form),
            Order::Cancel => self.making = None,
        }
    }

    fn pick_for_toit(&self, what: Picked) {
        let (dialogs, outbox) = (Arc::clone(&self.dialogs), self.outbox.clone());
        self.runtime.spawn(async move {
            let asked = match what {
                Picked::Envelope => Asked::Envelope,
                Picked::Program => Asked::Program,
                Picked::Assets(_) => Asked::Assets,
                Picked::Sdk => Asked::Sdk,
            };
            send(&outbox, toit::Event::Picked(what, dialogs.ask(asked).await));
        });
    }

    /// Looks for SDKs; first keeps the one that was chosen, if one was.
    fn find_sdks(&self, choice: Option<PathBuf>) {
        let (settings, outbox) = (SettingsFile::new(&self.data), self.outbox.clone());
        self.runtime.spawn(async move {
            if let Some(folder) = choice {
                choose(settings.clone(), folder, &outbox).await;
            }
            let chosen = chosen_sdk(settings).await;
            let found = sdk::Sdk::all(chosen.as_deref()).await;
            let shown = found.iter().map(|sdk| Sdk {
                version: printable(sdk.version()),
                program: sdk.program().to_owned(),
                origin: sdk.origin().to_string(),
            });
            send(&outbox, toit::Event::Sdks(shown.collect()));
        });
    }
}

/// Keeps the SDK that was chosen.
async fn choose(settings: SettingsFile, folder: PathBuf, outbox: &Outbox) {
    let change = move || {
        let folder = folder.display().to_string();
        settings.change(Key::ToitSdk, Some(&folder)).and_then(|()| settings.load())
    };
    if let Ok(changed) = tokio::task::spawn_blocking(change).await {
        outbox.send(Event::Settings(super::settings::told(changed)));
    }
}

/// The SDK that the settings name, if they do and can be read.
async fn chosen_sdk(settings: SettingsFile) -> Option<PathBuf> {
    let loaded = tokio::task::spawn_blocking(move || settings.load()).await;
    loaded.ok()?.ok()?.settings.toit_sdk
}

fn failure(error: &impl Advice) -> Failure {
    let advice = error.advice().iter().map(|line| sentence(line)).collect();
    Failure { what: sentence(&error.to_string()), advice }
}

fn send(outbox: &Outbox, event: toit::Event) {
    outbox.send(Event::Toit(event));
}
