//! Rollouts for other programs.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::PastRollout;
use super::moment_in;

/// The rollout of an update as a JSON object. Its names are frozen.
#[derive(Serialize)]
pub(super) struct ExportedRollout<'u> {
    id: &'u str,
    started: String,
    devices: u32,
    canaries: u32,
    parallel: u32,
    stop_after: Option<u32>,
}

impl<'u> ExportedRollout<'u> {
    /// The rollout, with its time in this zone.
    pub(super) fn new(rollout: &'u PastRollout, zone: &TimeZone) -> Self {
        let PastRollout { id, started, devices, canaries, parallel, stop_after } = rollout;
        Self {
            id,
            started: moment_in(zone, *started),
            devices: *devices,
            canaries: *canaries,
            parallel: *parallel,
            stop_after: *stop_after,
        }
    }
}

/// The titles of its cells in a table.
pub(super) const TITLES: [&str; 5] =
    ["rollout", "rollout_devices", "rollout_canaries", "rollout_parallel", "rollout_stop_after"];

/// The cells of an update's rollout, empty if it was part of none.
pub(super) fn cells(rollout: Option<&ExportedRollout<'_>>) -> [String; 5] {
    let number = |number: Option<u32>| number.map_or(String::new(), |number| number.to_string());
    [
        rollout.map(|rollout| rollout.id.to_owned()).unwrap_or_default(),
        number(rollout.map(|rollout| rollout.devices)),
        number(rollout.map(|rollout| rollout.canaries)),
        number(rollout.map(|rollout| rollout.parallel)),
        number(rollout.and_then(|rollout| rollout.stop_after)),
    ]
}
