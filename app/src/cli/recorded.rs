//! Commands whose doings are kept: the history beside an engine. Without one, everything works all the same.

use std::time::Duration;

use tokio::sync::oneshot;

use super::exit::Exit;
use super::failure::Failure;
use super::session::{Session, wait_for, warn_of_streams};
use crate::engine::{Command, Discovery, Engine, EngineConfig, HostPort, Target};
use crate::store::{Database, Recorder, StoreError};

impl Session {
    /// The history. Updates whose process is gone are closed in it first.
    pub(super) fn history(&self) -> Result<Database, StoreError> {
        let mut history = Database::open(&self.data_dir)?;
        history.close_abandoned(self.stale_after)?;
        Ok(history)
    }

    /// The history, to be read: also where it must not be written.
    pub(super) fn history_to_read(&self) -> Result<Database, StoreError> {
        self.history().or_else(|error| match error {
            StoreError::NotWritable { .. } => Database::open_to_read(&self.data_dir),
            error => Err(error),
        })
    }

    /// Starts an engine, does the work, and stops the engine. What happens is written into the history; if that cannot
    /// be, there is a warning.
    pub(super) fn with_history(
        &self,
        config: EngineConfig,
        work: impl AsyncFnOnce(&Engine) -> Result<Exit, Failure>,
    ) -> Result<Exit, Failure> {
        if self.no_history {
            return self.with_engine(config, work);
        }
        let searches = config.discovery != Discovery::Off;
        let streams = config.streams.clone();
        let engine = Engine::start(config)?;
        let recorder = self.history().and_then(|history| {
            if searches {
                call_known(&engine, &history)?;
            }
            Recorder::start(history, &engine)
        });
        let result = wait_for(work(&engine));
        let kept = match recorder {
            Ok(recorder) => recorder.close(engine),
            Err(error) => {
                engine.shutdown();
                Err(error)
            }
        };
        if let Err(error) = kept {
            warn(error);
        }
        warn_of_streams(streams.as_ref());
        result
    }
}

/// Looks for the devices that were once found by their address: mDNS may not lead to them.
fn call_known(engine: &Engine, history: &Database) -> Result<(), StoreError> {
    for device in history.devices()? {
        if let (true, Some(address)) = (device.by_address, device.address) {
            let target = Target::At(HostPort { host: address.ip().to_string(), port: address.port() });
            // Whoever answers gets into the engine's book, and nobody else has to know.
            let (reply, _) = oneshot::channel();
            engine.send(Command::Find { target, patience: Duration::ZERO, reply });
        }
    }
    Ok(())
}

pub(super) fn warn(error: StoreError) {
    let failure = Failure::from(error);
    let sentence = format!("this is not kept in the history: {}", failure.sentence);
    Failure { sentence, ..failure }.warn();
}
