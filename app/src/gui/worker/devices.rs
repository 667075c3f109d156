//! What is asked of devices.

use std::sync::Arc;
use std::time::{Duration, Instant};

use skylift_protocol::{Chip, Id, WifiChange};

use super::{Outbox, Worker};
use crate::engine::{
    Action, Command, Engine, Remembered, RequestError, Source, Target, WifiEnd, WifiMove, printable,
};
use crate::gui::devices;
use crate::gui::event::Event;
use crate::gui::messages::Message;
use crate::store::{Database, KnownDevice, StoreError};

/// How long a device at an address is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two questions to a device that moves to another WiFi.
const PAUSE: Duration = Duration::from_millis(500);

impl Worker {
    /// Has a device do something; tells how that went.
    pub(super) fn act(&self, id: Id, action: Action) {
        let (engine, outbox) = (Arc::clone(&self.engine), self.outbox.clone());
        self.runtime.spawn(async move {
            let name = label(&engine, &id);
            let (doing, done) = words(&action);
            match engine.act(id, action).await {
                Ok(_) => outbox.tell(Message::done(format!("{name} {done}"))),
                Err(error) => outbox.failed(format!("{name} could not {doing}"), &error),
            }
        });
    }

    /// Looks for a device at its address.
    pub(super) fn add_device(&self, target: Target) {
        let (engine, outbox) = (Arc::clone(&self.engine), self.outbox.clone());
        self.runtime.spawn(async move {
            match engine.find(target, PATIENCE).await {
                Ok(device) => outbox.send(Event::Devices(devices::Event::Added(device.id.clone()))),
                Err(error) => outbox.failed("No device was added", &error),
            }
        });
    }

    /// Searches the network anew, and asks all devices again what they are. What comes of it is in the snapshots.
    pub(super) fn search_again(&self) {
        self.engine.send(Command::SearchAgain);
    }

    /// Moves a device to another WiFi, and watches it until it is there, back, or out of sight.
    pub(super) fn move_wifi(&self, id: Id, change: WifiChange) {
        let (engine, outbox) = (Arc::clone(&self.engine), self.outbox.clone());
        self.runtime.spawn(async move {
            match begin_move(&engine, &id, change).await {
                Ok(Some((follow, began))) => {
                    outbox.send(Event::Devices(devices::Event::Left(id.clone(), began)));
                    let end = watch(&engine, &id, follow).await;
                    outbox.send(Event::Devices(devices::Event::WifiEnded(id, end)));
                }
                Ok(None) => tell_no_wifi(&outbox, &label(&engine, &id)),
                Err(error) => outbox.failed(format!("{} stays on its network", label(&engine, &id)), &error),
            }
        });
    }

    /// Forgets a device; its past updates stay.
    pub(super) fn forget(&self, id: Id) {
        let (engine, data, outbox) = (Arc::clone(&self.engine), self.data.clone(), self.outbox.clone());
        self.runtime.spawn_blocking(move || {
            let mut database = match super::history::open(&data) {
                Ok(database) => database,
                Err(error) => return outbox.failed("The device was not forgotten", &error),
            };
            match database.forget(&id, false) {
                Ok(_) => {
                    outbox.tell(Message::done(format!("{} is forgotten", label(&engine, &id))));
                    engine.send(Command::Forget { device: id });
                }
                Err(error) => outbox.failed("The device was not forgotten", &error),
            }
        });
    }

    /// Gets the tail of a device's log.
    pub(super) fn load_log(&self, id: Id) {
        let (engine, outbox) = (Arc::clone(&self.engine), self.outbox.clone());
        self.runtime.spawn(async move {
            let log = engine.log(id.clone()).await.map_err(|error| error.to_string());
            outbox.send(Event::Devices(devices::Event::Log(id, log)));
        });
    }
}

/// The devices of former sessions, as the engine takes them in. One whose address cannot be read any more is left out.
pub(super) fn remembered(history: &Database) -> Result<Vec<Remembered>, StoreError> {
    let remembered = |device: KnownDevice| {
        Some(Remembered {
            id: device.id,
            name: device.name,
            family: device.family,
            chip: Chip::from_word(&device.chip),
            version: device.version,
            address: device.address?,
            source: if device.by_address { Source::ByAddress } else { Source::Mdns },
            last_seen: device.last_seen,
        })
    };
    Ok(history.devices()?.into_iter().filter_map(remembered).collect())
}

/// What people call a device.
pub(super) fn label(engine: &Engine, id: &Id) -> String {
    engine.snapshot().device(id).map_or_else(|| id.to_string(), |device| device.label().to_owned())
}

/// Gives the order; `None` if the device tells of no WiFi.
async fn begin_move(
    engine: &Engine,
    id: &Id,
    change: WifiChange,
) -> Result<Option<(WifiMove, devices::Move)>, RequestError> {
    let before = engine.status(id.clone()).await?;
    let Some(trial_s) = before.wifi.as_ref().map(|wifi| wifi.trial_s) else { return Ok(None) };
    engine.act(id.clone(), Action::Wifi(change.clone())).await?;
    let began = devices::Move { to: printable(&change.ssid), trial_s, reach: change.reach, end: None };
    Ok(WifiMove::new(&before, &change, Instant::now()).map(|follow| (follow, began)))
}

/// Goes on asking the device, wherever mDNS finds it: on the new network that is what it waits for.
async fn watch(engine: &Engine, id: &Id, mut follow: WifiMove) -> WifiEnd {
    loop {
        if let Ok(status) = engine.status(id.clone()).await {
            follow.sees(&status);
        }
        if let Some(end) = follow.end(Instant::now()) {
            return end;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn tell_no_wifi(outbox: &Outbox, name: &str) {
    outbox.tell(Message::failed(
        format!("{name} stays on its network"),
        "It tells of no WiFi any more: there is nothing to change.",
    ));
}

/// What it could not do, and what it has done.
const fn words(action: &Action) -> (&'static str, &'static str) {
    match action {
        Action::Validate => ("be validated", "keeps its image"),
        Action::Rollback => ("be rolled back", "rolls back"),
        Action::Reboot => ("be restarted", "restarts"),
        Action::Identify => ("show itself", "shows itself"),
        Action::Rename(_) => ("be renamed", "has its new name"),
        Action::Wifi(_) => ("be sent to another network", "tries the other network"),
    }
}
