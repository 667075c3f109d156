//! Everything until the device has the order: it is asked, the way is chosen, and the bytes are published.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use skylift_protocol::{Accepted, Order, Status};

use super::super::delivery::{Delivery, Pusher, Revocation, Whereabouts};
use super::super::fallback::{Choice, Tried};
use super::super::follow::Goal;
use super::super::forecast::{Forecast, forecast};
use super::super::jobs::Means;
use super::super::order::{fresh_order_id, order};
use super::super::unsent::{unanswered, unreachable};
use super::super::{Happening, News, Sends, Verdict};
use super::{Assignment, Driver, Taken};
use crate::engine::client::{ClientError, Problem};
use crate::engine::plan::{Load, Meter, Planned, Wish, WorkingOut};
use crate::engine::reach::{ReachError, reach};
use crate::engine::sighting::Sighting;
use crate::server::{Offer, ServedImage};

/// An answer to an order can get lost on its way; the same order is taken again.
const ORDER_ATTEMPTS: u32 = 3;
/// An answer that is older than this is not taken for what the device says just before the order.
const FRESH: Duration = Duration::from_secs(1);

/// An order that can be given.
pub(super) struct Ready {
    before: Sighting,
    order: Order,
    load: Load,
    /// Where the image is published, if the device fetches it.
    offered: Option<Offer>,
}

impl Driver {
    /// Everything until the device is given the order.
    pub(super) async fn prepare(&self, tried: &mut Tried) -> Result<Ready, Verdict> {
        let (before, load) = self.plan(tried).await?;
        let Assignment { image, options, .. } = &self.assignment;
        let offered = self.offer(&before, &load).await.map_err(|error| unreachable(&error))?;
        let url = offered.as_ref().map(|(_, url)| url.as_str());
        let order = order(fresh_order_id()?, url, (image, &load), options);
        Ok(Ready { before, order, load, offered: offered.map(|(offer, _)| offer) })
    }

    /// What the device says, if nothing speaks against sending it the image.
    async fn look(&self) -> Result<Sighting, Verdict> {
        let before = self.ask().await.map_err(|error| unanswered(&error))?;
        let Assignment { image, options, .. } = &self.assignment;
        match forecast(&before.status, image, options) {
            Forecast::Send => Ok(before),
            Forecast::AlreadyRunning => {
                self.means.planner.sent(image);
                Err(Verdict::AlreadyRunning)
            }
            Forecast::Refuse(cause) => Err(Verdict::Refused(cause)),
        }
    }

    /// The last answer of the device, and which bytes it is sent. That is told once, and after that only if it changes.
    async fn plan(&self, tried: &mut Tried) -> Result<(Sighting, Load), Verdict> {
        let mut before = self.look().await?;
        let (mut planned, worked_out) = self.plan_for(&before.status, tried).await?;
        // A stream may take minutes, and the device restart or get another image meanwhile.
        if worked_out || before.asked.elapsed() > FRESH {
            let now = self.look().await?;
            if !is_planned_alike(&before.status, &now.status) {
                planned = self.plan_for(&now.status, tried).await?.0;
            }
            before = now;
        }
        let Planned { plan, load } = planned;
        match tried.sends(load.encoding) {
            Choice::Planned => self.tell_of(Happening::Planned(plan)),
            Choice::Same => {}
            Choice::Instead { of, why } => {
                self.tell_of(Happening::FellBack { from: of, to: load.encoding, why });
            }
        }
        Ok((before, load))
    }

    /// A plan for a device that says this, and whether a stream had to be waited for.
    async fn plan_for(&self, status: &Status, tried: &Tried) -> Result<(Planned, bool), Verdict> {
        let Assignment { device, image, options, .. } = &self.assignment;
        let (encoding, given_up) = (options.encoding, tried.given_up());
        let wish = Wish { device, status, image, encoding, given_up };
        let waited = AtomicBool::new(false);
        let tell = |working_out: Option<WorkingOut>| {
            waited.fetch_or(working_out.is_some(), Ordering::Relaxed);
            self.tell(News::WorkingOut(working_out));
        };
        let planned = self.means.planner.plan(wish, &tell).await?;
        Ok((planned, waited.into_inner()))
    }

    /// Gives the device the order.
    pub(super) async fn hand_over(
        &self,
        Ready { before, order, load, offered }: Ready,
    ) -> Result<Taken, Verdict> {
        let Assignment { image, options, .. } = &self.assignment;
        let offer = offered.as_ref().map(Offer::id);
        self.tell(News::Sends(Sends { encoding: load.encoding, bytes: order.sent().size, offer }));
        let accepted = self.give(&order, &before).await.map_err(|error| unanswered(&error))?;
        self.means.planner.sent(image);
        match load.resumes_at(&accepted, &before.status, image.file_sha256) {
            0 => {}
            from => self.tell_of(Happening::Resumed(from)),
        }
        let meter = Meter::new(load.encoding, &before.status, Instant::now());
        let order_id = order.order_id.clone();
        let (image_sha256, size, trust) = (image.image_sha256, image.size(), options.trust);
        let goal = Goal { order_id, image_sha256, size, trust };
        let delivery = match offered {
            Some(offer) => Delivery::Served(offer, self.revocation(&order)),
            None => {
                let revocation = self.revocation(&order);
                Delivery::Pushed(self.push(order, &load, accepted.resume_from), revocation)
            }
        };
        Ok(Taken { delivery, goal, before, meter })
    }

    fn push(&self, order: Order, load: &Load, from: u32) -> Pusher {
        self.pushed.begin();
        let client = self.means.client.clone();
        Pusher::start(client, self.whereabouts(), order, load.clone(), self.pushed.clone(), from)
    }

    fn revocation(&self, order: &Order) -> Revocation {
        let (client, order_id) = (self.means.client.clone(), order.order_id.clone());
        Revocation { client, peer: self.whereabouts(), order_id }
    }

    /// The device's address may change during an update.
    fn whereabouts(&self) -> Whereabouts {
        let snapshots = self.means.snapshots.clone();
        let device = Arc::clone(&self.assignment.device);
        Arc::new(move || snapshots.borrow().device(&device.id).unwrap_or(&device).peer())
    }

    /// Publishes the image, under the address at which the device reaches this computer. `None` if it reaches it at
    /// none: then the image has to be pushed.
    async fn offer(&self, before: &Sighting, load: &Load) -> Result<Option<(Offer, String)>, ReachError> {
        let Means { client, server, host_address, .. } = &self.means;
        let server = server.get().await?;
        let peer = self.assignment.device.peer_at(before.address);
        let wanted = self.assignment.options.host_address.or(*host_address);
        let at = match reach(client, &peer, &server, wanted).await {
            Ok(at) => at,
            Err(ReachError::Unreachable { tried, .. }) => {
                self.tell_of(Happening::Pushes(tried));
                return Ok(None);
            }
            Err(ReachError::NoCandidate(_)) => {
                self.tell_of(Happening::Pushes(Vec::new()));
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.tell_of(Happening::Reached(at));
        let offer = server.publish(ServedImage::new(load.bytes.clone()))?;
        let url = offer.url_via(at);
        Ok(Some((offer, url)))
    }

    async fn give(&self, order: &Order, before: &Sighting) -> Result<Accepted, ClientError> {
        let peer = self.assignment.device.peer_at(before.address);
        let mut given = self.means.client.update(&peer, order).await;
        for _ in 1..ORDER_ATTEMPTS {
            match &given {
                Err(error) if is_lost(&error.problem) => {
                    given = self.means.client.update(&peer, order).await;
                }
                _ => break,
            }
        }
        given
    }
}

/// Whether a plan for a device that said this is one for a device that says that.
fn is_planned_alike(before: &Status, now: &Status) -> bool {
    let decisive = |status: &Status| (status.running.image_sha256, status.resume, status.prepared);
    decisive(before) == decisive(now)
}

/// Whether the device may have taken the order, and its answer did not get here as it was.
const fn is_lost(problem: &Problem) -> bool {
    matches!(problem, Problem::Silent(_) | Problem::Broken(_) | Problem::NotProven { .. })
}
