//! Does what the window wants done, on threads of its own, and answers with events.

mod devices;
mod drills;
mod history;
mod keys;
mod library;
mod monitor;
mod monitor_desk;
mod monitor_listener;
pub mod notify;
mod pick;
mod proof;
mod route;
mod settings;
mod simulated;
mod sources;
mod toit;
mod updates;
mod usb;
mod waiting;
mod wake;
mod ways;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::runtime::Runtime;
use tokio::sync::oneshot;

pub use wake::Waker;

use self::monitor::Monitor;
use self::monitor_desk::MonitorDesk;
use self::simulated::Fleet;
use self::usb::Boards;
use super::effect::Effect;
use super::event::Event;
use super::file_dialogs::{Asked, FileDialogs, System};
use super::messages::Message;
use crate::advice::Advice;
use crate::engine::{Command, Discovery, Engine, EngineConfig, EngineError, MDNS_PORT};
use crate::image::library::Library;
use crate::image::source::Fetcher;
use crate::image::stream::Streams;
use crate::store::{Bases, DataDir, KeyStore, Paces, Recorder};

/// What runs for the window gets so long to end.
const FAREWELL: std::time::Duration = std::time::Duration::from_secs(2);

/// Where events go. A clone leads to the same window.
#[derive(Clone)]
pub struct Outbox {
    events: Sender<Event>,
    waker: Waker,
}

impl Outbox {
    /// Tells the window something. After the window has closed nobody wants to know.
    pub fn send(&self, event: Event) {
        if self.events.send(event).is_ok() {
            self.waker.wake();
        }
    }

    /// Tells the user something.
    pub fn tell(&self, message: Message) {
        self.send(Event::Message(message));
    }

    /// Tells the user what went wrong.
    pub fn failed(&self, title: impl Into<String>, error: &impl Advice) {
        self.tell(Message::of(title, error));
    }
}

/// Does what the window wants done.
pub struct Worker {
    engine: Arc<Engine>,
    /// Writes the history; none if it cannot be kept.
    recorder: Option<Recorder>,
    runtime: Runtime,
    outbox: Outbox,
    data: DataDir,
    library: Library,
    /// What was worked out to be sent; the engine keeps it.
    streams: Streams,
    fleet: Fleet,
    /// Who asks the user for files.
    dialogs: Arc<dyn FileDialogs>,
    /// Dropping it stops the build that runs.
    build: Option<oneshot::Sender<()>>,
    /// Dropping it stops the image that is made of an envelope.
    making: Option<oneshot::Sender<()>>,
    /// Asks release sources; none if this computer cannot.
    fetcher: Option<Arc<Fetcher>>,
    /// Dropping it breaks off what is fetched.
    fetch: Option<oneshot::Sender<()>>,
    /// Dropping it calls off what the engine is asked for a plan.
    asking: Option<oneshot::Sender<()>>,
    /// Set to break off the proof that is made.
    proof: Option<Arc<AtomicBool>>,
    /// Reads what boards on a cable say.
    monitor: Monitor,
    monitor_desk: MonitorDesk,
    /// Boards on a cable.
    boards: Boards,
}

impl Worker {
    /// Starts the engine, and everything beside it that a window needs.
    ///
    /// # Errors
    /// The operating system does not give what the engine needs.
    pub fn start(
        mut config: EngineConfig,
        data: DataDir,
        waker: Waker,
    ) -> Result<(Self, Receiver<Event>), EngineError> {
        let (events, inbox) = channel();
        let outbox = Outbox { events, waker };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("skylift-window-worker")
            .enable_all()
            .build()
            .map_err(EngineError::Runtime)?;
        let mdns_port = match config.discovery {
            Discovery::Mdns { port } => port,
            Discovery::Off => MDNS_PORT,
        };
        let fetcher = config.lookups.as_ref().and_then(|lookups| lookups.fetcher.clone());
        let history = history::open(&data);
        // If they cannot be read, so it is with everything else, and the recorder says so.
        config.remembered =
            history.as_ref().ok().and_then(|it| devices::remembered(it).ok()).unwrap_or_default();
        config.keys = Some(Arc::new(KeyStore::new(&data)));
        let kept = || Streams::new(data.path().join("streams"));
        let streams = config.streams.get_or_insert_with(kept).clone();
        config.bases.get_or_insert_with(|| Arc::new(Bases::new(&data)));
        config.paces.get_or_insert_with(|| Arc::new(Paces::new(&data)));
        let engine = Arc::new(Engine::start(config)?);
        let mut snapshots = engine.snapshots();
        // The first picture shows them already.
        outbox.send(Event::Snapshot(Arc::clone(&snapshots.borrow_and_update())));
        runtime.spawn(pass_on_snapshots(snapshots, outbox.clone()));
        runtime.spawn(route::watch(outbox.clone()));
        let recorder = history.and_then(|database| Recorder::start(database, &engine));
        let recorder = match recorder {
            Ok(recorder) => Some(recorder),
            Err(error) => {
                outbox.failed("Nothing is kept in the history", &error);
                None
            }
        };
        let fleet = Fleet::new(&data, mdns_port, outbox.clone());
        let library = Library::new(&data);
        let monitor = Monitor::new(library.clone(), outbox.clone());
        let monitor_desk = MonitorDesk::start(&runtime, monitor.clone(), outbox.clone());
        let mut worker = Self {
            engine,
            recorder,
            runtime,
            outbox,
            data,
            library,
            streams,
            fleet,
            dialogs: Arc::new(System),
            build: None,
            making: None,
            fetcher,
            fetch: None,
            asking: None,
            proof: None,
            monitor,
            monitor_desk,
            boards: Boards::default(),
        };
        worker.load_library();
        worker.load_tags();
        worker.load_drills();
        worker.load_settings();
        worker.load_keys();
        worker.watch_ports();
        Ok((worker, inbox))
    }

    /// Has somebody else ask the user for files.
    pub fn ask_with(&mut self, dialogs: Arc<dyn FileDialogs>) {
        self.dialogs = dialogs;
    }

    /// Does it, or begins it; never blocks.
    pub fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Act(id, action) => self.act(id, action),
            Effect::AddDevice(target) => self.add_device(target),
            Effect::SearchAgain => self.search_again(),
            Effect::MoveWifi { device, change } => self.move_wifi(device, change),
            Effect::PlanDrill(id) => self.plan_drill(id),
            Effect::LoadLog(id) => self.load_log(id),
            Effect::Forget(id) => self.forget(id),
            Effect::Tag { device, tag, on } => self.tag(device.to_string(), tag, on),
            Effect::Simulate => self.fleet.start(&self.engine, self.runtime.handle()),
            Effect::StopSimulated(id) => self.fleet.stop(&id),
            Effect::AskWays(number, ask) => self.ask_ways(number, ask),
            Effect::Update(wish) => self.update(wish),
            Effect::CancelJob(job) => self.cancel_job(job),
            Effect::ReadCrash(job, crash) => self.read_crash(job, *crash),
            Effect::CancelRollout(rollout) => self.cancel_rollout(rollout),
            Effect::PauseRollout(rollout) => self.engine.send(Command::PauseRollout { rollout }),
            Effect::ContinueRollout(rollout) => self.engine.send(Command::ContinueRollout { rollout }),
            Effect::LoadLibrary => self.load_library(),
            Effect::OpenImage(digest) => self.open_image(digest),
            Effect::ReadSignatures(entries) => self.read_signatures(entries),
            Effect::Prove { old, new, bootloader, table } => self.prove([old, new], bootloader, table),
            Effect::PickTable => self.pick_table(),
            Effect::CancelProof => self.cancel_proof(),
            Effect::LoadSources => self.load_sources(),
            Effect::TrackSource(source) => self.track_source(*source),
            Effect::RemoveSource(source) => self.remove_source(*source),
            Effect::CheckSources => self.check_sources(),
            Effect::FetchImage(source) => self.fetch_image(*source),
            Effect::CancelFetch => self.cancel_fetch(),
            Effect::ForgetImage(entry) => self.forget_image(*entry),
            Effect::PickImage => self.pick(Asked::Image),
            Effect::PickFolder => self.pick(Asked::Project),
            Effect::AddImage { path, sign } => self.add_image(path, sign),
            Effect::Sign { image, signer, append } => self.sign(image, signer, append),
            Effect::LoadKeys => self.load_keys(),
            Effect::NewSigner { name, then_sign } => self.new_signer(name, then_sign),
            Effect::PickBackup(way) => self.pick_backup(way),
            Effect::ExportKeys { path, passphrase } => self.export_keys(path, passphrase),
            Effect::ImportKeys { path, passphrase, replace } => self.import_keys(path, passphrase, replace),
            Effect::CancelBuild => self.cancel_build(),
            Effect::Serve(digest) => self.serve(digest),
            Effect::StopServing => self.stop_serving(),
            Effect::LoadHistory => self.load_history(),
            Effect::LoadCourse(number) => self.load_course(number),
            Effect::ExportHistory(format) => self.export_history(format),
            Effect::ChangeSetting(key, value) => self.change_setting(key, value),
            Effect::WriteBundle(number) => self.write_report(number),
            Effect::CountSaved => self.count_saved(),
            Effect::ClearSaved(what) => self.clear_saved(what),
            Effect::Toit(order) => self.toit(*order),
            Effect::Usb(order) => self.usb(*order),
            Effect::Monitor(order) => self.monitor(order),
            // The window does these itself.
            Effect::Notify { .. } | Effect::Quit => {}
        }
    }
}

impl Worker {
    /// Ends everything, and writes what is still to be written. Updates that run are called back.
    pub fn close(self) {
        let Self {
            engine,
            recorder,
            runtime,
            fleet,
            build,
            making,
            fetch,
            asking,
            proof,
            monitor_desk,
            boards,
            ..
        } = self;
        drop((build, making, fetch, asking, monitor_desk, boards));
        if let Some(proof) = proof {
            proof.store(true, Ordering::Relaxed);
        }
        // Its tasks hold the engine.
        runtime.shutdown_timeout(FAREWELL);
        if let (Some(recorder), Some(engine)) = (recorder, Arc::into_inner(engine)) {
            // The window is gone: there is nobody left to tell.
            let _ = recorder.close(engine);
        }
        fleet.stop_all();
    }
}

async fn pass_on_snapshots(
    mut snapshots: tokio::sync::watch::Receiver<Arc<crate::engine::Snapshot>>,
    outbox: Outbox,
) {
    while snapshots.changed().await.is_ok() {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        outbox.send(Event::Snapshot(snapshot));
    }
}
