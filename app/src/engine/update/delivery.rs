//! How the bytes get to the device: it fetches them, or, where it cannot reach this computer, they are pushed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use skylift_protocol::{ErrorCode, Order, OrderId, Phase};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::engine::client::{ClientError, DeviceClient, Peer, Problem};
use crate::engine::plan::Load;
use crate::server::Offer;

/// Pause before a push that broke, or brought nothing, is taken up again.
const PAUSE: Duration = Duration::from_millis(300);
/// Attempts in a row that bring nothing new.
const FRUITLESS_ATTEMPTS: u32 = 10;

/// A delivery that goes on for as long as it is kept.
pub(super) enum Delivery {
    /// The image is published.
    Served(Offer, Revocation),
    /// The image is being pushed.
    Pushed(Pusher, Revocation),
}

impl Delivery {
    /// Calls it back: the device is told that the image is withdrawn.
    pub(super) fn withdraw(self) {
        let revocation = match self {
            Self::Served(offer, revocation) => {
                offer.withdraw();
                revocation
            }
            Self::Pushed(pusher, revocation) => {
                drop(pusher);
                revocation
            }
        };
        // The device may have all the bytes already, and not come for more.
        tokio::spawn(revocation.tell());
    }
}

/// Where the device is now.
pub(super) type Whereabouts = Arc<dyn Fn() -> Peer + Send + Sync>;

/// What tells a device that an order is withdrawn.
pub(super) struct Revocation {
    pub(super) client: DeviceClient,
    pub(super) peer: Whereabouts,
    pub(super) order_id: OrderId,
}

impl Revocation {
    /// An empty push withdraws. What becomes of it, the device's status tells.
    async fn tell(self) {
        let _ = self.client.push(&(self.peer)(), &self.order_id, 0, Bytes::new()).await;
    }
}

/// A task that pushes an image; dropping it stops the push.
pub(super) struct Pusher {
    task: JoinHandle<()>,
}

impl Pusher {
    /// Pushes `load` to the device that took `order`, from this byte on.
    pub(super) fn start(
        client: DeviceClient,
        peer: Whereabouts,
        order: Order,
        load: Load,
        pushed: Pushed,
        from: u32,
    ) -> Self {
        let push = Push { client, peer, order, load, pushed };
        Self { task: tokio::spawn(async move { push.run(from).await }) }
    }
}

impl Drop for Pusher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Push {
    client: DeviceClient,
    peer: Whereabouts,
    order: Order,
    load: Load,
    pushed: Pushed,
}

/// What the device wants.
struct Wanted {
    /// From this byte on.
    from: u32,
    /// What it has written.
    written: u32,
}

impl Push {
    /// Until the device has all bytes, or does not want them any more. What becomes of the update is not told here:
    /// the device's status is.
    async fn run(&self, mut from: u32) {
        let (mut fruitless, mut written) = (0, 0);
        while from < self.order.sent().size && fruitless < FRUITLESS_ATTEMPTS {
            let body = self.body(from);
            let length = body.len();
            match self.client.push(&(self.peer)(), &self.order.order_id, from, body).await {
                Ok(accepted) => {
                    self.pushed.taken(length);
                    if accepted.resume_from > from {
                        from = accepted.resume_from;
                        continue;
                    }
                    // It takes the bytes and wants them again: that is no better than a push that broke.
                }
                Err(error) if is_final(&error) => return,
                Err(_) => {}
            }
            sleep(PAUSE).await;
            let Some(wanted) = self.wanted().await else { return };
            let gained = wanted.from > from || wanted.written > written;
            fruitless = if gained { 0 } else { fruitless + 1 };
            // A stream begins with its head again, after which the device tells where to go on.
            from = if self.load.head() > 0 { wanted.from } else { from.max(wanted.from) };
            written = written.max(wanted.written);
        }
    }

    /// What is pushed next: the head of a stream by itself, or all the rest.
    fn body(&self, from: u32) -> Bytes {
        let head = self.load.head();
        let end = if from < head { head } else { self.order.sent().size };
        let within =
            |at: u32| usize::try_from(at).map_or(self.load.bytes.len(), |at| at.min(self.load.bytes.len()));
        self.load.bytes.slice(within(from)..within(end))
    }

    /// From which byte on the device wants the image: it says so to the same order given again. `None` if it does
    /// not run the order any more; given to such a device, it would begin a second time.
    async fn wanted(&self) -> Option<Wanted> {
        let peer = (self.peer)();
        let status = match self.client.status(&peer).await {
            Ok(status) => status,
            // Not there for the moment: the last byte known is as good as any.
            Err(_) => return Some(Wanted { from: 0, written: 0 }),
        };
        if !matches!(status.phase, Phase::Checking | Phase::Downloading) {
            return None;
        }
        let written = status.progress.map_or(0, |progress| progress.written);
        let accepted = self.client.update(&peer, &self.order).await.ok()?;
        Some(Wanted { from: accepted.resume_from, written })
    }
}

/// Bytes that were pushed in one update, over all its attempts. A clone counts on.
#[derive(Clone, Debug, Default)]
pub(super) struct Pushed(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// In attempts that are over.
    before: AtomicU64,
    /// In this one, as whole bodies.
    bodies: AtomicU64,
    /// In this one, as the device tells.
    arrived: AtomicU64,
}

impl Pushed {
    /// A further attempt begins.
    pub(super) fn begin(&self) {
        self.0.before.store(self.all(), Ordering::Relaxed);
        self.0.bodies.store(0, Ordering::Relaxed);
        self.0.arrived.store(0, Ordering::Relaxed);
    }

    /// A body was taken to its end.
    fn taken(&self, bytes: usize) {
        self.0.bodies.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// The device says that so many bytes of this attempt have arrived.
    pub(super) fn arrived(&self, bytes: u32) {
        self.0.arrived.fetch_max(bytes.into(), Ordering::Relaxed);
    }

    /// All bytes that were pushed.
    pub(super) fn all(&self) -> u64 {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        of(&self.0.before) + of(&self.0.bodies).max(of(&self.0.arrived))
    }
}

/// The device has said that it does not want these bytes. Another connection that pushes is one of ours, which the
/// device has not found to be dead yet.
fn is_final(error: &ClientError) -> bool {
    match &error.problem {
        Problem::Refused { code, .. } => matches!(code, ErrorCode::NotFound | ErrorCode::MethodNotAllowed),
        Problem::Status(_) | Problem::TooLong(_) | Problem::NotUnderstood(_) | Problem::OtherDevice(_) => {
            true
        }
        Problem::NotJaguar(_)
        | Problem::Jaguar { .. }
        | Problem::Closed(_)
        | Problem::TurnedOpen
        | Problem::LostKey
        | Problem::OtherKey
        | Problem::Unauthorised(_)
        | Problem::Key(_) => true,
        Problem::NotReached(_) | Problem::Silent(_) | Problem::Broken(_) | Problem::NotProven { .. } => false,
    }
}
