//! The image library: listing, adding, building, reading.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use skylift_protocol::{Crash, Digest};
use tokio::sync::oneshot;

use super::{Outbox, Worker};
use crate::advice::Advice;
use crate::engine::{JobId, printable};
use crate::gui::event::Event;
use crate::gui::file_dialogs::Asked;
use crate::gui::firmware::{self, Opened};
use crate::gui::messages::{Message, sentence};
use crate::gui::{toit, updates};
use crate::image::build::{BuildNews, BuildRequest, build};
use crate::image::library::{Entry, Library, LibraryError};
use crate::image::sign::{Keyring, SignError, SignerName, signatures, signed};
use crate::image::{Image, Signature};

impl Worker {
    /// Lists the images.
    pub(super) fn load_library(&self) {
        let (library, outbox) = (self.library.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || list(&library, &outbox));
    }

    /// Reads an image of the library.
    pub(super) fn open_image(&self, digest: Digest) {
        let (library, outbox) = (self.library.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || match read(&library, digest) {
            Ok(image) => {
                // Here, so that nobody who draws it has to wait.
                let _ = signatures(&image);
                let elf = Digest(image.info.descriptor().elf_sha256);
                let opened = Opened::new(Arc::new(image), library.elf(elf).is_some());
                outbox.send(Event::Firmware(firmware::Event::Opened(opened)));
            }
            Err(error) => outbox.failed("The image cannot be used", &error),
        });
    }

    /// Looks who signed these. Damaged ones are told where they are listed.
    pub(super) fn read_signatures(&self, entries: Vec<Entry>) {
        let (library, outbox) = (self.library.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            let read = entries.iter().filter_map(|entry| library.open(entry).ok());
            let signatures = read.map(|image| (image.file_sha256, signatures(&image))).collect();
            outbox.send(Event::Firmware(firmware::Event::Signatures(signatures)));
        });
    }

    /// Reads where the image of an update crashed, with its ELF.
    pub(super) fn read_crash(&self, job: JobId, crash: Crash) {
        let (library, outbox) = (self.library.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            if let Some(backtrace) = library.backtrace(&crash) {
                outbox.send(Event::Updates(updates::Event::Crash(job, backtrace)));
            }
        });
    }

    /// Drops an image.
    pub(super) fn forget_image(&self, entry: Entry) {
        let (library, outbox) = (self.library.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            if let Err(error) = library.forget(&entry) {
                outbox.failed("The image was not dropped", &error);
            }
            list(&library, &outbox);
        });
    }

    /// Asks for a file, or a folder, with the dialog of the system.
    pub(super) fn pick(&self, what: Asked) {
        let (dialogs, outbox) = (Arc::clone(&self.dialogs), self.outbox.clone());
        self.runtime.spawn(async move {
            outbox.send(Event::Firmware(firmware::Event::Picked(dialogs.ask(what).await)));
        });
    }

    /// Takes an image into the library, built and signed first if it is to be.
    pub(super) fn add_image(&mut self, path: PathBuf, sign: Option<SignerName>) {
        let (library, outbox) = (self.library.clone(), self.outbox.clone());
        let keyring = Keyring::new(&self.data);
        let (cancel, cancelled) = oneshot::channel();
        // A build that runs is given up: only one is shown.
        self.build = Some(cancel);
        self.runtime.spawn(async move {
            if let Some(found) = super::toit::envelope_at(&path).await {
                match found {
                    Ok(opened) => outbox.send(Event::Toit(toit::Event::Found(path, opened))),
                    Err(error) => failed(&path, &error, &outbox),
                }
                return;
            }
            let request = BuildRequest { source: path.clone(), ..BuildRequest::default() };
            let tell = |news: BuildNews<'_>| outbox.send(Event::Firmware(told(news)));
            let built = tokio::select! {
                built = build(request, tell) => built,
                _ = cancelled => {
                    outbox.send(Event::Firmware(firmware::Event::BuildCancelled));
                    return;
                }
            };
            match built {
                Ok(built) => {
                    let work = move || match by(&built.image, sign.as_ref(), &keyring) {
                        Ok(signed) => {
                            let image = signed.as_ref().unwrap_or(&built.image);
                            keep(&library, image, built.elf.as_ref(), &path, &outbox);
                        }
                        Err(error) => failed(&path, &error, &outbox),
                    };
                    // A panic in there has been reported.
                    let _ = tokio::task::spawn_blocking(work).await;
                }
                Err(error) => failed(&path, &error, &outbox),
            }
        });
    }

    /// Stops the build that runs.
    pub(super) fn cancel_build(&mut self) {
        self.build = None;
    }
}

fn told(news: BuildNews<'_>) -> firmware::Event {
    match news {
        BuildNews::Compiling(project) => firmware::Event::Building(project.to_owned()),
        BuildNews::Line(line) => firmware::Event::Line(printable(line)),
    }
}

/// The image with a signature by this signer. What is signed already has been signed for a reason, and stays as it is.
fn by(image: &Image, signer: Option<&SignerName>, keyring: &Keyring) -> Result<Option<Image>, SignError> {
    let unsigned = image.signature == Signature::Absent;
    signer.filter(|_| unsigned).map(|signer| signed(image, &keyring.open(signer)?, false)).transpose()
}

fn failed(path: &Path, error: &impl Advice, outbox: &Outbox) {
    let message = Message::of(format!("{} was not added", path.display()), error);
    outbox.send(Event::Firmware(firmware::Event::BuildFailed(sentence(&error.to_string()))));
    outbox.tell(message);
}

fn keep(
    library: &Library,
    image: &Image,
    elf: Option<&crate::image::library::Elf>,
    source: &Path,
    outbox: &Outbox,
) {
    let source = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
    match library.add(image, elf, &source.display().to_string()) {
        Ok(entry) => {
            list(library, outbox);
            outbox.send(Event::Firmware(firmware::Event::Added(entry.file_sha256)));
        }
        Err(error) => outbox.failed("The image was not added", &error),
    }
}

pub(super) fn list(library: &Library, outbox: &Outbox) {
    match library.list() {
        Ok(listing) => {
            let damaged = listing.damaged.iter().map(|damaged| sentence(&damaged.to_string())).collect();
            let mut entries = listing.entries;
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.added));
            outbox.send(Event::Firmware(firmware::Event::Library(entries, damaged)));
        }
        Err(error) => outbox.failed("The library cannot be listed", &error),
    }
}

pub(super) fn read(library: &Library, digest: Digest) -> Result<Image, LibraryError> {
    let entry = library.find(&digest.to_string())?;
    library.open(&entry)
}
