//! What happens: devices are found and asked, images served, updates driven to their verdicts.
//!
//! An engine runs on threads of its own. [`Command`]s go in over a channel; what there is to see comes out as an
//! immutable [`Snapshot`]. The window and each command of the command line are clients of the same kind.

mod client;
mod command;
mod config;
mod contact;
mod core;
mod devices;
mod discovery;
mod drill;
mod find;
mod jaguar;
mod keys;
mod look;
mod lookup;
mod notice;
mod plan;
mod publisher;
mod reach;
mod requests;
mod rollout;
mod serving;
mod sighting;
mod snapshot;
mod target;
mod text;
mod update;
mod wifi;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use skylift_protocol::{Done, Id, Status};
use tokio::runtime::Runtime;
use tokio::sync::{oneshot, watch};

pub use client::{Action, ClientError, Peer, Problem};
pub use command::{Command, Reply, RequestError};
pub use config::{Discovery, EngineConfig, JAGUAR_PORT, JaguarSearch, MDNS_PORT, PortRule, Timing, Wake};
pub use contact::first_contact;
pub use devices::{Remembered, is_device_id};
pub use drill::{Drill, DrillError, DrillMethod, DrillPlan, DrillResult, Proof, RestampError};
pub use find::FindError;
pub use jaguar::{Family, JaguarFacts, JaguarInside, jaguar_forecast};
pub use keys::{KeyRing, KeyTrouble};
pub use lookup::{LookupTiming, Lookups, SourceBook, Stock, look_up};
pub use plan::{
    Airtime, BaseShelf, Basis, Cost, Pace, PaceBook, Plan, PlanError, Sending, Unavailable, Way, WorkingOut,
};
pub use reach::{HostAddress, HostAddressError, ReachError, open_port};
pub use rollout::{
    Canary, Counts, End, Limits, Member, MemberState, NotStarted, Preparation, Rollout, RolloutId,
    RolloutOrder, Stopped, Wanted,
};
pub use serving::{Audience, Listening, Serving};
pub use snapshot::{Access, Device, JobId, Presence, Snapshot, Source};
pub use target::{HostPort, Target, TargetError};
pub use text::{printable, printable_lines};
pub use update::{
    Cause, Forecast, Happening, HostReason, Job, JobImage, NewSigners, NewSignersError, Phase, Progress,
    Step, UpdateError, UpdateOptions, Verdict, Why, forecast,
};
pub use wifi::{CameBack, WifiEnd, WifiMove};

// For the fuzz targets, docs/FUZZING.md.
#[doc(hidden)]
pub use client::EventLines;
#[doc(hidden)]
pub use discovery::read_announcement;

use self::core::Core;
use client::DeviceClient;
use discovery::Browser;
use notice::{Notice, Notices};

/// Why an engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The operating system gives no threads, or no way to wait for sockets.
    #[error("the operating system does not let Skylift start its threads: {0}")]
    Runtime(#[source] std::io::Error),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[source] reqwest::Error),
    /// mDNS cannot be set up.
    #[error("mDNS cannot be set up: {0}")]
    Mdns(#[source] mdns_sd::Error),
}

impl crate::advice::Advice for EngineError {}

/// A running engine. Dropping it stops it, as [`shutdown`](Self::shutdown) does.
pub struct Engine {
    notices: Notices,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Starts an engine on threads of its own.
    ///
    /// # Errors
    /// The operating system does not give what it needs.
    pub fn start(config: EngineConfig) -> Result<Self, EngineError> {
        let client = DeviceClient::new(&config.timing, config.keys.clone()).map_err(EngineError::Client)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("skylift-engine")
            .enable_all()
            .build()
            .map_err(EngineError::Runtime)?;
        let (notices, inbox) = Notices::channel();
        let browser = match start_browser(&runtime, config.discovery, &notices) {
            Ok(browser) => browser,
            Err(error) => {
                // A runtime that is just dropped waits, which async callers must not.
                runtime.shutdown_background();
                return Err(EngineError::Mdns(error));
            }
        };
        if let JaguarSearch::Broadcasts { port } = config.jaguar {
            let _guard = runtime.enter();
            jaguar::listen(port, notices.clone());
        }
        if let Some(lookups) = config.lookups.clone() {
            runtime.spawn(lookup::run(lookups, notices.clone()));
        }
        let core = Core::new(config, client, notices.clone(), browser);
        let snapshots = core.subscribe();
        let thread = std::thread::Builder::new()
            .name("skylift-engine".to_owned())
            .spawn(move || run(runtime, core.run(inbox)))
            .map_err(EngineError::Runtime)?;
        Ok(Self { notices, snapshots, thread: Some(thread) })
    }

    /// Gives a command. It never blocks.
    pub fn send(&self, command: Command) {
        self.notices.send(Notice::Command(command));
    }

    /// Gives commands from elsewhere, such as another thread.
    #[must_use]
    pub fn remote(&self) -> Remote {
        Remote { notices: self.notices.clone() }
    }

    /// What there is to see, now and from now on.
    #[must_use]
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// What there is to see now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshots.borrow())
    }

    /// Finds the device that the user means; see [`Command::Find`].
    ///
    /// # Errors
    /// It was not found, or is not one.
    pub async fn find(&self, target: Target, patience: Duration) -> Result<Arc<Device>, FindError> {
        self.ask(|reply| Command::Find { target, patience, reply }).await.unwrap_or(Err(FindError::Stopped))
    }

    /// Asks a device for its status; see [`Command::Ask`].
    ///
    /// # Errors
    /// It does not answer.
    pub async fn status(&self, device: Id) -> Result<Status, RequestError> {
        self.ask(|reply| Command::Ask { device, reply }).await.unwrap_or(Err(RequestError::Stopped))
    }

    /// Asks a device for the tail of its log; see [`Command::Log`].
    ///
    /// # Errors
    /// It does not answer.
    pub async fn log(&self, device: Id) -> Result<String, RequestError> {
        self.ask(|reply| Command::Log { device, reply }).await.unwrap_or(Err(RequestError::Stopped))
    }

    /// Has a device do something; see [`Command::Act`].
    ///
    /// # Errors
    /// It does not.
    pub async fn act(&self, device: Id, action: Action) -> Result<Done, RequestError> {
        self.ask(|reply| Command::Act { device, action, reply }).await.unwrap_or(Err(RequestError::Stopped))
    }

    /// Starts an update; see [`Command::Update`].
    ///
    /// # Errors
    /// It is not begun. How one that is begun ends is in the snapshots.
    pub async fn update(
        &self,
        device: Id,
        image: Arc<crate::image::Image>,
        options: UpdateOptions,
    ) -> Result<JobId, UpdateError> {
        let started = self.ask(|reply| Command::Update { device, image, options, reply }).await;
        started.unwrap_or(Err(UpdateError::Stopped))
    }

    /// Starts a rollout; see [`Command::StartRollout`]. `None` if the engine has stopped.
    pub async fn rollout(&self, order: RolloutOrder) -> Option<RolloutId> {
        self.ask(|reply| Command::StartRollout { order, reply }).await
    }

    /// Stops the engine: updates are cancelled, the file server and mDNS shut down. Blocks until that is done, or
    /// [`Timing::shutdown`] is over.
    pub fn shutdown(mut self) {
        self.stop();
    }

    /// `None` if the engine has stopped.
    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.send(command(reply));
        answer.await.ok()
    }

    fn stop(&mut self) {
        self.notices.send(Notice::Stop);
        if let Some(thread) = self.thread.take() {
            // It can only fail by a panic, which has been reported then.
            let _ = thread.join();
        }
    }
}

/// Gives commands to an engine that belongs to somebody else. After the engine's end nothing comes of them.
#[derive(Clone)]
pub struct Remote {
    notices: Notices,
}

impl Remote {
    /// Gives a command. It never blocks.
    pub fn send(&self, command: Command) {
        self.notices.send(Notice::Command(command));
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

fn run(runtime: Runtime, core: impl Future<Output = ()>) {
    runtime.block_on(core);
    // Requests that still wait for an answer must not keep the program.
    runtime.shutdown_background();
}

fn start_browser(
    runtime: &Runtime,
    discovery: Discovery,
    notices: &Notices,
) -> Result<Option<Browser>, mdns_sd::Error> {
    // Its tasks run there.
    let _guard = runtime.enter();
    match discovery {
        Discovery::Off => Ok(None),
        Discovery::Mdns { port } => Browser::start(port, notices.clone()).map(Some),
    }
}
