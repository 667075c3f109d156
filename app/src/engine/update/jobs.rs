//! The updates of an engine: started, kept track of, cancelled, and corrected when a lost device is seen again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use skylift_protocol::Id;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::driver::{Assignment, drive};
use super::follow::{Follow, Transition};
use super::{Happening, HostReason, Job, News, Step, UpdateOptions, Verdict};
use crate::advice::Advice;
use crate::engine::client::DeviceClient;
use crate::engine::config::Timing;
use crate::engine::notice::Notices;
use crate::engine::publisher::Urgency;
use crate::engine::reach::HostAddress;
use crate::engine::rollout::RolloutId;
use crate::engine::serving::ServerSlot;
use crate::engine::sighting::Sighting;
use crate::engine::snapshot::{Device, JobId, Snapshot};
use crate::image::Image;

/// Why an update is not even begun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// The engine does not know the device.
    #[error("no device with the id {0} is known")]
    NoSuchDevice(Id),
    /// This engine updates it already.
    #[error("{0} is being updated already")]
    AlreadyUpdating(String),
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
}

impl Advice for UpdateError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::AlreadyUpdating(_) => vec!["wait until that update has ended, or cancel it".to_owned()],
            Self::NoSuchDevice(_) | Self::Stopped => Vec::new(),
        }
    }
}

/// What a job works with.
#[derive(Clone)]
pub(in crate::engine) struct Means {
    pub(in crate::engine) client: DeviceClient,
    pub(in crate::engine) server: ServerSlot,
    pub(in crate::engine) notices: Notices,
    pub(in crate::engine) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(in crate::engine) timing: Timing,
    pub(in crate::engine) further_offers: u32,
    pub(in crate::engine) host_address: Option<HostAddress>,
}

/// All jobs of an engine.
pub(in crate::engine) struct Jobs {
    records: Vec<Record>,
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
    /// There if the device got lost: it may be seen again.
    follow: Option<Box<Follow>>,
}

impl Jobs {
    pub(in crate::engine) fn new(parallel: usize, means: Means) -> Self {
        let turns = Arc::new(Semaphore::new(parallel.clamp(1, Semaphore::MAX_PERMITS)));
        Self { records: Vec::new(), tasks: JoinSet::new(), turns, means }
    }

    pub(in crate::engine) fn jobs(&self) -> impl Iterator<Item = &Arc<Job>> {
        self.records.iter().map(|record| &record.job)
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
        self.records.push(Record { job, cancel, gone: Instant::now(), follow: None });
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
        let record = self.records.iter_mut().find(|record| record.job.id == id);
        let Some(record) = record.filter(|record| record.job.verdict.is_none()) else { return Urgency::None };
        let mut job = (*record.job).clone();
        let urgency = match news {
            News::Phase(phase) => {
                if phase.step() != job.phase.step() && phase.step() <= Step::Rebooting {
                    record.gone = Instant::now();
                }
                job.enter(phase)
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
        record.job = Arc::new(job);
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
        let Some(follow) = &mut self.follow else { return Urgency::None };
        while let Some(transition) = follow.observe(sighting) {
            if let Transition::Ended(verdict) = transition {
                let mut job = (*self.job).clone();
                job.history.push(Happening::SeenAgain);
                job.end(verdict, self.gone);
                self.job = Arc::new(job);
                self.follow = None;
                return Urgency::Now;
            }
        }
        Urgency::None
    }
}
