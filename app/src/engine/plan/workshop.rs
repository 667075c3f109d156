//! Where streams are worked out: each pair of images once, whoever asks, and at most two at a time.

use std::collections::{HashMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use skylift_protocol::Digest;
use tokio::sync::{Semaphore, watch};

use super::Unavailable;
use crate::advice::Advice as _;
use crate::image::Image;
use crate::image::stream::{EncodeError, Stream, Streams, encode};

/// Encoders that work at the same time: each takes a core, and tens of MiB.
const AT_A_TIME: usize = 2;
/// Work that nobody waits for any more goes on for so long: whoever plans often asks for the same again at once.
const LINGER: Duration = Duration::from_secs(3);
/// Results that stay in memory, so that a rollout asks the disk once.
const REMEMBERED: usize = 8;

/// What came of it.
pub(super) type Worked = Result<Arc<Stream>, Unavailable>;

/// The one workshop of an engine.
pub(super) struct Workshop {
    /// The cache on disk; without it streams are worked out anew in each session.
    streams: Option<Streams>,
    linger: Duration,
    turns: Arc<Semaphore>,
    book: Arc<Mutex<Book>>,
}

/// Names a stream by what it is made from: the image that must run, and the file that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pair {
    base: Option<Digest>,
    file: Digest,
}

#[derive(Default)]
struct Book {
    /// Work that is still told; those who listen are those who want it.
    running: HashMap<Pair, watch::Sender<State>>,
    done: VecDeque<(Pair, Worked)>,
}

/// What there is when somebody asks.
enum Joined {
    Done(Worked),
    Work(watch::Receiver<State>),
}

#[derive(Clone)]
enum State {
    /// Its turn has not come.
    Waits,
    /// Hundredths done.
    At(u32),
    Ended(Worked),
}

impl Workshop {
    pub(super) fn new(streams: Option<Streams>) -> Self {
        Self { streams, linger: LINGER, turns: Arc::new(Semaphore::new(AT_A_TIME)), book: Arc::default() }
    }

    /// The stream of an image, against a base or by itself; `tell` is told the hundredths that are done. If every
    /// caller goes away, the work ends soon.
    pub(super) async fn stream(
        &self,
        base: Option<Arc<Image>>,
        image: &Arc<Image>,
        tell: impl Fn(u32),
    ) -> Worked {
        let pair = Pair { base: base.as_ref().map(|base| base.image_sha256), file: image.file_sha256 };
        let mut state = match self.join(pair, base, image) {
            Joined::Done(worked) => return worked,
            Joined::Work(state) => state,
        };
        loop {
            match state.borrow_and_update().clone() {
                State::Waits => tell(0),
                State::At(percent) => tell(percent),
                State::Ended(worked) => return worked,
            }
            if state.changed().await.is_err() {
                return Err(stopped());
            }
        }
    }

    /// What is done already, or else the work on it, which begins with whoever is first.
    fn join(&self, pair: Pair, base: Option<Arc<Image>>, image: &Arc<Image>) -> Joined {
        let mut book = lock(&self.book);
        if let Some((_, worked)) = book.done.iter().find(|(done, _)| *done == pair) {
            return Joined::Done(worked.clone());
        }
        if let Some(work) = book.running.get(&pair) {
            return Joined::Work(work.subscribe());
        }
        let (sender, state) = watch::channel(State::Waits);
        book.running.insert(pair, sender.clone());
        let task = Task {
            streams: self.streams.clone(),
            base,
            image: Arc::clone(image),
            linger: self.linger,
            forsaken: Forsaken {
                pair,
                since: None,
                ended: false,
                turns: Arc::clone(&self.turns),
                book: Arc::clone(&self.book),
            },
        };
        let (turns, book) = (Arc::clone(&self.turns), Arc::clone(&self.book));
        tokio::spawn(async move {
            // The semaphore is never closed, so an error cannot be.
            let _turn = turns.acquire().await;
            sender.send_replace(State::At(0));
            let told = sender.clone();
            let done = tokio::task::spawn_blocking(move || task.run(&told)).await;
            // Work that was called off is in the book no more.
            if let Some(worked) = done.unwrap_or_else(|_| Some(Err(stopped()))) {
                lock(&book).end(pair, &worked);
                sender.send_replace(State::Ended(worked));
            }
        });
        Joined::Work(state)
    }
}

/// What is to be worked out, on a thread that may block.
struct Task {
    streams: Option<Streams>,
    base: Option<Arc<Image>>,
    image: Arc<Image>,
    linger: Duration,
    forsaken: Forsaken,
}

impl Task {
    /// `None` if it was called off.
    fn run(mut self, told: &watch::Sender<State>) -> Option<Worked> {
        let linger = self.linger;
        // Those who waited for its turn may all have gone by now, and there is nothing yet to be kept.
        if self.forsaken.ends(told, Duration::ZERO) {
            return None;
        }
        let mut watch = |part: f32| {
            told.send_replace(State::At(percent(part)));
            match self.forsaken.ends(told, linger) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        let encoded = match &self.streams {
            Some(streams) => streams.get(self.base.as_deref(), &self.image, &mut watch),
            None => encode(self.base.as_deref(), &self.image, &mut watch),
        };
        match encoded {
            Err(EncodeError::Cancelled) if self.forsaken.ended => None,
            encoded => Some(encoded.map(Arc::new).map_err(|error| unavailable(&error))),
        }
    }
}

/// Whether work that nobody wants ends.
struct Forsaken {
    pair: Pair,
    /// When the last one went.
    since: Option<Instant>,
    ended: bool,
    turns: Arc<Semaphore>,
    book: Arc<Mutex<Book>>,
}

impl Forsaken {
    /// Work that ends is taken out of the book, so that nobody joins it any more.
    fn ends(&mut self, told: &watch::Sender<State>, linger: Duration) -> bool {
        if self.ended {
            return true;
        }
        // Nobody comes while the book is locked.
        let mut book = lock(&self.book);
        if told.receiver_count() > 0 {
            self.since = None;
            return false;
        }
        let since = *self.since.get_or_insert_with(Instant::now);
        let is_in_the_way = self.turns.available_permits() == 0 && book.is_somebody_waiting();
        if since.elapsed() < linger && !is_in_the_way {
            return false;
        }
        self.ended = true;
        book.running.remove(&self.pair);
        true
    }
}

impl Book {
    /// Whether other work is wanted whose turn has not come.
    fn is_somebody_waiting(&self) -> bool {
        let waits =
            |work: &watch::Sender<State>| work.receiver_count() > 0 && matches!(*work.borrow(), State::Waits);
        self.running.values().any(waits)
    }

    fn end(&mut self, pair: Pair, worked: &Worked) {
        self.running.remove(&pair);
        self.keep(pair, worked);
    }

    /// A failure may be another time's success; that there is nothing to gain stays so.
    fn keep(&mut self, pair: Pair, worked: &Worked) {
        if matches!(worked, Ok(_) | Err(Unavailable::NotSmaller)) {
            self.done.push_back((pair, worked.clone()));
            while self.done.len() > REMEMBERED {
                self.done.pop_front();
            }
        }
    }
}

fn unavailable(error: &EncodeError) -> Unavailable {
    match error {
        EncodeError::NotSmaller { .. } => Unavailable::NotSmaller,
        error => Unavailable::Failed { why: error.to_string(), advice: error.advice() },
    }
}

/// The work has ended without a result.
fn stopped() -> Unavailable {
    let advice = vec!["update it again".to_owned()];
    Unavailable::Failed { why: "the work on it has stopped".to_owned(), advice }
}

fn percent(part: f32) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 100")]
    let percent = (part.clamp(0.0, 1.0) * 100.0) as u32;
    percent
}

fn lock(book: &Mutex<Book>) -> MutexGuard<'_, Book> {
    // Nothing in here can panic halfway through a change.
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
