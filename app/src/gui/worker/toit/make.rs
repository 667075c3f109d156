//! Images of envelopes: foretold while the form is filled in, then made and put into the library.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use skylift_protocol::{Network, Password};
use tokio::sync::oneshot;

use super::super::library::list;
use super::super::{Outbox, Worker};
use super::{chosen_sdk, failure, send};
use crate::engine::printable;
use crate::gui::file_dialogs::Asked;
use crate::gui::messages::sentence;
use crate::gui::toit::form::Form;
use crate::gui::toit::{self, Notice, Opened};
use crate::gui::usb::form::WishedNetwork;
use crate::gui::usb::job::Failure;
use crate::image::envelope::Envelope;
use crate::image::library::Library;
use crate::image::toit::jaguar_image::{self, Wish};
use crate::image::toit::recipe::{Made, News, Recipe, Warning};
use crate::store::{DataDir, NetworkList, SettingsFile};

impl Worker {
    /// Tells what would come of a form.
    pub(super) fn foretell(&self, number: u64, opened: Opened, form: Form) {
        let outbox = self.outbox.clone();
        self.runtime.spawn_blocking(move || {
            // For what is foretold, one network is as good as another.
            let wifi = form.network().map(|wished| match wished {
                WishedNetwork::New(network) => network,
                WishedNetwork::Remembered(ssid) => Network { ssid, password: Password::default() },
            });
            let keeps_jaguar = form.device.as_ref().is_some_and(|jaguar| !jaguar.leave);
            let recipe = Recipe { wifi, ..recipe(form, None) };
            let mut warnings = recipe.forecast(&opened.envelope);
            // Jaguar validates, once it is on the network.
            warnings.retain(|warning| {
                !keeps_jaguar || !(*warning == Warning::NoJaguar || warning.is_about_validation())
            });
            let notices = warnings.iter().map(Notice::from).collect();
            send(&outbox, toit::Event::Foretold(number, notices));
        });
    }

    /// Makes an image; one that is being made is given up.
    pub(super) fn make(&mut self, opened: Opened, form: Form) {
        let (library, data, outbox) = (self.library.clone(), self.data.clone(), self.outbox.clone());
        self.at_work(async move { make(&opened, form, &library, data, &outbox).await });
    }

    /// Asks where to, and saves the envelope with what the form puts into it.
    pub(super) fn save_envelope(&mut self, opened: Opened, form: Form) {
        let (dialogs, data, outbox) = (Arc::clone(&self.dialogs), self.data.clone(), self.outbox.clone());
        let asked = Asked::Save { title: "Save the envelope", name: "firmware.envelope".to_owned() };
        self.at_work(async move {
            let path = outbox.ask_for(&*dialogs, asked).await;
            if let Some(path) = &path {
                save(&opened, form, path, data, &outbox).await?;
            }
            send(&outbox, toit::Event::Saved(path));
            Ok(())
        });
    }

    /// Does it until it is broken off, and tells why it failed.
    fn at_work(&mut self, work: impl Future<Output = Result<(), Failure>> + Send + 'static) {
        let outbox = self.outbox.clone();
        let (cancel, cancelled) = oneshot::channel();
        self.making = Some(cancel);
        self.runtime.spawn(async move {
            let event = tokio::select! {
                done = work => match done {
                    Ok(()) => return,
                    Err(failure) => toit::Event::Failed(failure),
                },
                _ = cancelled => toit::Event::Cancelled,
            };
            send(&outbox, event);
        });
    }
}

/// Makes the image, and puts it into the library.
async fn make(
    opened: &Opened,
    mut form: Form,
    library: &Library,
    data: DataDir,
    outbox: &Outbox,
) -> Result<(), Failure> {
    let sdk = chosen_sdk(SettingsFile::new(&data)).await;
    let typed = matches!(form.network(), Some(WishedNetwork::New(_)));
    let wifi = wifi_of(&form, &data).await?;
    let image = match form.device.take() {
        None => of_recipe(opened, Recipe { wifi: wifi.clone(), ..recipe(form, sdk) }, outbox).await?.image,
        Some(jaguar) => {
            // Its network is configuration, which Jaguar reads; in the envelope it would be found later.
            let envelope = if form.programs.is_empty() && form.without.is_empty() {
                Envelope::clone(&opened.envelope)
            } else {
                of_recipe(opened, recipe(form, sdk.clone()), outbox).await?.envelope
            };
            send(outbox, toit::Event::Step("Making the image.".to_owned()));
            let wish = if jaguar.leave { Wish::Leave } else { Wish::Keep };
            let tell = |news: News<'_>| told(news, outbox);
            let made = jaguar_image::make(envelope, jaguar.device, wifi.clone(), wish, sdk.as_deref(), tell);
            made.await.map_err(|error| failure(&error))?.image
        }
    };
    let (library, told, source) = (library.clone(), outbox.clone(), opened.facts.source.clone());
    blocking(move || {
        let remembered = wifi.filter(|_| typed).and_then(|network| remember(&data, &network, &told));
        let entry = library.add(&image, None, &source).map_err(|error| failure(&error))?;
        list(&library, &told);
        send(&told, toit::Event::Made(entry.file_sha256, remembered));
        Ok(())
    })
    .await
}

/// The envelope goes where it is to go, whole, or not at all. What it was made of stays as it is.
async fn save(
    opened: &Opened,
    form: Form,
    path: &Path,
    data: DataDir,
    outbox: &Outbox,
) -> Result<(), Failure> {
    let sdk = chosen_sdk(SettingsFile::new(&data)).await;
    let wifi = wifi_of(&form, &data).await?;
    let made = of_recipe(opened, Recipe { wifi, ..recipe(form, sdk) }, outbox).await?;
    let path = path.to_owned();
    blocking(move || made.envelope.save(&path).map_err(|error| failure(&error))).await
}

/// The network that the form names, with its password.
async fn wifi_of(form: &Form, data: &DataDir) -> Result<Option<Network>, Failure> {
    let (wished, data) = (form.network(), data.clone());
    blocking(move || wished.map(|wished| network(&data, wished)).transpose()).await
}

fn recipe(form: Form, sdk: Option<PathBuf>) -> Recipe {
    Recipe { programs: form.programs, without: form.without, sdk, ..Recipe::default() }
}

async fn of_recipe(opened: &Opened, recipe: Recipe, outbox: &Outbox) -> Result<Made, Failure> {
    let made = recipe.make(Envelope::clone(&opened.envelope), |news| told(news, outbox)).await;
    made.map_err(|error| failure(&error))
}

fn told(news: News<'_>, outbox: &Outbox) {
    let event = match news {
        News::Step(step) => toit::Event::Step(sentence(&printable(&step.to_string()))),
        News::Line(line) => toit::Event::Line(printable(line)),
    };
    send(outbox, event);
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let broken = || Failure { what: "It broke off inside Skylift.".to_owned(), advice: Vec::new() };
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(broken()))
}

fn network(data: &DataDir, wished: WishedNetwork) -> Result<Network, Failure> {
    match wished {
        WishedNetwork::New(network) => Ok(network),
        WishedNetwork::Remembered(ssid) => match NetworkList::new(data).get(&ssid) {
            Ok(Some(network)) => Ok(network),
            Ok(None) => Err(Failure {
                what: format!("The network {} is not remembered any more.", printable(&ssid)),
                advice: vec!["Type its password once more.".to_owned()],
            }),
            Err(error) => Err(failure(&error)),
        },
    }
}

/// Remembers a network, so that nobody types it again; its name, if that could be done.
fn remember(data: &DataDir, network: &Network, outbox: &Outbox) -> Option<String> {
    match NetworkList::new(data).remember(network) {
        Ok(()) => Some(network.ssid.as_str().to_owned()),
        Err(error) => {
            outbox.failed("The network is not remembered", &error);
            None
        }
    }
}
