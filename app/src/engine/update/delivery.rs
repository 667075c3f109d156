//! How the bytes get to the device: it fetches them, or, where it cannot reach this computer, they are pushed.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use skylift_protocol::{ErrorCode, Order, Phase};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::engine::client::{ClientError, DeviceClient, Peer, Problem};
use crate::server::Offer;

/// Pause before a push that broke is taken up again.
const PAUSE: Duration = Duration::from_millis(300);
/// Attempts in a row that bring nothing new.
const FRUITLESS_ATTEMPTS: u32 = 10;

/// A delivery that goes on for as long as it is kept.
pub(super) enum Delivery {
    /// The image is published.
    Served(Offer),
    /// The image is being pushed.
    Pushed(Pusher),
}

impl Delivery {
    /// Calls it back: the device is told that the image is withdrawn.
    pub(super) fn withdraw(self) {
        match self {
            Self::Served(offer) => offer.withdraw(),
            Self::Pushed(pusher) => pusher.withdraw(),
        }
    }
}

/// A task that pushes an image; dropping it stops the push.
pub(super) struct Pusher {
    task: JoinHandle<()>,
    withdraw: Option<oneshot::Sender<()>>,
}

impl Pusher {
    /// Pushes `image` to the device that took `order`, from this byte on. `peer` says where the device is now.
    pub(super) fn start(
        client: DeviceClient,
        peer: Arc<dyn Fn() -> Peer + Send + Sync>,
        order: Order,
        image: Bytes,
        from: u32,
    ) -> Self {
        let (withdraw, withdrawn) = oneshot::channel();
        let push = Push { client, peer, order, image };
        Self { task: tokio::spawn(push.run(from, withdrawn)), withdraw: Some(withdraw) }
    }

    /// The task itself tells the device, and ends.
    fn withdraw(mut self) {
        if let Some(withdraw) = self.withdraw.take() {
            // A push that has ended has nothing to withdraw.
            let _ = withdraw.send(());
        }
    }
}

impl Drop for Pusher {
    fn drop(&mut self) {
        // With the sender gone the withdrawal is under way, and has to be said.
        if self.withdraw.is_some() {
            self.task.abort();
        }
    }
}

struct Push {
    client: DeviceClient,
    peer: Arc<dyn Fn() -> Peer + Send + Sync>,
    order: Order,
    image: Bytes,
}

impl Push {
    async fn run(self, from: u32, withdrawn: oneshot::Receiver<()>) {
        tokio::select! {
            () = self.push(from) => {}
            said = withdrawn => {
                if said.is_ok() {
                    // An empty push withdraws. If it does not arrive, the device stops waiting by itself.
                    let _ = self.client.push(&(self.peer)(), &self.order.order_id, 0, Bytes::new()).await;
                }
            }
        }
    }

    /// Until the device has all bytes, or does not want them any more. What becomes of the update is not told here:
    /// the device's status is.
    async fn push(&self, mut from: u32) {
        let mut fruitless = 0;
        while from < self.order.size && fruitless < FRUITLESS_ATTEMPTS {
            let rest = self.image.slice(usize::try_from(from).map_or(self.image.len(), |from| from)..);
            match self.client.push(&(self.peer)(), &self.order.order_id, from, rest).await {
                Ok(accepted) => from = accepted.resume_from,
                Err(error) if is_final(&error) => return,
                Err(_) => {
                    sleep(PAUSE).await;
                    match self.wanted().await {
                        Some(wanted) if wanted > from => (from, fruitless) = (wanted, 0),
                        Some(_) => fruitless += 1,
                        None => return,
                    }
                }
            }
        }
    }

    /// From which byte on the device wants the image: it says so to the same order given again. `None` if it does
    /// not run the order any more; given to such a device, it would begin a second time.
    async fn wanted(&self) -> Option<u32> {
        let peer = (self.peer)();
        let status = match self.client.status(&peer).await {
            Ok(status) => status,
            // Not there for the moment: the last byte known is as good as any.
            Err(_) => return Some(0),
        };
        if !matches!(status.phase, Phase::Checking | Phase::Downloading) {
            return None;
        }
        self.client.update(&peer, &self.order).await.ok().map(|accepted| accepted.resume_from)
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
        Problem::Closed(_)
        | Problem::TurnedOpen
        | Problem::LostKey
        | Problem::OtherKey
        | Problem::Unauthorised(_)
        | Problem::Key(_) => true,
        Problem::NotReached(_) | Problem::Silent(_) | Problem::Broken(_) | Problem::NotProven { .. } => false,
    }
}
