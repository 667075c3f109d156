//! The keys of this computer: listing them, making signers, signing, and backups with a passphrase.

use std::path::PathBuf;
use std::sync::Arc;

use skylift_protocol::Digest;

use super::{Outbox, Worker};
use crate::advice::Advice;
use crate::gui::dialog::Way;
use crate::gui::event::Event;
use crate::gui::file_dialogs::Asked;
use crate::gui::firmware::{self, signing::Signed};
use crate::gui::keys::{self, PairedKey};
use crate::gui::messages::sentence;
use crate::image::library::{Library, LibraryError};
use crate::image::sign::{Keyring, SignError, SignerName, signed};
use crate::store::{Backup, DataDir, KeyStore, Passphrase};

/// What a file of exported keys is called, if nobody says otherwise.
const BACKUP: &str = "skylift-keys.age";

/// Why an image of the library was not signed.
#[derive(Debug, thiserror::Error)]
enum NotSigned {
    #[error(transparent)]
    Library(#[from] LibraryError),
    #[error(transparent)]
    Sign(#[from] SignError),
}

impl Advice for NotSigned {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Library(error) => error.advice(),
            Self::Sign(error) => error.advice(),
        }
    }
}

impl Worker {
    /// Lists the keys.
    pub(super) fn load_keys(&self) {
        let (data, outbox) = (self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || list(&data, &outbox));
    }

    /// Makes a signer.
    pub(super) fn new_signer(&self, name: SignerName, then_sign: Option<Digest>) {
        let (data, outbox) = (self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || match Keyring::new(&data).create(&name) {
            Ok(signer) => outbox.send(Event::Keys(keys::Event::Made(signer, then_sign))),
            Err(error) => outbox.failed("No signer was made", &error),
        });
    }

    /// Signs an image of the library; what comes of it is one more.
    pub(super) fn sign(&self, before: Digest, signer: SignerName, append: bool) {
        let (library, data, outbox) = (self.library.clone(), self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || match sign(&library, &data, before, &signer, append) {
            Ok(image) => {
                super::library::list(&library, &outbox);
                let signed = Signed { before, image, signer };
                outbox.send(Event::Firmware(firmware::Event::Signed(signed)));
            }
            Err(error) => outbox.failed("The image was not signed", &error),
        });
    }

    /// Asks for the file of a backup with the dialog of the system.
    pub(super) fn pick_backup(&self, way: Way) {
        let (dialogs, outbox) = (Arc::clone(&self.dialogs), self.outbox.clone());
        let what = match way {
            Way::Export => Asked::Save { title: "Export the keys of devices", name: BACKUP.to_owned() },
            Way::Import { .. } => Asked::Keys,
        };
        self.runtime.spawn(async move {
            outbox.send(Event::Keys(keys::Event::Picked(dialogs.ask(what).await)));
        });
    }

    /// Writes the keys of all devices into a file.
    pub(super) fn export_keys(&self, path: PathBuf, passphrase: Passphrase) {
        let (data, outbox) = (self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            let exported = Backup::export(&KeyStore::new(&data), &path, &passphrase);
            let result = exported.map(|devices| devices.len()).map_err(|error| told(&error));
            outbox.send(Event::Keys(keys::Event::Exported(path, result)));
        });
    }

    /// Takes the keys of such a file over.
    pub(super) fn import_keys(&self, path: PathBuf, passphrase: Passphrase, replace: bool) {
        let (data, outbox) = (self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            let pairs = Backup::open(&path, &passphrase);
            let kept = pairs.and_then(|pairs| Backup::keep(&pairs, &KeyStore::new(&data), replace));
            let result = kept.map(|kept| kept.into_iter().map(|(_, imported)| imported).collect());
            let result = result.map_err(|error| told(&error));
            outbox.send(Event::Keys(keys::Event::Imported(path, result)));
        });
    }
}

fn sign(
    library: &Library,
    data: &DataDir,
    before: Digest,
    signer: &SignerName,
    append: bool,
) -> Result<Digest, NotSigned> {
    let entry = library.get(before)?;
    let image = library.open(&entry)?;
    let image = signed(&image, &Keyring::new(data).open(signer)?, append)?;
    // It was made from the same thing, so it comes from there; its ELF is kept already.
    Ok(library.add(&image, None, &entry.source)?.file_sha256)
}

/// An error and what to do about it.
fn told(error: &impl Advice) -> String {
    let advice = error.advice();
    let sentences = std::iter::once(error.to_string()).chain(advice);
    sentences.map(|text| sentence(&text)).collect::<Vec<_>>().join(" ")
}

fn list(data: &DataDir, outbox: &Outbox) {
    let mut trouble = Vec::new();
    let signers = Keyring::new(data).list().unwrap_or_else(|error| {
        trouble.push(told(&error));
        Vec::new()
    });
    let listed = KeyStore::new(data).list().unwrap_or_else(|error| {
        trouble.push(told(&error));
        Vec::new()
    });
    let mut paired = Vec::new();
    for (_, kept) in listed {
        match kept {
            Ok(kept) => paired.push(PairedKey { device: kept.device, since: kept.since }),
            Err(error) => trouble.push(told(&error)),
        }
    }
    outbox.send(Event::Keys(keys::Event::Listed { signers, paired, trouble }));
}
