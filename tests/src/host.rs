//! The host: an engine with short times, and a driver that follows one update to its verdict.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use skylift::engine::{
    BaseShelf, Command, Device as Known, Discovery, Engine, EngineConfig, FindError, Happening, HostPort,
    JaguarSearch, Job, JobId, KeyRing, MDNS_PORT, Plan, PlanError, PortRule, RolloutId, RolloutOrder, Step,
    Target, Timing, UpdateOptions, Verdict,
};
use skylift::image::Image;
use skylift::image::stream::Streams;
use skylift::server::ServerConfig;
use skylift::store::{Bases, DataDir, Paces, Recorder, StoreError};
use skylift_protocol::{Digest, Encoding, Id, Status};
use skylift_simulator::Device;

use crate::wait::{PATIENCE, until};

/// An engine of this process, serving on loopback.
pub struct Host {
    /// The engine.
    pub engine: Engine,
    runtime: tokio::runtime::Runtime,
}

/// Sent as it is: for tests that count on how many bytes go, or where in the image they are.
#[must_use]
pub fn sent_raw() -> UpdateOptions {
    UpdateOptions { encoding: Some(Encoding::Raw), ..UpdateOptions::default() }
}

/// The engine's times, short enough for tests.
#[must_use]
pub fn short_times() -> Timing {
    let ms = Duration::from_millis;
    Timing {
        poll: ms(30),
        poll_beside_stream: ms(30),
        idle_poll: ms(100),
        stream_pause: ms(50),
        silence: ms(8000),
        comeback: ms(8000),
        standstill: ms(20_000),
        doubt: ms(1000),
        publish: ms(10),
        ..Timing::default()
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new(short_times())
    }
}

impl Host {
    /// An engine with these times, which finds devices by their address only.
    #[must_use]
    pub fn new(timing: Timing) -> Self {
        Self::with(timing, Discovery::Off, None)
    }

    /// An engine that browses the world's mDNS port.
    #[must_use]
    pub fn browsing() -> Self {
        Self::with(short_times(), Discovery::Mdns { port: MDNS_PORT }, None)
    }

    /// An engine that browses a port of its own, with nobody else on it.
    #[must_use]
    pub fn browsing_on(port: u16) -> Self {
        Self::with(short_times(), Discovery::Mdns { port }, None)
    }

    /// The same, of a computer that holds keys.
    #[must_use]
    pub fn browsing_with(keys: Arc<dyn KeyRing>, port: u16) -> Self {
        Self::with(short_times(), Discovery::Mdns { port }, Some(keys))
    }

    /// An engine of a computer that holds keys.
    #[must_use]
    pub fn holding(keys: Arc<dyn KeyRing>, timing: Timing) -> Self {
        Self::with(timing, Discovery::Off, Some(keys))
    }

    /// An engine that hears Jaguar devices on a port of its own.
    #[must_use]
    pub fn hearing_jaguars(port: u16, timing: Timing) -> Self {
        let (discovery, jaguar) = (Discovery::Off, JaguarSearch::on(port));
        Self::start(EngineConfig { timing, discovery, jaguar, ..EngineConfig::default() })
    }

    /// The same, which offers an image once only: what a power cut leaves behind stays as it is.
    #[must_use]
    pub fn offering_once(keys: Arc<dyn KeyRing>) -> Self {
        let (timing, discovery, keys) = (short_times(), Discovery::Off, Some(keys));
        Self::start(EngineConfig { timing, discovery, keys, further_offers: 0, ..EngineConfig::default() })
    }

    /// An engine that has these images at hand, so that what it sends can be a delta, and keeps what it encodes.
    #[must_use]
    pub fn having(images: &[&[u8]], streams: &Streams, timing: Timing) -> Self {
        let bases: Arc<dyn BaseShelf> = Arc::new(Images(images.iter().copied().map(image_of).collect()));
        let (discovery, bases, streams) = (Discovery::Off, Some(bases), Some(streams.clone()));
        Self::start(EngineConfig { timing, discovery, bases, streams, ..EngineConfig::default() })
    }

    /// An engine of a computer that keeps things in a folder, as the program does.
    #[must_use]
    pub fn keeping(data_dir: &DataDir, timing: Timing) -> Self {
        Self::start(EngineConfig {
            timing,
            discovery: Discovery::Off,
            bases: Some(Arc::new(Bases::new(data_dir))),
            streams: Some(Streams::new(data_dir.path().join("streams"))),
            paces: Some(Arc::new(Paces::new(data_dir))),
            ..EngineConfig::default()
        })
    }

    /// The same, of a computer that finds what devices run somewhere else.
    #[must_use]
    pub fn finding(bases: Arc<dyn BaseShelf>) -> Self {
        let (timing, discovery, bases) = (short_times(), Discovery::Off, Some(bases));
        Self::start(EngineConfig { timing, discovery, bases, ..EngineConfig::default() })
    }

    fn with(timing: Timing, discovery: Discovery, keys: Option<Arc<dyn KeyRing>>) -> Self {
        Self::start(EngineConfig { timing, discovery, keys, ..EngineConfig::default() })
    }

    fn start(config: EngineConfig) -> Self {
        let server = ServerConfig { address: Ipv4Addr::LOCALHOST.into(), port: 0, ..ServerConfig::default() };
        let config = EngineConfig { server, port: PortRule::Only, ..config };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Self { engine: Engine::start(config).unwrap(), runtime }
    }

    /// What a user calls a device by its address.
    #[must_use]
    pub fn target(device: &Device) -> Target {
        Self::target_at(device.address())
    }

    fn target_at(address: SocketAddr) -> Target {
        Target::At(HostPort { host: address.ip().to_string(), port: address.port() })
    }

    /// Starts a rollout.
    #[must_use]
    pub fn rollout(&self, order: RolloutOrder) -> RolloutId {
        self.runtime.block_on(self.engine.rollout(order)).unwrap()
    }

    /// Finds a device by its address.
    #[must_use]
    pub fn find(&self, device: &Device) -> Arc<Known> {
        self.find_at(device.address())
    }

    /// Finds the device at an address.
    #[must_use]
    pub fn find_at(&self, address: SocketAddr) -> Arc<Known> {
        let target = Self::target_at(address);
        // A device that restarts refuses connections for a moment.
        until("the device answers", || self.runtime.block_on(self.engine.find(target.clone(), PATIENCE)).ok())
    }

    /// Looks once who is at an address.
    ///
    /// # Errors
    /// Nobody answers there, or nobody who is believed.
    pub fn look_at(&self, address: SocketAddr) -> Result<Arc<Known>, FindError> {
        self.runtime.block_on(self.engine.find(Self::target_at(address), PATIENCE))
    }

    /// What a device says now; waits until it answers.
    #[must_use]
    pub fn status(&self, device: &Device) -> Status {
        let id = self.find(device).id.clone();
        until("the device answers", || self.runtime.block_on(self.engine.status(id.clone())).ok())
    }

    /// Waits until a device says what is wanted.
    pub fn await_status(&self, device: &Device, what: &str, wanted: impl Fn(&Status) -> bool) -> Status {
        let id = self.find(device).id.clone();
        until(what, || {
            self.runtime.block_on(self.engine.status(id.clone())).ok().filter(|status| wanted(status))
        })
    }

    /// Has a device do something.
    pub fn act(&self, device: &Device, action: skylift::engine::Action) {
        let id = self.find(device).id.clone();
        self.runtime.block_on(self.engine.act(id, action)).unwrap();
    }

    /// What an update would cost.
    ///
    /// # Errors
    /// Nothing would be sent.
    pub fn plan(&self, device: Id, image: Arc<Image>, options: UpdateOptions) -> Result<Plan, PlanError> {
        self.runtime.block_on(self.engine.plan(device, image, options))
    }

    /// Begins an update.
    #[must_use]
    pub fn begin(&self, device: &Device, image: &[u8], options: UpdateOptions) -> JobId {
        self.begin_at(device.address(), image, options)
    }

    /// Begins an update of the device at an address.
    #[must_use]
    pub fn begin_at(&self, address: SocketAddr, image: &[u8], options: UpdateOptions) -> JobId {
        let id: Id = self.find_at(address).id.clone();
        self.runtime.block_on(self.engine.update(id, image_of(image), options)).unwrap()
    }

    /// A job as it is now.
    #[must_use]
    pub fn job(&self, job: JobId) -> Job {
        until("the engine knows the job", || self.engine.snapshot().job(job).map(|job| Job::clone(job)))
    }

    /// Waits for a job's verdict.
    #[must_use]
    pub fn verdict(&self, job: JobId) -> Job {
        until("the update has a verdict", || Some(self.job(job)).filter(|job| job.verdict.is_some()))
    }

    /// Waits until a job has come to a step.
    pub fn await_step(&self, job: JobId, step: Step) {
        until("the update comes that far", || self.job(job).steps().any(|it| it == step).then_some(()));
    }

    /// How many bytes the device had already when it took the order the last time.
    #[must_use]
    pub fn resumed(&self, job: JobId) -> u32 {
        let resumed = |happening: &Happening| match happening {
            Happening::Resumed(from) => Some(*from),
            _ => None,
        };
        self.job(job).history.iter().rev().find_map(resumed).unwrap_or(0)
    }

    /// Stops the engine, and has its recorder write the last of it.
    ///
    /// # Errors
    /// The history could not be written.
    pub fn close(self, recorder: Recorder) -> Result<(), StoreError> {
        recorder.close(self.engine)
    }

    /// Cancels a job.
    pub fn cancel(&self, job: JobId) {
        self.engine.send(Command::Cancel { job });
    }

    /// An update from its beginning to its verdict.
    #[must_use]
    pub fn update(&self, device: &Device, image: &[u8]) -> Verdict {
        self.update_with(device, image, UpdateOptions::default())
    }

    /// The same, with options.
    #[must_use]
    pub fn update_with(&self, device: &Device, image: &[u8], options: UpdateOptions) -> Verdict {
        let job = self.begin(device, image, options);
        self.verdict(job).verdict.unwrap()
    }
}

fn image_of(bytes: &[u8]) -> Arc<Image> {
    Arc::new(Image::from_bytes(Path::new("ota.bin"), bytes.to_vec()).unwrap())
}

/// Images that lie in memory.
struct Images(Vec<Arc<Image>>);

impl BaseShelf for Images {
    fn image(&self, image_sha256: Digest) -> Option<Arc<Image>> {
        self.0.iter().find(|image| image.image_sha256 == image_sha256).cloned()
    }

    fn sent(&self, _: &Image) {}
}

/// The word of a verdict, and of its reason.
#[must_use]
pub fn words(verdict: &Verdict) -> (&'static str, &'static str) {
    (verdict.as_str(), verdict.reason().unwrap_or(""))
}
