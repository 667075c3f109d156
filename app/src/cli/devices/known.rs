//! The devices that are remembered, beside those that are found now.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::jaguar;
use super::super::moments;
use super::super::session::Session;
use super::Kept;
use crate::engine::Snapshot;
use crate::store::{ExportedLastDrill, KnownDevice, moment_in};

/// The remembered devices. Why there are none, if the history cannot be read, is said when the engine starts.
pub(super) fn devices(session: &Session) -> Vec<KnownDevice> {
    if session.no_history {
        return Vec::new();
    }
    session.history_to_read().and_then(|history| history.devices()).unwrap_or_default()
}

/// Their tags, and what their last drills have proven.
pub(super) fn kept(known: &[KnownDevice], session: &Session) -> Kept {
    let tagged = known.iter().filter(|device| !device.tags.is_empty());
    let tags = tagged.map(|device| (device.id.clone(), device.tags.clone())).collect();
    let drills = || session.history_to_read().and_then(|history| history.last_drills()).unwrap_or_default();
    Kept { tags, drills: if session.no_history { BTreeMap::new() } else { drills() } }
}

/// Those that are not in a snapshot.
pub(super) fn absent<'k>(known: &'k [KnownDevice], snapshot: &Snapshot) -> Vec<&'k KnownDevice> {
    known.iter().filter(|device| snapshot.device(&device.id).is_none()).collect()
}

/// A remembered device as a line of the table.
pub(super) fn row(device: &KnownDevice) -> [String; 9] {
    let or_dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    [
        device.id.clone(),
        or_dash(device.name.clone()),
        device.chip.clone(),
        or_dash(jaguar::version(&device.family, &device.version)),
        "-".to_owned(),
        format!("seen {}", moments::date_and_time(device.last_seen)),
        "-".to_owned(),
        device.address.map_or("-".to_owned(), |address| address.to_string()),
        or_dash(device.tags.join(", ")),
    ]
}

/// A remembered device as a line of JSON.
#[derive(Serialize)]
pub(super) struct JsonRow<'a> {
    id: &'a str,
    name: &'a str,
    family: &'static str,
    chip: &'a str,
    version: &'a str,
    address: Option<SocketAddr>,
    presence: &'static str,
    first_seen: String,
    last_seen: String,
    tags: &'a [String],
    last_drill: Option<ExportedLastDrill<'a>>,
}

impl<'a> JsonRow<'a> {
    pub(super) fn new(device: &'a KnownDevice, kept: &'a Kept) -> Self {
        let zone = TimeZone::system();
        Self {
            id: &device.id,
            name: &device.name,
            family: device.family.as_str(),
            chip: &device.chip,
            version: &device.version,
            address: device.address,
            presence: "remembered",
            first_seen: moment_in(&zone, device.first_seen),
            last_seen: moment_in(&zone, device.last_seen),
            tags: &device.tags,
            last_drill: kept.drill_of(&device.id),
        }
    }
}
