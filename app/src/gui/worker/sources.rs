//! Release sources: tracked, looked up, and fetched from.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::library::list;
use super::{Outbox, Worker};
use crate::engine::{LookupTiming, look_up, printable};
use crate::gui::event::Event;
use crate::gui::firmware;
use crate::gui::firmware::sources::{self, Busy};
use crate::gui::messages::{Message, sentence};
use crate::image::library::Library;
use crate::image::source::{Fetcher, Progress, Setback, TrackedSource};
use crate::store::{KeptError, SourceList};

/// Between two signs of progress.
const INTERVAL: Duration = Duration::from_millis(100);

/// What a task on the net needs.
struct Net {
    fetcher: Arc<Fetcher>,
    list: SourceList,
    library: Library,
    outbox: Outbox,
}

impl Worker {
    /// Lists the sources.
    pub(super) fn load_sources(&self) {
        let (list, outbox) = (SourceList::new(&self.data), self.outbox.clone());
        self.runtime.spawn_blocking(move || show(&list, &outbox));
    }

    /// Tracks a source no more.
    pub(super) fn remove_source(&self, source: TrackedSource) {
        let (list, outbox) = (SourceList::new(&self.data), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            if let Err(error) = list.remove(&source.source, source.asset.as_ref()) {
                outbox.failed("The source is still tracked", &error);
            }
            show(&list, &outbox);
        });
    }

    /// Looks a source up, and tracks it.
    pub(super) fn track_source(&mut self, source: TrackedSource) {
        self.on_net(Busy::Checking, Task::Track(source));
    }

    /// Looks all sources up now.
    pub(super) fn check_sources(&mut self) {
        self.on_net(Busy::Checking, Task::Check);
    }

    /// Fetches the image of a source into the library.
    pub(super) fn fetch_image(&mut self, source: TrackedSource) {
        let from = printable(&source.source.to_string());
        self.on_net(Busy::Fetching { from, received: 0, total: None }, Task::Fetch(source));
    }

    /// Breaks off what is under way.
    pub(super) fn cancel_fetch(&mut self) {
        self.fetch = None;
    }

    /// Does one thing on the net; what is under way is given up for it.
    fn on_net(&mut self, busy: Busy, task: Task) {
        let outbox = self.outbox.clone();
        let Some(fetcher) = self.fetcher.clone() else {
            let why = "`skylift sources check` says what is wrong with the token, or with this computer's certificates.";
            return outbox.tell(Message::failed("Release sources cannot be asked", why));
        };
        let list = SourceList::new(&self.data);
        let net = Net { fetcher, list, library: self.library.clone(), outbox };
        let (cancel, cancelled) = oneshot::channel();
        self.fetch = Some(cancel);
        self.runtime.spawn(async move {
            net.outbox.send(told(sources::Event::Busy(busy)));
            tokio::select! {
                () = net.perform(task) => {}
                _ = cancelled => {}
            }
            net.outbox.send(told(sources::Event::Idle));
        });
    }
}

/// Something to be done on the net.
enum Task {
    Track(TrackedSource),
    Check,
    Fetch(TrackedSource),
}

impl Net {
    async fn perform(&self, task: Task) {
        match task {
            Task::Track(source) => self.track(source).await,
            Task::Check => self.check().await,
            Task::Fetch(source) => self.fetch(source).await,
        }
    }

    /// A source that is wrong is not taken in; one that only cannot be reached now is.
    async fn track(&self, source: TrackedSource) {
        let (source, outcome) = look_up(&self.fetcher, source, &LookupTiming::default()).await;
        let name = printable(&source.source.to_string());
        match &outcome {
            Err(error) if Setback::of(error) == Setback::Wrong => {
                return self.outbox.failed(format!("{name} is not tracked"), error);
            }
            Err(error) => {
                let title = format!("{name} is tracked, and looked up later");
                self.outbox.tell(Message::note(title, sentence(&error.to_string())));
            }
            Ok(_) => self.outbox.tell(Message::done(format!("{name} is tracked"))),
        }
        self.keep(|list| list.add(source));
    }

    async fn check(&self) {
        for source in self.list.load().unwrap_or_default() {
            let (looked, outcome) = look_up(&self.fetcher, source, &LookupTiming::default()).await;
            if let Err(error) = &outcome {
                let name = printable(&looked.source.to_string());
                self.outbox.failed(format!("{name} was not looked up"), error);
            }
            self.keep(|list| list.update(&looked));
        }
    }

    async fn fetch(&self, source: TrackedSource) {
        let from = printable(&source.source.to_string());
        let meter = Meter { from: from.clone(), last: Mutex::new(None), outbox: self.outbox.clone() };
        let show = |progress| meter.show(progress);
        match self.fetcher.fetch(&source.source, source.asset.as_ref(), show).await {
            Ok(fetched) => {
                list(&self.library, &self.outbox);
                let added = firmware::Event::Added(fetched.image.file_sha256);
                self.outbox.send(Event::Firmware(added));
            }
            Err(error) => self.outbox.failed(format!("{from} was not fetched"), &error),
        }
    }

    /// Another process may be writing the list: snapshots still get through meanwhile.
    fn keep(&self, change: impl FnOnce(&SourceList) -> Result<(), KeptError>) {
        tokio::task::block_in_place(|| {
            if let Err(error) = change(&self.list) {
                self.outbox.failed("The list of sources was not written", &error);
            }
            show(&self.list, &self.outbox);
            list(&self.library, &self.outbox);
        });
    }
}

/// Shows how far a download is.
struct Meter {
    from: String,
    last: Mutex<Option<Instant>>,
    outbox: Outbox,
}

impl Meter {
    fn show(&self, Progress { received, total }: Progress) {
        // A thread that panicked with this lock has left a time in it, and nothing worse.
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.is_some_and(|last| last.elapsed() < INTERVAL) {
            return;
        }
        *last = Some(Instant::now());
        let busy = Busy::Fetching { from: self.from.clone(), received, total };
        self.outbox.send(told(sources::Event::Busy(busy)));
    }
}

fn told(event: sources::Event) -> Event {
    Event::Firmware(firmware::Event::Sources(event))
}

fn show(list: &SourceList, outbox: &Outbox) {
    match list.load() {
        Ok(sources) => outbox.send(told(sources::Event::List(sources))),
        Err(error) => outbox.failed("The sources cannot be listed", &error),
    }
}
