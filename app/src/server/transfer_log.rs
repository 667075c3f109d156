//! How the transfer log is kept: transfers count for themselves, and one task publishes what has changed.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{Notify, watch};

use super::lock;
use super::transfers::{AbortReason, OfferId, PathKind, Transfer, TransferSnapshot, TransferState};

/// Changes within this time are told together, so a transfer is seen to move at most ten times a second.
const PUBLISH_INTERVAL: Duration = Duration::from_millis(100);

/// What is known of a transfer before its first byte.
pub(super) struct Beginning {
    pub(super) offer: OfferId,
    pub(super) kind: PathKind,
    pub(super) peer: SocketAddr,
    pub(super) start: u64,
    pub(super) length: u64,
    pub(super) image_length: u64,
    /// Told when the connection must be closed under the transfer.
    pub(super) cut: Arc<Notify>,
}

/// The log. Its size is bounded by the connection limit and by the number of ended transfers it remembers.
pub(super) struct TransferLog {
    entries: Mutex<Entries>,
    remembered: usize,
    changed: Arc<Notify>,
    snapshot: watch::Sender<Arc<TransferSnapshot>>,
}

#[derive(Default)]
struct Entries {
    last_id: u64,
    running: BTreeMap<u64, Arc<RunningTransfer>>,
    ended: VecDeque<Transfer>,
}

impl TransferLog {
    /// Starts the task that publishes, so it must be called within a tokio runtime.
    pub(super) fn start(remembered: usize) -> Arc<Self> {
        let changed = Arc::new(Notify::new());
        let log = Arc::new(Self {
            entries: Mutex::default(),
            remembered,
            changed: Arc::clone(&changed),
            snapshot: watch::Sender::default(),
        });
        tokio::spawn(publish_changes(Arc::downgrade(&log), changed));
        log
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<TransferSnapshot>> {
        self.snapshot.subscribe()
    }

    pub(super) fn begin(self: &Arc<Self>, beginning: Beginning) -> Arc<RunningTransfer> {
        let mut entries = lock(&self.entries);
        entries.last_id += 1;
        let id = entries.last_id;
        let transfer = Arc::new(RunningTransfer::new(id, beginning, self));
        entries.running.insert(id, Arc::clone(&transfer));
        drop(entries);
        self.changed.notify_one();
        transfer
    }

    /// Ends the transfers of one offer and closes their connections.
    pub(super) fn abort_offer(&self, offer: OfferId, reason: AbortReason) {
        self.abort(reason, |transfer| transfer.beginning.offer == offer);
    }

    /// Ends all transfers and closes their connections.
    pub(super) fn abort_all(&self, reason: AbortReason) {
        self.abort(reason, |_| true);
    }

    fn abort(&self, reason: AbortReason, chosen: impl Fn(&RunningTransfer) -> bool) {
        let mut entries = lock(&self.entries);
        let stopped: Vec<_> = entries.running.extract_if(.., |_, transfer| chosen(transfer)).collect();
        for (_, transfer) in stopped {
            entries.remember(transfer.record(TransferState::Aborted(reason)), self.remembered);
            transfer.beginning.cut.notify_one();
        }
        drop(entries);
        self.changed.notify_one();
    }

    /// Tells the receivers how things stand now.
    pub(super) fn publish(&self) {
        // Sent under the lock: of two publishers, the later one has the newer snapshot.
        let entries = lock(&self.entries);
        let running = entries.running.values().map(|transfer| transfer.record(TransferState::Running));
        let mut transfers: Vec<Transfer> = entries.ended.iter().copied().chain(running).collect();
        transfers.sort_unstable_by_key(|transfer| transfer.id);
        self.snapshot.send_replace(Arc::new(TransferSnapshot { transfers }));
    }

    /// The first end of a transfer counts; what comes later is only its echo.
    fn end(&self, transfer: &RunningTransfer, state: TransferState) {
        let mut entries = lock(&self.entries);
        if entries.running.remove(&transfer.id).is_some() {
            entries.remember(transfer.record(state), self.remembered);
            self.changed.notify_one();
        }
    }
}

impl Entries {
    fn remember(&mut self, ended: Transfer, limit: usize) {
        self.ended.push_back(ended);
        while self.ended.len() > limit {
            self.ended.pop_front();
        }
    }
}

impl Drop for TransferLog {
    fn drop(&mut self) {
        self.publish();
        self.changed.notify_one();
    }
}

/// Publishes at once after a pause, then at most every [`PUBLISH_INTERVAL`]; ends when the log is gone.
async fn publish_changes(log: Weak<TransferLog>, changed: Arc<Notify>) {
    loop {
        changed.notified().await;
        let Some(log) = log.upgrade() else { return };
        log.publish();
        drop(log);
        tokio::time::sleep(PUBLISH_INTERVAL).await;
    }
}

/// A transfer while it runs. Counting takes no lock.
pub(super) struct RunningTransfer {
    id: u64,
    beginning: Beginning,
    started_at: SystemTime,
    started: Instant,
    taken: AtomicU64,
    sent: AtomicU64,
    log: Weak<TransferLog>,
}

impl RunningTransfer {
    fn new(id: u64, beginning: Beginning, log: &Arc<TransferLog>) -> Self {
        Self {
            id,
            beginning,
            started_at: SystemTime::now(),
            started: Instant::now(),
            taken: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            log: Arc::downgrade(log),
        }
    }

    /// hyper has taken this many more bytes.
    pub(super) fn take(&self, bytes: usize) {
        self.taken.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// All that was taken here and later on the connection has left, but for at most the last `behind` bytes. Gives how
    /// many of those were taken before.
    pub(super) fn left(&self, behind: u64) -> u64 {
        let taken = self.taken.load(Ordering::Relaxed);
        let sent = taken.saturating_sub(behind);
        let before = self.sent.fetch_max(sent, Ordering::Relaxed);
        if sent == self.beginning.length {
            self.end(TransferState::Finished);
        } else if sent > before {
            self.tell_change();
        }
        behind.saturating_sub(taken)
    }

    /// Whether every byte has left.
    pub(super) fn is_sent(&self) -> bool {
        self.sent.load(Ordering::Relaxed) == self.beginning.length
    }

    /// Does nothing if it has ended before.
    pub(super) fn end(&self, state: TransferState) {
        if let Some(log) = self.log.upgrade() {
            log.end(self, state);
        }
    }

    fn tell_change(&self) {
        if let Some(log) = self.log.upgrade() {
            log.changed.notify_one();
        }
    }

    fn record(&self, state: TransferState) -> Transfer {
        Transfer {
            id: self.id,
            offer: self.beginning.offer,
            kind: self.beginning.kind,
            peer: self.beginning.peer,
            start: self.beginning.start,
            length: self.beginning.length,
            image_length: self.beginning.image_length,
            sent: self.sent.load(Ordering::Relaxed),
            started_at: self.started_at,
            took: (state != TransferState::Running).then(|| self.started.elapsed()),
            state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(log: &Arc<TransferLog>, length: u64) -> Arc<RunningTransfer> {
        log.begin(Beginning {
            offer: OfferId(1),
            kind: PathKind::Plain,
            peer: ([127, 0, 0, 1], 1).into(),
            start: 0,
            length,
            image_length: length,
            cut: Arc::default(),
        })
    }

    fn last(log: &TransferLog) -> (u64, TransferState) {
        log.publish();
        let snapshot = log.subscribe().borrow().clone();
        snapshot.transfers.last().map(|last| (last.sent, last.state)).unwrap()
    }

    #[tokio::test]
    async fn bytes_count_when_they_have_left() {
        let log = TransferLog::start(8);
        let transfer = begin(&log, 30);
        transfer.take(20);
        assert_eq!(last(&log), (0, TransferState::Running));
        transfer.left(5);
        assert_eq!(last(&log), (15, TransferState::Running));
        transfer.take(10);
        transfer.left(25);
        assert_eq!(last(&log), (15, TransferState::Running), "what has left stays so");
        transfer.left(0);
        assert_eq!(last(&log), (30, TransferState::Finished));
    }

    #[tokio::test]
    async fn the_first_end_counts() {
        let log = TransferLog::start(8);
        let transfer = begin(&log, 30);
        transfer.end(TransferState::Aborted(AbortReason::Stalled));
        transfer.end(TransferState::Aborted(AbortReason::ConnectionLost));
        log.abort_all(AbortReason::ServerStopped);
        assert_eq!(last(&log), (0, TransferState::Aborted(AbortReason::Stalled)));
    }

    #[tokio::test]
    async fn the_last_word_is_published_when_the_log_goes() {
        let log = TransferLog::start(8);
        let mut receiver = log.subscribe();
        begin(&log, 0).left(0);
        drop(log);
        assert_eq!(receiver.borrow_and_update().transfers[0].state, TransferState::Finished);
    }
}
