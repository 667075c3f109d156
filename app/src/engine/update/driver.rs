//! One update, driven from its first question to its verdict.

mod giving;

use std::sync::Arc;
use std::time::Instant;

use skylift_protocol::{Id, OrderId, Phase as DevicePhase, Reason};
use tokio::sync::{Semaphore, watch};

use super::delivery::{Delivery, Pushed};
use super::fallback::Tried;
use super::follow::{Follow, Goal, Transition};
use super::jobs::Means;
use super::patience::Patience;
use super::recall::{Recall, cancelled_at};
use super::watch::{Seen, Watch};
use super::{Happening, News, Phase, Step, Trail, UpdateOptions, Verdict, Why};
use crate::engine::client::ClientError;
use crate::engine::jaguar::{self, Family};
use crate::engine::notice::Notice;
use crate::engine::plan::{Meter, Pace};
use crate::engine::sighting::{Sighting, look_for};
use crate::engine::snapshot::{Device, JobId};
use crate::image::Image;

/// What a job is about.
pub(in crate::engine) struct Assignment {
    pub(in crate::engine) id: JobId,
    pub(in crate::engine) device: Arc<Device>,
    pub(in crate::engine) image: Arc<Image>,
    pub(in crate::engine) options: UpdateOptions,
}

/// An order that the device has taken.
struct Taken {
    delivery: Delivery,
    goal: Goal,
    before: Sighting,
    meter: Meter,
}

/// How an attempt ended, and what is needed to see a lost device again.
struct End {
    verdict: Verdict,
    follow: Option<Trail>,
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
    let driver = Driver { assignment, means, pushed: Pushed::default() };
    // The semaphore is never closed, so an error cannot be.
    let turn = tokio::select! {
        () = cancelled(&mut cancel) => None,
        turn = turns.acquire() => turn.ok(),
    };
    let end = match turn {
        Some(_turn) => driver.run(&mut cancel).await,
        None => cancelled_at(Step::Preparing, "its turn had not come").into(),
    };
    driver.tell(News::Ended(end.verdict, end.follow));
}

struct Driver {
    assignment: Assignment,
    means: Means,
    /// What was pushed, over all attempts.
    pushed: Pushed,
}

impl Driver {
    async fn run(&self, cancel: &mut watch::Receiver<bool>) -> End {
        match self.assignment.device.family {
            Family::Skylift => self.offer_until_it_ends(cancel).await,
            Family::Jaguar(_) => {
                let (verdict, follow) = jaguar::run(&self.assignment, &self.means, cancel).await;
                End { verdict, follow }
            }
        }
    }

    /// After a power cut the device knows no URL any more: it is offered the image again, and goes on where it was. One
    /// that does not take it this way is offered it another way.
    async fn offer_until_it_ends(&self, cancel: &mut watch::Receiver<bool>) -> End {
        let mut further_offers = self.means.further_offers;
        let mut tried = Tried::default();
        loop {
            let end = self.attempt(&mut tried, cancel).await;
            if tried.falls(self.assignment.options.encoding, &end.verdict) {
                continue;
            }
            if !lost_power(&end.verdict) || further_offers == 0 {
                return end;
            }
            further_offers -= 1;
            self.tell_of(Happening::PowerLost);
        }
    }

    async fn attempt(&self, tried: &mut Tried, cancel: &mut watch::Receiver<bool>) -> End {
        let ready = tokio::select! {
            () = cancelled(cancel) => Err(cancelled_at(Step::Preparing, "the device had not been given the order")),
            ready = self.prepare(tried) => ready,
        };
        self.tell(News::WorkingOut(None));
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

    /// Watches the device until there is a verdict. The image is there for it until then.
    async fn follow(&self, taken: Taken, cancel: &mut watch::Receiver<bool>) -> End {
        let order_id = taken.goal.order_id.clone();
        let mut follow = Follow::new(taken.goal, taken.before, self.patience(), Instant::now());
        let mut watch = Watch::new(&self.means.client, self.means.timing);
        let mut meter = taken.meter;
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
                    self.measure(&mut meter, &order_id, &recall, &seen);
                    if let Some(verdict) = self.take(&mut follow, seen) {
                        break recall.judge(verdict);
                    }
                    recall.forget_if_too_late(follow.step());
                }
            }
        };
        self.tell(News::Measured(Pace { restart: follow.restart(), ..meter.pace() }));
        let follow = matches!(verdict, Verdict::Lost { .. }).then(|| Trail::Skylift(Box::new(follow)));
        End { verdict, follow }
    }

    /// Takes the device's figures on this order: how fast it is, and, of what is pushed, how much has arrived.
    fn measure(&self, meter: &mut Meter, order_id: &OrderId, recall: &Recall, seen: &Seen) {
        let (phase, figures) = match seen {
            Seen::Answer(sighting) => (sighting.status.phase, sighting.status.progress.as_ref()),
            Seen::Event(event) => (event.phase, event.progress.as_ref()),
            Seen::Nothing(_) => return,
        };
        let figures = figures.filter(|figures| figures.order_id == *order_id);
        if let (DevicePhase::Downloading, Some(figures)) = (phase, figures) {
            meter.take(figures, Instant::now());
        }
        if matches!(recall, Recall::NotWanted(Delivery::Pushed(..))) {
            if let Some(fetched) = figures.and_then(|figures| figures.fetched) {
                self.pushed.arrived(fetched);
            }
            self.tell(News::Pushed(self.pushed.all()));
        }
    }

    /// Takes what was seen; gives the verdict, if there is one now.
    fn take(&self, follow: &mut Follow, seen: Seen) -> Option<Verdict> {
        match seen {
            Seen::Answer(sighting) => {
                self.means.notices.send(Notice::Asked(self.id().clone(), Ok(sighting.clone())));
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
        self.means.notices.send(Notice::Asked(self.id().clone(), sighting.clone().map(Box::new)));
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
pub(in crate::engine) async fn cancelled(cancel: &mut watch::Receiver<bool>) {
    let _ = cancel.wait_for(|cancelled| *cancelled).await;
}

fn lost_power(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Failed { cause, .. } if cause.reason == Why::Device(Reason::PowerLost))
}
