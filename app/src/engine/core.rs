//! The core of an engine: the one task that owns its state, takes notices and publishes snapshots.

mod jaguar;

use std::sync::Arc;
use std::time::{Duration, Instant};

use skylift_protocol::Id;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{sleep_until, timeout};

use super::client::{ClientError, DeviceClient, Problem};
use super::command::{Command, Reply, RequestError};
use super::config::{EngineConfig, Timing};
use super::devices::DeviceBook;
use super::discovery::{Browser, Sight};
use super::find::{FindError, Waiting};
use super::jaguar::{Family, JaguarClient};
use super::look::{Clients, Found, look_at_host};
use super::lookup::Stock;
use super::notice::{Notice, Notices};
use super::plan::{PlanError, Planner, Question, answer};
use super::publisher::{Publisher, Urgency};
use super::requests::{Request, act, answer_of, ask, log_of, serve};
use super::rollout::{Due, Look, Rollouts, announce};
use super::serving::{Listening, ServerSlot, Serving};
use super::sighting::Sighting;
use super::snapshot::{Device, Presence, Snapshot};
use super::target::Target;
use super::update::{Jobs, Means, UpdateError};
use crate::server::{Offer, TransferSnapshot};

/// Devices that are asked at the same time, beside those being updated.
const ASKED_AT_A_TIME: usize = 64;
/// The same of those that are offline. They have turns of their own: each holds its turn for seconds.
const ABSENT_AT_A_TIME: usize = 16;

/// The state of an engine.
pub(super) struct Core {
    clients: Clients,
    server: ServerSlot,
    notices: Notices,
    timing: Timing,
    publisher: Publisher,
    browser: Option<Browser>,
    devices: DeviceBook,
    /// Turns for asking devices.
    asking: Arc<Semaphore>,
    asking_absent: Arc<Semaphore>,
    jobs: Jobs,
    rollouts: Rollouts,
    waiting: Waiting,
    /// From when on a name that one device has counts as unambiguous.
    settled: Instant,
    listening: Option<Listening>,
    plain: Option<(Offer, Arc<Serving>)>,
    transfers: Arc<TransferSnapshot>,
    discovery_trouble: Option<String>,
    stock: Arc<Stock>,
}

impl Core {
    pub(super) fn new(
        config: EngineConfig,
        client: DeviceClient,
        notices: Notices,
        browser: Option<Browser>,
    ) -> Self {
        let timing = config.timing;
        let planner = Planner::new(&config);
        let publisher = Publisher::new(timing.publish, config.wake);
        let server = ServerSlot::new(config.server, config.port, notices.clone());
        let clients = Clients { skylift: client, jaguar: JaguarClient::new(&timing) };
        let means = Means {
            client: clients.skylift.clone(),
            jaguar: clients.jaguar.clone(),
            server: server.clone(),
            notices: notices.clone(),
            snapshots: publisher.subscribe(),
            timing,
            further_offers: config.further_offers,
            host_address: config.host_address,
            planner,
        };
        let mut devices = DeviceBook::new(timing.idle_poll);
        devices.remember(config.remembered, Instant::now());
        let mut core = Self {
            clients,
            server,
            notices,
            timing,
            publisher,
            browser,
            devices,
            asking: Arc::new(Semaphore::new(ASKED_AT_A_TIME)),
            asking_absent: Arc::new(Semaphore::new(ABSENT_AT_A_TIME)),
            jobs: Jobs::new(config.parallel_updates, means),
            rollouts: Rollouts::new(timing.idle_poll),
            waiting: Waiting::default(),
            settled: Instant::now() + timing.name_settle,
            listening: None,
            plain: None,
            transfers: Arc::default(),
            discovery_trouble: None,
            stock: Arc::default(),
        };
        // Who is remembered is there from the first snapshot on.
        if core.devices.devices().next().is_some() {
            core.publisher.note(Urgency::Now);
            core.publish(Instant::now());
        }
        core
    }

    pub(super) fn subscribe(&self) -> tokio::sync::watch::Receiver<Arc<Snapshot>> {
        self.publisher.subscribe()
    }

    /// Runs until it is told to stop, or nobody is left who could tell it anything.
    pub(super) async fn run(mut self, mut inbox: UnboundedReceiver<Notice>) {
        loop {
            let next = self.next_look(Instant::now());
            tokio::select! {
                notice = inbox.recv() => match notice {
                    Some(Notice::Stop) | None => break,
                    Some(notice) => self.take(notice),
                },
                () = sleep_until(next.unwrap_or_else(Instant::now).into()), if next.is_some() => {}
            }
            self.settle(Instant::now());
        }
        self.close(inbox).await;
    }

    /// When something is to be done although nothing happens, if it is. An engine that waits for nothing sleeps.
    fn next_look(&self, now: Instant) -> Option<Instant> {
        let soonest = now + self.timing.publish.max(Duration::from_millis(1));
        let watched = self.waiting.is_anyone() || self.rollouts.is_any_running();
        let question = self.devices.next_question(&self.jobs.devices());
        // Devices that are due at nearly the same time are asked together.
        let question = question.map(|due| due.max(soonest));
        let publishing = self.publisher.next_due();
        watched.then_some(soonest).into_iter().chain(question).chain(publishing).min()
    }

    /// What is to be done after every notice, and when time has passed.
    fn settle(&mut self, now: Instant) {
        for device in self.devices.take_due(now, &self.jobs.devices()) {
            self.ask(device);
        }
        self.waiting.settle(&self.devices, self.settled, now);
        self.settle_rollouts(now);
        self.publish(now);
    }

    /// Asks a device, for the book.
    fn ask(&self, device: Arc<Device>) {
        let absent = device.presence == Presence::Offline;
        let turns = Arc::clone(if absent { &self.asking_absent } else { &self.asking });
        match device.family {
            Family::Skylift => {
                tokio::spawn(ask(self.clients.skylift.clone(), device, self.notices.clone(), turns));
            }
            Family::Jaguar(_) => self.ask_jaguar(device, turns),
        }
    }

    fn settle_rollouts(&mut self, now: Instant) {
        let names = now >= self.settled;
        let (urgency, Due { looks, announcements }) =
            self.rollouts.settle(&mut self.jobs, &self.devices, names, now);
        self.publisher.note(urgency);
        for look in looks {
            let (clients, notices) = (self.clients.clone(), self.notices.clone());
            let jaguars = self.devices.jaguar_places();
            tokio::spawn(async move {
                let found = look_at_host(&clients, &look.host, &jaguars).await;
                notices.send(Notice::Looked(look, found));
            });
        }
        for announcement in announcements {
            let (client, notices) = (self.clients.skylift.clone(), self.notices.clone());
            tokio::spawn(async move {
                let preparation = announce(client, &announcement).await;
                notices.send(Notice::Prepared(announcement.rollout, announcement.at, preparation));
            });
        }
    }

    fn publish(&mut self, now: Instant) {
        let Self {
            publisher,
            devices,
            jobs,
            rollouts,
            listening,
            plain,
            transfers,
            discovery_trouble,
            stock,
            ..
        } = self;
        publisher.publish_if_due(now, || Snapshot {
            devices: devices.devices().cloned().collect(),
            jobs: jobs.jobs().cloned().collect(),
            rollouts: rollouts.shown().cloned().collect(),
            listening: *listening,
            serving: plain.as_ref().map(|(_, serving)| Arc::clone(serving)),
            transfers: Arc::clone(transfers),
            discovery_trouble: discovery_trouble.clone(),
            stock: Arc::clone(stock),
        });
    }

    fn take(&mut self, notice: Notice) {
        let now = Instant::now();
        let urgency = match notice {
            Notice::Command(command) => self.obey(command),
            Notice::Mdns(Sight::Announced(announcement)) => self.devices.announced(announcement, now),
            Notice::Mdns(Sight::Gone(id)) => self.devices.gone(&id, now),
            Notice::Mdns(Sight::Trouble(trouble)) => {
                self.discovery_trouble = Some(trouble);
                Urgency::Soon
            }
            Notice::Asked(_, Ok(sighting)) => self.seen(&sighting),
            Notice::Asked(id, Err(error)) => self.devices.missed(&id, &error, now),
            Notice::JaguarAsked(_, Ok(sighting)) => self.seen_jaguar(&sighting),
            Notice::JaguarAsked(id, Err(error)) => self.devices.missed(&id, &error, now),
            Notice::Jaguar(heard) => self.heard(heard, now),
            Notice::LookedAt(found, reply) => self.looked_at(found, reply),
            Notice::Looked(look, found) => self.looked(&look, found.ok().as_ref(), now),
            Notice::Prepared(rollout, at, preparation) => {
                self.rollouts.prepared(rollout, at, preparation);
                Urgency::Now
            }
            Notice::Job(id, news) => self.jobs.take(id, news),
            Notice::Listening(listening) => {
                self.listening = Some(listening);
                Urgency::Now
            }
            Notice::Serving(offer, serving) => {
                self.plain = Some((offer, serving));
                Urgency::Now
            }
            Notice::Transfers(transfers) => {
                self.jobs.transferred(&transfers);
                self.transfers = transfers;
                Urgency::Soon
            }
            Notice::Stock(stock) => {
                self.stock = stock;
                Urgency::Now
            }
            Notice::Stop => Urgency::None,
        };
        self.publisher.note(urgency);
    }

    fn obey(&mut self, command: Command) -> Urgency {
        match command {
            Command::Find { target, patience, reply } => self.find(target, patience, reply),
            Command::SearchAgain => {
                self.browser.iter().for_each(Browser::search_again);
                self.devices.ask_all(Instant::now());
            }
            Command::Ask { device, reply } => {
                let asked = self.request(&device);
                let notices = self.notices.clone();
                tokio::spawn(async move { reply.send(answer_of(asked, notices).await) });
            }
            Command::Log { device, reply } => {
                let asked = self.request(&device);
                tokio::spawn(async move { reply.send(log_of(asked).await) });
            }
            Command::Act { device, action, reply } => {
                let asked = self.request(&device);
                let notices = self.notices.clone();
                tokio::spawn(async move { reply.send(act(asked, action, notices).await) });
            }
            Command::Forget { device } => return self.devices.forget(&device),
            Command::Plan { device, image, options, progress, reply } => {
                let known = self.devices.get(&device).cloned();
                let known = known.ok_or_else(|| PlanError::NoSuchDevice(device));
                let asked = Question { means: self.jobs.means().clone(), image, options, progress };
                tokio::spawn(answer(known, asked, reply));
            }
            Command::Update { device, image, options, reply } => {
                let started = match self.devices.get(&device) {
                    Some(known) => self.jobs.start(Arc::clone(known), image, options),
                    None => Err(UpdateError::NoSuchDevice(device)),
                };
                // Who asked finds the job in the snapshot.
                self.publisher.note(Urgency::Now);
                self.publish(Instant::now());
                // They may have gone; the update goes on.
                drop(reply.send(started));
            }
            Command::Cancel { job } => self.jobs.cancel(job),
            Command::StartRollout { order, reply } => {
                let rollout = self.rollouts.start(order, &mut self.jobs, &self.devices);
                // As with an update: who asked finds it, and it goes on without them.
                self.publisher.note(Urgency::Now);
                self.publish(Instant::now());
                let _ = reply.send(rollout);
            }
            Command::CancelRollout { rollout } => {
                self.rollouts.cancel(rollout, &mut self.jobs, &self.devices);
            }
            Command::PauseRollout { rollout } => {
                self.rollouts.pause(rollout, &mut self.jobs, &self.devices);
            }
            Command::ContinueRollout { rollout } => {
                self.rollouts.go_on(rollout, &mut self.jobs, &self.devices);
            }
            Command::Serve { image, reply } => {
                tokio::spawn(serve(self.server.clone(), image, reply, self.notices.clone()));
            }
            Command::StopServing => {
                self.plain = None;
                return Urgency::Now;
            }
        }
        Urgency::None
    }

    fn find(&mut self, target: Target, patience: Duration, reply: Reply<Result<Arc<Device>, FindError>>) {
        match target {
            Target::Called(called) => self.waiting.add(called, patience, Instant::now(), reply),
            Target::At(place) => {
                let (clients, notices) = (self.clients.clone(), self.notices.clone());
                let jaguars = self.devices.jaguar_places();
                tokio::spawn(async move {
                    let found = look_at_host(&clients, &place, &jaguars).await;
                    notices.send(Notice::LookedAt(found, reply));
                });
            }
        }
    }

    fn looked_at(
        &mut self,
        found: Result<Found, FindError>,
        reply: Reply<Result<Arc<Device>, FindError>>,
    ) -> Urgency {
        let mut urgency = Urgency::None;
        let found = match found {
            Ok(found) => {
                urgency = self.found(&found);
                Ok(found.id().clone())
            }
            // It is a device, though it takes no orders from here.
            Err(FindError::Client(ClientError { peer, problem: Problem::Closed(public) })) => {
                urgency = self.devices.closed(&public, peer.address, Instant::now());
                Ok(public.id)
            }
            Err(error) => Err(error),
        };
        let found = found.and_then(|id| self.devices.get(&id).cloned().ok_or(FindError::Stopped));
        drop(reply.send(found));
        urgency
    }

    fn looked(&mut self, look: &Look, found: Option<&Found>, now: Instant) -> Urgency {
        let urgency = found.map_or(Urgency::None, |found| self.found(found));
        let id = found.map(|found| found.id().as_str());
        self.rollouts.looked(look.rollout, look.at, id, now);
        urgency
    }

    fn seen(&mut self, sighting: &Sighting) -> Urgency {
        self.jobs.seen(sighting).max(self.devices.answered(sighting))
    }

    fn found(&mut self, found: &Found) -> Urgency {
        match found {
            Found::Skylift(sighting) => self.seen(sighting),
            Found::Jaguar(sighting) => self.seen_jaguar(sighting),
        }
    }

    fn request(&self, device: &Id) -> Result<Request, RequestError> {
        let known = self.devices.get(device).ok_or_else(|| RequestError::NoSuchDevice(device.clone()))?;
        if known.family.jaguar().is_some() {
            // Whoever wants something of it wants to see how it is.
            self.ask(Arc::clone(known));
            return Err(RequestError::Jaguar { label: known.label().to_owned() });
        }
        Ok(Request { client: self.clients.skylift.clone(), device: Arc::clone(known) })
    }

    /// Ends everything, within the time there is for it.
    async fn close(mut self, mut inbox: UnboundedReceiver<Notice>) {
        self.rollouts.cancel_all(&mut self.jobs, &self.devices);
        self.jobs.cancel_all();
        self.plain = None;
        let grace = self.timing.shutdown;
        // Half of it for the jobs: what they leave behind has to be put away as well.
        let _ = timeout(grace / 2, self.jobs.stopped()).await;
        while let Ok(notice) = inbox.try_recv() {
            self.take(notice);
        }
        self.jobs.abandon();
        self.settle_rollouts(Instant::now());
        self.publisher.note(Urgency::Now);
        self.publish(Instant::now());
        let browser = self.browser.take();
        let _ = timeout(grace / 2, async {
            if let Some(browser) = browser {
                browser.stop().await;
            }
            self.server.stop().await;
        })
        .await;
    }
}
