//! Envelopes: read from a file, fetched from the net, found among files that are taken for images.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::super::Worker;
use super::{failure, send};
use crate::gui::toit::{self, Facts, Loading, Opened};
use crate::image::envelope::{Envelope, EnvelopeError};
use crate::image::source::{Fetcher, Progress, SourceError};
use crate::image::toit::source::EnvelopeSource;

/// Between two signs of progress.
const INTERVAL: Duration = Duration::from_millis(100);

impl Worker {
    /// Reads an envelope, or fetches it.
    pub(super) fn load_envelope(&self, number: u64, source: EnvelopeSource) {
        let (outbox, fetcher) = (self.outbox.clone(), self.fetcher.clone());
        self.runtime.spawn(async move {
            let fetcher = || match fetcher {
                Some(fetcher) => Ok(Fetcher::clone(&fetcher)),
                None => Err(SourceError::Client("`skylift sources check` says why".to_owned())),
            };
            let pace = Pace::default();
            let show = |Progress { received, total }| {
                if pace.is_due() {
                    send(&outbox, toit::Event::Loaded(number, Loading::Under { received, total }));
                }
            };
            let loaded = match source.open(fetcher, show).await {
                Ok(envelope) => shown(envelope, &source).map_err(|error| failure(&error)),
                Err(error) => Err(failure(&error)),
            };
            send(&outbox, toit::Event::Loaded(number, loaded.map_or_else(Loading::Failed, Loading::Opened)));
        });
    }
}

/// The envelope that a file is; `None` if it is anything else. Waits for the disk elsewhere.
pub(in crate::gui::worker) async fn envelope_at(path: &Path) -> Option<Result<Opened, EnvelopeError>> {
    let path = path.to_owned();
    let look = move || begins_like_one(&path).then(|| open(&path));
    let opened = tokio::task::spawn_blocking(look).await.ok()??;
    match opened {
        Err(EnvelopeError::File { error, .. }) if matches!(*error, EnvelopeError::NotAnEnvelope) => None,
        opened => Some(opened),
    }
}

/// Everything else is spared the reading: archives and what is packed may be envelopes.
fn begins_like_one(path: &Path) -> bool {
    let mut begin = [0; 8];
    let read = path.is_file() && File::open(path).and_then(|mut file| file.read_exact(&mut begin)).is_ok();
    read && (begin.starts_with(b"!<arch>") || begin.starts_with(&[0x1f, 0x8b]))
}

/// An envelope that was read from a file.
fn open(path: &Path) -> Result<Opened, EnvelopeError> {
    shown(Envelope::open(path)?, &EnvelopeSource::File(path.to_owned()))
}

fn shown(envelope: Envelope, source: &EnvelopeSource) -> Result<Opened, EnvelopeError> {
    let source = source.to_string();
    let name = source.rsplit(['/', '\\']).next().unwrap_or(&source).to_owned();
    let facts = Arc::new(Facts::of(&envelope, name, source)?);
    Ok(Opened { facts, envelope: Arc::new(envelope) })
}

/// Lets through one sign of progress in a while.
#[derive(Default)]
struct Pace(Mutex<Option<Instant>>);

impl Pace {
    fn is_due(&self) -> bool {
        // A thread that panicked with this lock has left a time in it, and nothing worse.
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| last.elapsed() >= INTERVAL);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}
