//! Publishing snapshots: changes of state at once, mere progress a few times a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::config::Wake;
use super::snapshot::Snapshot;

/// How soon a change must be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Urgency {
    /// Nothing has changed.
    None,
    /// With the next regular snapshot.
    Soon,
    /// At once.
    Now,
}

/// The one place where snapshots are published.
pub(super) struct Publisher {
    sender: watch::Sender<Arc<Snapshot>>,
    wake: Option<Wake>,
    interval: Duration,
    pending: Urgency,
    last: Instant,
}

impl Publisher {
    pub(super) fn new(interval: Duration, wake: Option<Wake>) -> Self {
        let (sender, _) = watch::channel(Arc::default());
        Self { sender, wake, interval, pending: Urgency::None, last: Instant::now() }
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.sender.subscribe()
    }

    /// Something has changed.
    pub(super) fn note(&mut self, urgency: Urgency) {
        self.pending = self.pending.max(urgency);
    }

    /// When the next regular snapshot is due, if something waits for it.
    pub(super) fn next_due(&self) -> Option<Instant> {
        (self.pending != Urgency::None).then(|| self.last + self.interval)
    }

    /// Publishes what `snapshot` makes, if it is time.
    pub(super) fn publish_if_due(&mut self, now: Instant, snapshot: impl FnOnce() -> Snapshot) {
        let due = match self.pending {
            Urgency::None => false,
            Urgency::Soon => now.saturating_duration_since(self.last) >= self.interval,
            Urgency::Now => true,
        };
        if !due {
            return;
        }
        self.pending = Urgency::None;
        self.last = now;
        self.sender.send_replace(Arc::new(snapshot()));
        if let Some(wake) = &self.wake {
            wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn progress_waits_and_changes_of_state_do_not() {
        let woken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&woken);
        let wake: Wake = Arc::new(move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let mut publisher = Publisher::new(Duration::from_millis(100), Some(wake));
        let start = Instant::now() + Duration::from_secs(1);
        let expect = |publisher: &mut Publisher, milliseconds, published| {
            publisher.publish_if_due(start + Duration::from_millis(milliseconds), Snapshot::default);
            assert_eq!(woken.load(Ordering::Relaxed), published, "after {milliseconds} ms");
        };
        expect(&mut publisher, 0, 0);
        assert_eq!(publisher.next_due(), None);
        publisher.note(Urgency::Soon);
        expect(&mut publisher, 1, 1);
        publisher.note(Urgency::Soon);
        assert_eq!(publisher.next_due(), Some(start + Duration::from_millis(101)));
        expect(&mut publisher, 99, 1);
        publisher.note(Urgency::Now);
        publisher.note(Urgency::Soon);
        expect(&mut publisher, 100, 2);
        publisher.note(Urgency::Soon);
        expect(&mut publisher, 199, 2);
        expect(&mut publisher, 200, 3);
        expect(&mut publisher, 900, 3);
    }
}
