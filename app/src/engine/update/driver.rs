//! One update, driven from its first question to its verdict.

use std::sync::Arc;
use std::time::Instant;

use skylift_protocol::{Accepted, Id, Order, OrderId, Reason, bounded};
use tokio::sync::{Semaphore, watch};

use super::delivery::{Delivery, Pusher};
use super::follow::{Follow, Goal, Transition};
use super::forecast::{Forecast, forecast, order};
use super::jobs::Means;
use super::patience::Patience;
use super::recall::{Recall, cancelled_at};
use super::unsent::{unanswered, unreachable};
use super::watch::{Seen, Watch};
use super::{Happening, HostReason, News, Phase, Step, UpdateOptions, Verdict, Why};
use crate::engine::client::{ClientError, Problem};
use crate::engine::notice::Notice;
use crate::engine::reach::{ReachError, reach};
use crate::engine::sighting::{Sighting, look_for};
use crate::engine::snapshot::{Device, JobId};
use crate::image::Image;
use crate::server::{Offer, ServedImage};

/// An answer to an order can get lost on its way; the same order is taken again.
const ORDER_ATTEMPTS: u32 = 3;

/// What a job is about.
pub(super) struct Assignment {
    pub(super) id: JobId,
    pub(super) device: Arc<Device>,
    pub(super) image: Arc<Image>,
    pub(super) options: UpdateOptions,
}

/// An order that can be given.
struct Ready {
    before: Sighting,
    order: Order,
    /// Where the image is published, if the device fetches it.
    offered: Option<Offer>,
}

/// An order that the device has taken.
struct Taken {
    delivery: Delivery,
    goal: Goal,
    before: Sighting,
}

/// How an attempt ended, and what is needed to see a lost device again.
struct End {
    verdict: Verdict,
    follow: Option<Box<Follow>>,
}

impl From<Verdict> for End {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, follow: None }
    }
}

/// Runs a job to its end. What happens meanwhile, and the verdict, goes out as news.
pub(super) async fn drive(
    assignment: Assignment,
    means: Means,
    turns: Arc<Semaphore>,
    mut cancel: watch::Receiver<bool>,
) {
    let driver = Driver { assignment, means };
    // The semaphore is never closed, so an error cannot be.
    let turn = tokio::select! {
        () = cancelled(&mut cancel) => None,
        turn = turns.acquire() => turn.ok(),
    };
    let end = match turn {
        Some(_turn) => driver.offer_until_it_ends(&mut cancel).await,
        None => cancelled_at(Step::Preparing, "its turn had not come").into(),
    };
    driver.tell(News::Ended(end.verdict, end.follow));
}

struct Driver {
    assignment: Assignment,
    means: Means,
}

impl Driver {
    /// After a power cut the device knows no URL any more: it is offered the image again, and goes on where it was.
    async fn offer_until_it_ends(&self, cancel: &mut watch::Receiver<bool>) -> End {
        let mut further_offers = self.means.further_offers;
        loop {
            let end = self.attempt(cancel).await;
            if !lost_power(&end.verdict) || further_offers == 0 {
                return end;
            }
            further_offers -= 1;
            self.tell_of(Happening::PowerLost);
        }
    }

    async fn attempt(&self, cancel: &mut watch::Receiver<bool>) -> End {
        let ready = tokio::select! {
            () = cancelled(cancel) => Err(cancelled_at(Step::Preparing, "the device had not been given the order")),
            ready = self.prepare() => ready,
        };
        // From here on the device may have the order, answered or not: what comes of it, only the device can tell.
        let taken = match ready {
            Ok(ready) => self.hand_over(ready).await,
            Err(verdict) => Err(verdict),
        };
        match taken {
            Ok(taken) => self.follow(taken, cancel).await,
            Err(verdict) => verdict.into(),
        }
    }

    /// Everything until the device is given the order.
    async fn prepare(&self) -> Result<Ready, Verdict> {
        let before = self.ask().await.map_err(|error| unanswered(&error))?;
        let Assignment { image, options, .. } = &self.assignment;
        match forecast(&before.status, image, options) {
            Forecast::Send => {}
            Forecast::AlreadyRunning => return Err(Verdict::AlreadyRunning),
            Forecast::Refuse(cause) => return Err(Verdict::Refused(cause)),
        }
        let offered = self.offer(&before).await.map_err(|error| unreachable(&error))?;
        let url = offered.as_ref().map(|(_, url)| url.as_str());
        let order = order(fresh_order_id()?, url, image, options);
        Ok(Ready { before, order, offered: offered.map(|(offer, _)| offer) })
    }

    /// Gives the device the order.
    async fn hand_over(&self, Ready { before, order, offered }: Ready) -> Result<Taken, Verdict> {
        let Assignment { image, options, .. } = &self.assignment;
        let accepted = self.give(&order, &before).await.map_err(|error| unanswered(&error))?;
        if accepted.resume_from > 0 {
            self.tell_of(Happening::Resumed(accepted.resume_from));
        }
        let order_id = order.order_id.clone();
        let (image_sha256, size, trust) = (image.image_sha256, image.size(), options.trust);
        let goal = Goal { order_id, image_sha256, size, trust };
        let delivery = match offered {
            Some(offer) => Delivery::Served(offer),
            None => Delivery::Pushed(self.push(order, accepted.resume_from)),
        };
        Ok(Taken { delivery, goal, before })
    }

    fn push(&self, order: Order, from: u32) -> Pusher {
        let Means { client, snapshots, .. } = self.means.clone();
        let device = Arc::clone(&self.assignment.device);
        // Its address may change while it is being pushed to.
        let peer = move || snapshots.borrow().device(&device.id).unwrap_or(&device).peer();
        Pusher::start(client, Arc::new(peer), order, self.assignment.image.bytes.clone(), from)
    }

    /// Publishes the image, under the address at which the device reaches this computer. `None` if it reaches it at
    /// none: then the image has to be pushed.
    async fn offer(&self, before: &Sighting) -> Result<Option<(Offer, String)>, ReachError> {
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
        let offer = server.publish(ServedImage::new(self.assignment.image.bytes.clone()))?;
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

    /// Watches the device until there is a verdict. The image is there for it until then.
    async fn follow(&self, taken: Taken, cancel: &mut watch::Receiver<bool>) -> End {
        let mut follow = Follow::new(taken.goal, taken.before, self.patience(), Instant::now());
        let mut watch = Watch::new(&self.means.client, self.means.timing);
        let mut recall = Recall::NotWanted(taken.delivery);
        self.tell(News::Phase(Phase::Offered));
        let verdict = loop {
            let device = self.device();
            tokio::select! {
                biased;
                () = cancelled(cancel), if recall.is_possible() => {
                    recall = self.recall(recall, follow.step());
                }
                () = recall.patience_over() => {
                    break cancelled_at(follow.step(), "the device has not confirmed it, but cannot fetch the image any more");
                }
                seen = watch.next(&device, follow.step()) => {
                    if let Some(verdict) = self.take(&mut follow, seen) {
                        break recall.judge(verdict);
                    }
                    recall.forget_if_too_late(follow.step());
                }
            }
        };
        let follow = matches!(verdict, Verdict::Lost { .. }).then(|| Box::new(follow));
        End { verdict, follow }
    }

    /// Takes what was seen; gives the verdict, if there is one now.
    fn take(&self, follow: &mut Follow, seen: Seen) -> Option<Verdict> {
        match seen {
            Seen::Answer(sighting) => {
                self.means.notices.send(Notice::Asked(self.id().clone(), Ok((*sighting).clone())));
                while let Some(transition) = follow.observe(&sighting) {
                    match transition {
                        Transition::Phase(phase) => self.tell(News::Phase(phase)),
                        Transition::Ended(verdict) => return Some(verdict),
                    }
                }
            }
            Seen::Event(event) => self.tell_transition(follow.event(&event, Instant::now())),
            Seen::Nothing(error) => {
                self.tell_transition(follow.out_of_sight(Instant::now()));
                self.means.notices.send(Notice::Asked(self.id().clone(), Err(error)));
            }
        }
        follow.give_up(Instant::now())
    }

    fn recall(&self, recall: Recall, step: Step) -> Recall {
        if step.is_past_recall() {
            self.tell_of(Happening::TooLateToCancel);
            return Recall::TooLate;
        }
        let recall = recall.begin(Instant::now() + self.means.timing.cancel);
        self.tell_of(Happening::Withdrawn);
        recall
    }

    async fn ask(&self) -> Result<Sighting, ClientError> {
        let sighting = look_for(&self.means.client, &self.device()).await;
        self.means.notices.send(Notice::Asked(self.id().clone(), sighting.clone()));
        sighting
    }

    /// The device as it is known now: its address may have changed over a restart.
    fn device(&self) -> Arc<Device> {
        let snapshot = self.means.snapshots.borrow();
        Arc::clone(snapshot.device(self.id()).unwrap_or(&self.assignment.device))
    }

    fn id(&self) -> &Id {
        &self.assignment.device.id
    }

    fn patience(&self) -> Patience {
        let timing = &self.means.timing;
        Patience {
            silence: timing.silence,
            comeback: timing.comeback,
            standstill: timing.standstill,
            doubt: timing.doubt,
            probation: timing.probation,
            margin: timing.deadline_margin,
        }
    }

    fn tell_transition(&self, transition: Option<Transition>) {
        if let Some(Transition::Phase(phase)) = transition {
            self.tell(News::Phase(phase));
        }
    }

    fn tell_of(&self, happening: Happening) {
        self.tell(News::Happened(happening));
    }

    fn tell(&self, news: News) {
        self.means.notices.send(Notice::Job(self.assignment.id, news));
    }
}

/// Ends when the job is cancelled, or the engine has gone.
async fn cancelled(cancel: &mut watch::Receiver<bool>) {
    let _ = cancel.wait_for(|cancelled| *cancelled).await;
}

/// Whether the device may have taken the order, and its answer did not get here as it was.
const fn is_lost(problem: &Problem) -> bool {
    matches!(problem, Problem::Silent(_) | Problem::Broken(_) | Problem::NotProven { .. })
}

fn lost_power(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Failed { cause, .. } if cause.reason == Why::Device(Reason::PowerLost))
}

/// 128 random bits: no two orders have the same id.
fn fresh_order_id() -> Result<OrderId, Verdict> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| {
        let detail = format!("the operating system gives no random bytes: {error}");
        Verdict::failed(Step::Preparing, HostReason::Server, detail)
    })?;
    Ok(bounded(&format!("{:032x}", u128::from_be_bytes(random))))
}
