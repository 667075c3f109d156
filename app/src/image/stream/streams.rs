//! Streams that were made before: found again by what they are made of, never by device.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use skylift_encoder::{EncodeError, Watch};
use skylift_protocol::Digest;

use super::encoded::Pair;
use super::flight::Flights;
use super::{Stream, StreamsError, encode, mark};
use crate::image::bounded_folder::{BoundedFolder, Failed};
use crate::image::{Image, read_bounded};

/// Ends the names of streams.
const ENDING: &str = ".odf";

/// Streams in a folder. Clones share it, and so may other processes.
#[derive(Clone, Debug)]
pub struct Streams(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    folder: BoundedFolder,
    flights: Flights,
    /// What is known in this process of a name.
    known: Mutex<HashMap<String, Known>>,
    trouble: Mutex<Option<StreamsError>>,
}

/// What is known of a stream, so that it is not tried again.
#[derive(Clone, Debug)]
enum Known {
    /// Bytes with this digest become the image.
    Sound(Digest),
    /// There is none that is smaller than the image.
    NotSmaller(EncodeError),
}

impl Streams {
    /// Bytes that all streams together have at most, unless it is said otherwise.
    pub const MOST: u64 = 256 * 1024 * 1024;

    /// Streams in this folder, which is created once there is one to keep, for this user alone.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self::bounded(folder, Self::MOST)
    }

    /// The same, with at most so many bytes of streams. Those that were not used for the longest time go first.
    #[must_use]
    pub fn bounded(folder: PathBuf, most: u64) -> Self {
        Self(Arc::new(Shared {
            folder: BoundedFolder::new(folder, ENDING, most),
            flights: Flights::default(),
            known: Mutex::default(),
            trouble: Mutex::default(),
        }))
    }

    /// The stream that makes `image` of `base`, or out of nothing: a kept one that still becomes the image, or one that
    /// is made now and kept. If somebody in this process is making it already, that one is waited for.
    ///
    /// # Errors
    /// As for [`encode`].
    pub fn get(&self, base: Option<&Image>, image: &Image, watch: Watch<'_>) -> Result<Stream, EncodeError> {
        let pair = Pair::new(base, image);
        let name = pair.name();
        let stream = self.0.flights.join(&name, watch, |watch| match self.0.kept(&pair, &name) {
            Some(kept) => kept,
            None => self.0.make(base, image, &name, watch),
        })?;
        // It is there now: too late to call it off.
        let _ = watch(1.0);
        Ok(stream)
    }

    /// The same if it was made or found useless before; takes tens of milliseconds. `None` if it would have to be made.
    #[must_use]
    pub fn kept(&self, base: Option<&Image>, image: &Image) -> Option<Result<Stream, EncodeError>> {
        let pair = Pair::new(base, image);
        self.0.kept(&pair, &pair.name())
    }

    /// Why a stream could not be kept of late; told once. It was given all the same.
    #[must_use]
    pub fn take_trouble(&self) -> Option<StreamsError> {
        self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Bytes of all streams in the folder.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.0.folder.bytes()
    }

    /// Removes all streams from the folder.
    ///
    /// # Errors
    /// The operating system does not let it.
    pub fn clear(&self) -> Result<(), StreamsError> {
        self.0.folder.clear().map_err(|failed| self.0.failed(failed))
    }
}

impl Shared {
    fn kept(&self, pair: &Pair<'_>, name: &str) -> Option<Result<Stream, EncodeError>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        if let Some(Known::NotSmaller(error)) = known {
            return Some(Err(error));
        }
        let bytes = self.read(name, pair.raw() as u64)?;
        if let Some(error) = mark::read(&bytes, pair.raw()) {
            self.know(name, Known::NotSmaller(error.clone()));
            return Some(Err(error));
        }
        let stream = pair.stream(bytes);
        let sound = matches!(known, Some(Known::Sound(digest)) if digest == stream.sha256);
        if !sound && pair.verify(&stream.bytes).is_err() {
            // Damaged. The one that is made now takes its place; nothing is lost if it stays.
            self.remember(self.folder.remove(name));
            return None;
        }
        self.know(name, Known::Sound(stream.sha256));
        Some(Ok(stream))
    }

    /// What is kept under a name, if it has at most so many bytes. From now on it counts as used.
    fn read(&self, name: &str, most: u64) -> Option<Vec<u8>> {
        let bytes = read_bounded(&self.folder.file(name), most).ok()?;
        // If not, it only goes earlier than it might.
        let _ = self.folder.mark_used(name);
        Some(bytes)
    }

    fn make(
        &self,
        base: Option<&Image>,
        image: &Image,
        name: &str,
        watch: Watch<'_>,
    ) -> Result<Stream, EncodeError> {
        let stream = encode(base, image, watch).inspect_err(|error| {
            if let EncodeError::NotSmaller { encoded, .. } = error {
                self.know(name, Known::NotSmaller(error.clone()));
                self.remember(self.folder.write(name, mark::of(*encoded).as_bytes()));
            }
        })?;
        self.know(name, Known::Sound(stream.sha256));
        self.remember(self.folder.write(name, &stream.bytes));
        Ok(stream)
    }

    fn know(&self, name: &str, known: Known) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), known);
    }

    fn remember(&self, done: Result<(), Failed>) {
        if let Err(failed) = done {
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(self.failed(failed));
        }
    }

    fn failed(&self, failed: Failed) -> StreamsError {
        StreamsError::new(self.folder.path(), failed)
    }
}
