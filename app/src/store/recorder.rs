//! Writes the history: one more client of an engine, which knows nothing of it.
//!
//! It has a thread of its own, because SQLite blocks. What matters is written before anything else is waited for, so
//! that a process that is killed leaves the truth behind, up to the moment before.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use skylift_protocol::Id;
use tokio::runtime::Builder;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::running::Owner;
use super::tracked::{Novelty, Tracked};
use super::{Database, PastRollout, Seen, StoreError};
use crate::engine::{Command, Device, DrillResult, Engine, Job, JobId, Remote, Snapshot, Source};

/// Between two signs of life of a process that has updates in progress.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// A device may take so long to give its log.
const LOG_PATIENCE: Duration = Duration::from_secs(3);
/// A device that answers all the time is written no more often, unless something of it changes.
const SEEN_AGAIN: Duration = Duration::from_secs(60);

/// A running recorder.
#[derive(Debug)]
pub struct Recorder {
    thread: JoinHandle<Result<(), StoreError>>,
    settle: mpsc::UnboundedSender<SyncSender<()>>,
}

impl Recorder {
    /// Begins to record what an engine shows.
    ///
    /// # Errors
    /// The operating system gives no thread, or no random bytes.
    pub fn start(database: Database, engine: &Engine) -> Result<Self, StoreError> {
        let owner = Owner::new().map_err(|error| StoreError::Thread(std::io::Error::other(error)))?;
        let runtime = Builder::new_current_thread().enable_time().build().map_err(StoreError::Thread)?;
        let (settle, settles) = mpsc::unbounded_channel();
        let writer = Writer {
            database,
            owner,
            engine: engine.remote(),
            jobs: BTreeMap::new(),
            devices: HashMap::new(),
            logs: JoinSet::new(),
            unwritten: BTreeSet::new(),
        };
        let snapshots = engine.snapshots();
        let thread = std::thread::Builder::new()
            .name("skylift-history".to_owned())
            .spawn(move || runtime.block_on(writer.run(snapshots, settles)))
            .map_err(StoreError::Thread)?;
        Ok(Self { thread, settle })
    }

    /// Waits for the logs of devices whose updates have just ended, shuts the engine down, and writes what came of it.
    ///
    /// # Errors
    /// Something could not be written.
    pub fn close(self, engine: Engine) -> Result<(), StoreError> {
        let (settled, wait) = sync_channel(1);
        // If the thread is gone, it says why below.
        if self.settle.send(settled).is_ok() {
            let _ = wait.recv_timeout(LOG_PATIENCE + Duration::from_secs(1));
        }
        engine.shutdown();
        let stopped = || StoreError::Thread(std::io::Error::other("it has stopped before its time"));
        self.thread.join().unwrap_or_else(|_| Err(stopped()))
    }
}

/// The thread's state.
struct Writer {
    database: Database,
    owner: Owner,
    engine: Remote,
    jobs: BTreeMap<JobId, Tracked>,
    /// What has been written of each device.
    devices: HashMap<Id, Seen>,
    logs: JoinSet<(JobId, Option<String>)>,
    /// What is to be written; it stays here until that has succeeded.
    unwritten: BTreeSet<JobId>,
}

impl Writer {
    async fn run(
        mut self,
        mut snapshots: watch::Receiver<Arc<Snapshot>>,
        mut settles: mpsc::UnboundedReceiver<SyncSender<()>>,
    ) -> Result<(), StoreError> {
        let mut ticks = interval(HEARTBEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut waiting: Vec<SyncSender<()>> = Vec::new();
        loop {
            let snapshot = Arc::clone(&snapshots.borrow_and_update());
            // What fails is tried again with the next heartbeat.
            let _ = self.take(&snapshot);
            if self.logs.is_empty() {
                // Who does not wait any more does not mind.
                for settled in waiting.drain(..) {
                    let _ = settled.try_send(());
                }
            }
            tokio::select! {
                changed = snapshots.changed() => if changed.is_err() { break },
                _ = ticks.tick() => drop(self.beat()),
                Some(settled) = settles.recv() => waiting.push(settled),
                Some(log) = self.logs.join_next(), if !self.logs.is_empty() => drop(self.take_log(log)),
            }
        }
        let last = Arc::clone(&snapshots.borrow());
        // What fails here fails again below, and is told then.
        let _ = self.take(&last);
        self.write()?;
        self.write_devices(&last.devices, Duration::ZERO)
    }

    /// Takes a snapshot, and writes what must not be lost.
    fn take(&mut self, snapshot: &Snapshot) -> Result<(), StoreError> {
        let now = SystemTime::now();
        for job in &snapshot.jobs {
            let novelty = match self.jobs.get_mut(&job.id) {
                Some(tracked) => tracked.look(job, now),
                None => {
                    let rollout = job.rollout.and_then(|id| snapshot.rollout(id));
                    let rollout = rollout.map(|rollout| PastRollout::of(rollout, self.owner.run()));
                    self.jobs.insert(job.id, Tracked::new(job, rollout, now));
                    if job.verdict.is_some() { Novelty::Verdict } else { Novelty::Event }
                }
            };
            if let Some(tracked) = self.jobs.get_mut(&job.id) {
                tracked.sample(snapshot, novelty, now);
            }
            if novelty >= Novelty::Event {
                self.unwritten.insert(job.id);
            }
            if novelty == Novelty::Verdict {
                self.judge_drill(job, snapshot);
                self.ask_for_log(job.id, &job.device);
            }
        }
        self.write()?;
        self.write_devices(&snapshot.devices, SEEN_AGAIN)
    }

    /// A sign of life, with the figures that have changed meanwhile.
    fn beat(&mut self) -> Result<(), StoreError> {
        let running = self.jobs.iter().filter(|(_, tracked)| tracked.is_running());
        self.unwritten.extend(running.map(|(id, _)| *id));
        self.write()
    }

    fn write(&mut self) -> Result<(), StoreError> {
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let entries = self.unwritten.iter().filter_map(|id| Some(&self.jobs.get(id)?.entry));
        let numbers = self.database.record(&self.owner, entries)?;
        for (id, number) in std::mem::take(&mut self.unwritten).into_iter().zip(numbers) {
            if let Some(tracked) = self.jobs.get_mut(&id) {
                tracked.entry.number = Some(number);
            }
        }
        Ok(())
    }

    /// Writes the devices of which something has changed, or that were written longer ago than `age`.
    fn write_devices(&mut self, devices: &[Arc<Device>], age: Duration) -> Result<(), StoreError> {
        let news: Vec<Seen> = devices.iter().filter_map(|device| self.news_of(device, age)).collect();
        if news.is_empty() {
            return Ok(());
        }
        self.database.saw(&news)?;
        self.devices
            .extend(news.into_iter().filter_map(|seen| Some((Id::try_from(seen.id.as_str()).ok()?, seen))));
        Ok(())
    }

    fn news_of(&self, device: &Device, age: Duration) -> Option<Seen> {
        // One that has never answered may not even be one.
        let seen = seen(device)?;
        let Some(written) = self.devices.get(&device.id) else { return Some(seen) };
        let is_old = seen.at.duration_since(written.at).is_ok_and(|since| since > age);
        let has_changed = Seen { at: written.at, ..seen.clone() } != *written;
        (is_old || has_changed).then_some(seen)
    }

    /// A job that is no drill has no such result.
    fn judge_drill(&mut self, job: &Job, snapshot: &Snapshot) {
        if let (Some(tracked), Some(result)) = (self.jobs.get_mut(&job.id), DrillResult::of(job, snapshot)) {
            tracked.proves(&result);
        }
    }

    /// The log is asked for while the device still knows of the update.
    fn ask_for_log(&mut self, job: JobId, device: &Id) {
        if !self.jobs.get(&job).is_some_and(Tracked::wants_log) {
            return;
        }
        let (reply, answer) = oneshot::channel();
        self.engine.send(Command::Log { device: device.clone(), reply });
        self.logs.spawn(async move {
            let log = timeout(LOG_PATIENCE, answer).await;
            // It is a help, and nothing more: an update without it is an update.
            (job, log.ok().and_then(Result::ok).and_then(Result::ok))
        });
    }

    fn take_log(
        &mut self,
        log: Result<(JobId, Option<String>), tokio::task::JoinError>,
    ) -> Result<(), StoreError> {
        let Ok((id, Some(log))) = log else { return Ok(()) };
        if let Some(tracked) = self.jobs.get_mut(&id) {
            tracked.entry.log = Some(log);
        }
        self.unwritten.insert(id);
        self.write()
    }
}

/// One that has not answered in this session is no news. Of one with Jaguar, who may give it orders is known once it
/// has.
fn seen(device: &Device) -> Option<Seen> {
    let jaguar = device.family.jaguar();
    let has_answered = device.status.is_some() || (jaguar.is_some() && device.access.is_some());
    has_answered.then_some(())?;
    Some(Seen {
        id: device.id.to_string(),
        formerly: jaguar.and_then(|facts| facts.formerly.as_ref()).map(ToString::to_string),
        name: device.name.clone(),
        family: device.family.as_str(),
        chip: jaguar.map_or_else(|| device.chip.to_string(), |facts| facts.chip_word.clone()),
        version: device.version.clone(),
        address: device.address,
        by_address: device.source == Source::ByAddress,
        at: device.last_seen?,
    })
}
