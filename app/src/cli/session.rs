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
use crate::engine::{Device, Discovery, Engine, EngineConfig, KeyRing, MDNS_PORT, Target};
use crate::image::Image;
use crate::image::library::{Library, OpenError, open_image};
use crate::store::{DataDir, KeyStore, Loaded, Settings, SettingsFile, Wishes};

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
            ..settings.engine_config(self.mdns(), &Wishes::default())
        }
    }

    /// The configuration by the user's settings, and by what the options of the command say besides.
    pub(super) fn config(&self, discovery: Discovery, wishes: &Wishes) -> Result<EngineConfig, Failure> {
        let keys = Some(Arc::new(self.keys()) as Arc<dyn KeyRing>);
        Ok(EngineConfig { keys, ..self.settings()?.engine_config(discovery, wishes) })
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

    /// Starts an engine, does the work, and stops the engine.
    pub(super) fn with_engine(
        &self,
        config: EngineConfig,
        work: impl AsyncFnOnce(&Engine) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        let engine = Engine::start(config)?;
        let result = wait_for(work(&engine));
        engine.shutdown();
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

/// Waits on this thread.
pub(super) fn wait_for(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(format!("no way to wait for the engine: {error}")))?;
    runtime.block_on(work)
}
