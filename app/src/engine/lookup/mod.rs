//! Looking sources up on a timer, and what is there to be sent: a task beside the core.

mod schedule;

use std::sync::Arc;
use std::time::SystemTime;

use tokio::time::sleep;

use super::notice::{Notice, Notices};
use crate::image::library::Library;
use crate::image::newest::Shelf;
use crate::image::source::{Fetched, Fetcher, NetSource, Setback, SourceError, TrackedSource};

pub use schedule::LookupTiming;

/// Where tracked sources are kept. Its methods may block.
pub trait SourceBook: Send + Sync {
    /// All sources, as they are now: other processes may change them.
    fn sources(&self) -> Vec<TrackedSource>;
    /// Keeps what came of looking one up, if it is still tracked.
    fn keep(&self, looked: &TrackedSource);
}

/// What is looked up, and when.
#[derive(Clone)]
pub struct Lookups {
    /// Where found images go, and those from elsewhere are.
    pub library: Library,
    /// The tracked sources.
    pub book: Arc<dyn SourceBook>,
    /// Who fetches; without one nothing is looked up, and only the library counts.
    pub fetcher: Option<Arc<Fetcher>>,
    /// When.
    pub timing: LookupTiming,
}

/// What is there to be sent, and where it comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stock {
    /// The images of the library.
    pub shelf: Shelf,
    /// The tracked sources, with what came of their last lookups.
    pub sources: Vec<TrackedSource>,
}

/// Looks one source up now, and gives it with what came of it and its next time. What was found is in the library.
pub async fn look_up(
    fetcher: &Fetcher,
    mut source: TrackedSource,
    timing: &LookupTiming,
) -> (TrackedSource, Result<Fetched, SourceError>) {
    let outcome = fetcher.fetch(&source.source, source.asset.as_ref(), |_| {}).await;
    let now = SystemTime::now();
    source.take(&outcome, now);
    let setback = outcome.as_ref().err().map(Setback::of);
    source.next = Some(now + timing.pause(setback, source.failures, schedule::chance()));
    (source, outcome)
}

/// Runs until the engine's runtime ends.
pub(super) async fn run(lookups: Lookups, notices: Notices) {
    let mut shown = Stock::default();
    let mut stamp = None;
    loop {
        let sources = book(&lookups, |book| book.sources()).await;
        let now = lookups.library.changed();
        if now != stamp || sources != shown.sources {
            stamp = now;
            shown = stock(&lookups, sources.clone(), shown).await;
            notices.send(Notice::Stock(Arc::new(shown.clone())));
        }
        if !look_up_due(&lookups, sources).await {
            sleep(lookups.timing.look).await;
        }
    }
}

async fn stock(lookups: &Lookups, sources: Vec<TrackedSource>, before: Stock) -> Stock {
    let library = lookups.library.clone();
    let listed = tokio::task::spawn_blocking(move || {
        let shelf = Shelf::of(&library, &sources).unwrap_or(before.shelf);
        Stock { shelf, sources }
    });
    listed.await.unwrap_or_default()
}

/// Looks up what is due; whether anything was.
async fn look_up_due(lookups: &Lookups, sources: Vec<TrackedSource>) -> bool {
    let Some(fetcher) = &lookups.fetcher else { return false };
    let mut any = false;
    // One server counts the requests for all releases: when it takes no more, it takes none for the others.
    let mut limit = None;
    for mut source in sources {
        if !source.is_due(SystemTime::now()) {
            continue;
        }
        any = true;
        let is_release = matches!(source.source, NetSource::Release { .. });
        if let Some(until) = limit.filter(|_| is_release) {
            source.next = Some(until);
        } else {
            let (looked, outcome) = look_up(fetcher, source, &lookups.timing).await;
            if is_release && matches!(outcome.as_ref().map_err(Setback::of), Err(Setback::Limited(_))) {
                limit = looked.next;
            }
            source = looked;
        }
        book(lookups, move |book| book.keep(&source)).await;
    }
    any
}

/// The book may wait for a disk, or for another process.
async fn book<T: Default + Send + 'static>(
    lookups: &Lookups,
    work: impl FnOnce(&dyn SourceBook) -> T + Send + 'static,
) -> T {
    let book = Arc::clone(&lookups.book);
    tokio::task::spawn_blocking(move || work(&*book)).await.unwrap_or_default()
}
