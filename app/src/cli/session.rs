//! What every command has: the global options, standard output, and an engine if it needs one.

use std::cell::OnceCell;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::runtime::Builder;

use super::exit::Exit;
use super::failure::Failure;
use super::figures::seconds;
use super::output::Output;
use crate::engine::{
    Device, Discovery, Engine, EngineConfig, JAGUAR_PORT, JaguarSearch, KeyRing, MDNS_PORT, Target,
};
use crate::image::Image;
use crate::image::library::{Library, OpenError, open_image};
use crate::image::stream::Streams;
use crate::store::{Bases, DataDir, KeyStore, Loaded, Paces, Settings, SettingsFile, Wishes};

/// How long a device that is called by its id or name is searched for.
pub(super) const SEARCH: Duration = Duration::from_secs(5);

/// Options of every command.
#[derive(Args, Clone, Debug)]
pub(super) struct GlobalOptions {
    /// Keep everything that Skylift keeps in DIR
    #[arg(long, value_name = "DIR", env = "SKYLIFT_HOME", global = true, help_heading = "Everywhere")]
    data_dir: Option<PathBuf>,
    /// Keep no history of what this command does
    #[arg(long, env = "SKYLIFT_NO_HISTORY", global = true, help_heading = "Everywhere")]
    no_history: bool,
    /// Say more
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    verbose: bool,
    /// Search and announce devices on another UDP port than the world does; for tests
    #[arg(long, value_name = "PORT", env = "SKYLIFT_MDNS_PORT", default_value_t = MDNS_PORT, global = true, hide = true)]
    mdns_port: u16,
    /// Listen for Jaguar devices on another UDP port than theirs, or with 0 not at all; for tests
    #[arg(long, value_name = "PORT", env = "SKYLIFT_JAGUAR_PORT", default_value_t = JAGUAR_PORT, global = true, hide = true)]
    jaguar_port: u16,
    /// Take updates for abandoned whose process gave no sign for so many seconds; for tests
    #[arg(long, value_name = "S", env = "SKYLIFT_STALE_AFTER", default_value = "15", value_parser = seconds, global = true, hide = true)]
    stale_after: Duration,
}

/// What every command has.
pub(super) struct Session {
    pub(super) output: Output,
    pub(super) verbose: bool,
    pub(super) data_dir: DataDir,
    pub(super) mdns_port: u16,
    jaguar_port: u16,
    pub(super) stale_after: Duration,
    pub(super) no_history: bool,
    settings: OnceCell<Settings>,
}

impl Session {
    pub(super) fn new(options: GlobalOptions) -> Self {
        Self {
            output: Output::default(),
            verbose: options.verbose,
            data_dir: DataDir::new(options.data_dir),
            mdns_port: options.mdns_port,
            jaguar_port: options.jaguar_port,
            stale_after: options.stale_after,
            no_history: options.no_history,
            settings: OnceCell::new(),
        }
    }

    /// The configuration to find these devices. Nothing is searched where each is given by its address.
    pub(super) fn config_for(&self, targets: &[Target]) -> Result<EngineConfig, Failure> {
        self.config(self.discovery_for(targets), &Wishes::default())
    }

    /// The configuration to find whatever is there.
    pub(super) fn config_for_all(&self) -> Result<EngineConfig, Failure> {
        self.config(self.mdns(), &Wishes::default())
    }

    /// The configuration of the window. With broken settings it comes up by the defaults, and says what is broken.
    pub(super) fn window_config(&self) -> EngineConfig {
        let loaded = SettingsFile::new(&self.data_dir).load();
        let settings = loaded.map(|loaded| loaded.settings).unwrap_or_default();
        EngineConfig {
            lookups: Some(self.lookups()),
            jaguar: self.jaguar_beside(self.mdns()),
            ..self.supplied(settings.engine_config(self.mdns(), &Wishes::default()))
        }
    }

    /// The configuration by the user's settings, and by what the options of the command say besides.
    pub(super) fn config(&self, discovery: Discovery, wishes: &Wishes) -> Result<EngineConfig, Failure> {
        let keys = Some(Arc::new(self.keys()) as Arc<dyn KeyRing>);
        let jaguar = self.jaguar_beside(discovery);
        Ok(EngineConfig { keys, jaguar, ..self.supplied(self.settings()?.engine_config(discovery, wishes)) })
    }

    /// The same, with what fewer bytes over the air are made of: images, streams, and how fast devices were.
    fn supplied(&self, config: EngineConfig) -> EngineConfig {
        EngineConfig {
            bases: Some(Arc::new(Bases::new(&self.data_dir))),
            streams: Some(Streams::new(self.data_dir.path().join("streams"))),
            paces: Some(Arc::new(Paces::new(&self.data_dir))),
            ..config
        }
    }

    /// The keys of devices.
    pub(super) fn keys(&self) -> KeyStore {
        KeyStore::new(&self.data_dir)
    }

    /// The user's settings. What is wrong with their file, but does no harm, is said once.
    pub(super) fn settings(&self) -> Result<&Settings, Failure> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let Loaded { settings, warnings, .. } = SettingsFile::new(&self.data_dir).load()?;
        for warning in warnings {
            // If nobody reads it, nobody wants to know.
            let _ = writeln!(std::io::stderr(), "warning: {warning}");
        }
        Ok(self.settings.get_or_init(|| settings))
    }

    /// How these devices are found.
    pub(super) fn discovery_for(&self, targets: &[Target]) -> Discovery {
        let search = targets.iter().any(|target| matches!(target, Target::Called(_)));
        if search { self.mdns() } else { Discovery::Off }
    }

    /// Jaguar devices are searched for where others are.
    fn jaguar_beside(&self, discovery: Discovery) -> JaguarSearch {
        match discovery {
            Discovery::Off => JaguarSearch::Off,
            Discovery::Mdns { .. } => JaguarSearch::on(self.jaguar_port),
        }
    }

    /// Starts an engine, does the work, and stops the engine.
    pub(super) fn with_engine(
        &self,
        config: EngineConfig,
        work: impl AsyncFnOnce(&Engine) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        let streams = config.streams.clone();
        let engine = Engine::start(config)?;
        let result = wait_for(work(&engine));
        engine.shutdown();
        warn_of_streams(streams.as_ref());
        result
    }

    pub(super) fn mdns(&self) -> Discovery {
        Discovery::Mdns { port: self.mdns_port }
    }

    /// The image that the user means: a file, or else a version or digest in the library.
    pub(super) fn image(&self, called: &Path) -> Result<Image, OpenError> {
        open_image(&Library::new(&self.data_dir), called)
    }
}

/// Finds the device of a DEVICE argument.
pub(super) async fn find(engine: &Engine, target: Target) -> Result<Arc<Device>, Failure> {
    Ok(engine.find(target, SEARCH).await?)
}

/// Says why encoded images could not be kept, if that was so. They were sent all the same.
pub(super) fn warn_of_streams(streams: Option<&Streams>) {
    if let Some(trouble) = streams.and_then(Streams::take_trouble) {
        Failure::from(trouble).warn();
    }
}

/// Waits on this thread.
pub(super) fn wait_for<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("no way to wait for the engine: {error}")))?;
    runtime.block_on(work)
}
