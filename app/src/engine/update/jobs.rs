//! The updates of an engine: started, kept track of, cancelled, and corrected when a lost device is seen again.

mod counting;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use skylift_protocol::Id;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::air::Air;
use super::driver::{Assignment, drive};
use super::follow::Transition;
use super::{Happening, HostReason, Job, News, Sends, Step, Trail, UpdateError, UpdateOptions, Verdict};
use crate::engine::client::DeviceClient;
use crate::engine::config::Timing;
use crate::engine::jaguar::{self, JaguarClient, JaguarSighting, Sign};
use crate::engine::notice::Notices;
use crate::engine::plan::{Airtime, Planner, Sending};
use crate::engine::publisher::Urgency;
use crate::engine::reach::HostAddress;
use crate::engine::rollout::RolloutId;
use crate::engine::serving::ServerSlot;
use crate::engine::sighting::Sighting;
use crate::engine::snapshot::{Device, JobId, Snapshot};
use crate::image::Image;
use crate::server::OfferId;

/// What a job works with.
#[derive(Clone)]
pub(in crate::engine) struct Means {
    pub(in crate::engine) client: DeviceClient,
    pub(in crate::engine) jaguar: JaguarClient,
    pub(in crate::engine) server: ServerSlot,
    pub(in crate::engine) notices: Notices,
    pub(in crate::engine) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(in crate::engine) timing: Timing,
    pub(in crate::engine) further_offers: u32,
    pub(in crate::engine) host_address: Option<HostAddress>,
    pub(in crate::engine) planner: Planner,
}

/// All jobs of an engine.
pub(in crate::engine) struct Jobs {
    records: Vec<Record>,
    /// Whose offers they are: places of records.
    offers: HashMap<OfferId, usize>,
    /// What the updates of each rollout have sent so far.
    airtimes: HashMap<RolloutId, Airtime>,
    tasks: JoinSet<()>,
    turns: Arc<Semaphore>,
    means: Means,
}

/// Who decides when a job begins.
struct Turn {
    turns: Arc<Semaphore>,
    rollout: Option<RolloutId>,
}

struct Record {
    job: Arc<Job>,
    cancel: watch::Sender<bool>,
    /// When the device was seen to restart into the new image; until then, when the last step before that began.
    gone: Instant,
    air: Air,
    /// There if the device got lost: it may be seen again.
    follow: Option<Trail>,
    /// The id that the image gives the device, if it is a Jaguar device.
    becomes: Option<Id>,
}

impl Jobs {
    pub(in crate::engine) fn new(parallel: usize, means: Means) -> Self {
        let turns = Arc::new(Semaphore::new(parallel.clamp(1, Semaphore::MAX_PERMITS)));
        let (offers, airtimes) = (HashMap::new(), HashMap::new());
        Self { records: Vec::new(), offers, airtimes, tasks: JoinSet::new(), turns, means }
    }

    pub(in crate::engine) fn jobs(&self) -> impl Iterator<Item = &Arc<Job>> {
        self.records.iter().map(|record| &record.job)
    }

    pub(in crate::engine) const fn means(&self) -> &Means {
        &self.means
    }

    /// The devices that are being updated.
    pub(in crate::engine) fn devices(&self) -> HashSet<Id> {
        let running = self.jobs().filter(|job| job.verdict.is_none());
        running.map(|job| job.device.clone()).collect()
    }

    /// The job of an id; they count up from 1, and none is ever taken away.
    pub(in crate::engine) fn get(&self, id: JobId) -> Option<&Arc<Job>> {
        let place = usize::try_from(id.0.checked_sub(1)?).ok()?;
        Some(&self.records.get(place)?.job)
    }

    /// Starts an update, which begins when its turn comes.
    pub(in crate::engine) fn start(
        &mut self,
        device: Arc<Device>,
        image: Arc<Image>,
        options: UpdateOptions,
    ) -> Result<JobId, UpdateError> {
        let turns = Arc::clone(&self.turns);
        self.start_with(device, image, options, Turn { turns, rollout: None })
    }

    /// Starts an update that waits for no turn: a rollout counts its own.
    pub(in crate::engine) fn start_at_once(
        &mut self,
        device: Arc<Device>,
        image: Arc<Image>,
        options: UpdateOptions,
        rollout: RolloutId,
    ) -> Result<JobId, UpdateError> {
        let turns = Arc::new(Semaphore::new(1));
        self.start_with(device, image, options, Turn { turns, rollout: Some(rollout) })
    }

    fn start_with(
        &mut self,
        device: Arc<Device>,
        image: Arc<Image>,
        options: UpdateOptions,
        Turn { turns, rollout }: Turn,
    ) -> Result<JobId, UpdateError> {
        if self.devices().contains(&device.id) {
            return Err(UpdateError::AlreadyUpdating(device.label().to_owned()));
        }
        // The tasks of jobs that have ended are let go.
        while self.tasks.try_join_next().is_some() {}
        let id = JobId(self.records.len() as u64 + 1);
        let (cancel, cancelled) = watch::channel(false);
        let job = Arc::new(Job::new(id, &device, &image, rollout, &options));
        // What becomes of the device from here on says nothing of an update that lost it before.
        for record in self.records.iter_mut().filter(|record| record.job.device == device.id) {
            record.follow = None;
        }
        let becomes = device.family.jaguar().and_then(|_| jaguar::becomes(&image));
        self.records.push(Record {
            job,
            cancel,
            gone: Instant::now(),
            air: Air::default(),
            follow: None,
            becomes,
        });
        let assignment = Assignment { id, device, image, options };
        self.tasks.spawn(drive(assignment, self.means.clone(), turns, cancelled));
        Ok(id)
    }

    /// Cancels a job. One that has ended stays as it is.
    pub(in crate::engine) fn cancel(&self, id: JobId) {
        if let Some(record) = self.records.iter().find(|record| record.job.id == id) {
            record.cancel.send_replace(true);
        }
    }

    /// Takes what a job tells. What a job tells after its end is dropped.
    pub(in crate::engine) fn take(&mut self, id: JobId, news: News) -> Urgency {
        let place = self.records.iter().position(|record| record.job.id == id);
        let record = place.and_then(|at| Some((at, self.records.get_mut(at)?)));
        let Some((at, record)) = record.filter(|(_, record)| record.job.verdict.is_none()) else {
            return Urgency::None;
        };
        let mut job = (*record.job).clone();
        let urgency = match news {
            News::Phase(phase) => {
                if phase.step() != job.phase.step() && phase.step() <= Step::Rebooting {
                    record.gone = Instant::now();
                }
                job.enter(phase)
            }
            News::WorkingOut(working_out) => {
                job.working_out = working_out;
                Urgency::Soon
            }
            News::Sends(Sends { encoding, bytes, offer }) => {
                self.offers.extend(offer.map(|offer| (offer, at)));
                job.sending = Some(Sending { encoding, bytes, sent: record.air.sent() });
                Urgency::Soon
            }
            News::Pushed(bytes) => {
                record.air.pushed(bytes);
                job.count(&record.air)
            }
            News::Measured(pace) => {
                job.pace = pace.or(job.pace);
                Urgency::None
            }
            News::Happened(happening) => {
                job.history.push(happening);
                Urgency::Now
            }
            News::Ended(verdict, follow) => {
                job.end(verdict, record.gone);
                record.follow = follow;
                Urgency::Now
            }
        };
        let (rollout, before, now) = (job.rollout, record.job.airtime(), job.airtime());
        record.job = Arc::new(job);
        self.account(rollout, before, now);
        urgency
    }

    /// A device was seen. If an update lost it, the verdict can be given now.
    pub(in crate::engine) fn seen(&mut self, sighting: &Sighting) -> Urgency {
        let mut urgency = Urgency::None;
        for record in &mut self.records {
            if record.job.device == sighting.status.id {
                urgency = urgency.max(record.correct(sighting));
            }
        }
        urgency
    }

    /// The same of a Jaguar device.
    pub(in crate::engine) fn seen_jaguar(&mut self, sighting: &JaguarSighting) -> Urgency {
        let id = &sighting.identity.id;
        let of_it = self.records.iter_mut().filter(|record| record.job.device == *id);
        of_it.map(|record| record.correct_jaguar(id, sighting.at)).max().unwrap_or(Urgency::None)
    }

    /// The device that an update may have given this id.
    pub(in crate::engine) fn formerly(&self, id: &Id) -> Option<&Id> {
        let given = |record: &&Record| {
            record.becomes.as_ref() == Some(id) && record.job.device != *id && record.may_have_happened()
        };
        self.records.iter().rev().find(given).map(|record| &record.job.device)
    }

    /// The id that an update may have given this device.
    pub(in crate::engine) fn perhaps_now(&self, device: &Id) -> Option<&Id> {
        let given = |record: &&Record| record.job.device == *device && record.may_have_happened();
        self.records.iter().rev().find(given)?.becomes.as_ref()
    }

    /// A device has another id now: what was told of the old one is told of the new one.
    pub(in crate::engine) fn renamed(&mut self, old: &Id, new: &Id) {
        for record in self.records.iter_mut().filter(|record| record.job.device == *old) {
            record.job = Arc::new(Job { device: new.clone(), ..(*record.job).clone() });
        }
    }

    /// Cancels all jobs. Their news tell how they end; [`stopped`](Self::stopped) waits for that.
    pub(in crate::engine) fn cancel_all(&self) {
        for record in &self.records {
            record.cancel.send_replace(true);
        }
    }

    /// Ends when no job runs any more.
    pub(in crate::engine) async fn stopped(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    /// Gives those that are still without a verdict one: nobody will follow their devices any more.
    pub(in crate::engine) fn abandon(&mut self) {
        self.tasks.abort_all();
        for record in &mut self.records {
            if record.job.verdict.is_none() {
                let mut job = (*record.job).clone();
                let detail = "Skylift stopped before the update ended; what became of it is not known";
                job.verdict = Some(Verdict::failed(job.phase.step(), HostReason::Stopped, detail));
                record.job = Arc::new(job);
            }
        }
    }
}

impl Record {
    fn correct(&mut self, sighting: &Sighting) -> Urgency {
        let Some(Trail::Skylift(follow)) = &mut self.follow else { return Urgency::None };
        while let Some(transition) = follow.observe(sighting) {
            if let Transition::Ended(verdict) = transition {
                return self.end_anew(verdict);
            }
        }
        Urgency::None
    }

    fn correct_jaguar(&mut self, id: &Id, now: Instant) -> Urgency {
        let Some(Trail::Jaguar(follow)) = &mut self.follow else { return Urgency::None };
        match follow.observe(Sign::Answers(id), now) {
            Some(verdict) => self.end_anew(verdict),
            None => Urgency::None,
        }
    }

    fn end_anew(&mut self, verdict: Verdict) -> Urgency {
        let mut job = (*self.job).clone();
        job.history.push(Happening::SeenAgain);
        job.end(verdict, self.gone);
        self.job = Arc::new(job);
        self.follow = None;
        Urgency::Now
    }

    /// Whether a Jaguar device may run the new image, and nobody has seen yet which one it runs.
    fn may_have_happened(&self) -> bool {
        let under_way = self.job.verdict.is_none() && self.job.phase.step() >= Step::Verifying;
        under_way || self.follow.is_some()
    }
}
