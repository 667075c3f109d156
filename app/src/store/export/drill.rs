//! Drills for other programs.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::{LastDrill, PastDrill};
use super::{moment_in, seconds};

/// A drill as a JSON object. Its names are frozen; the recovery is in seconds.
#[derive(Serialize)]
pub struct ExportedDrill<'u> {
    method: &'u str,
    result: Option<&'u str>,
    recovery_seconds: Option<f64>,
    image_before: &'u str,
}

impl<'u> From<&'u PastDrill> for ExportedDrill<'u> {
    fn from(drill: &'u PastDrill) -> Self {
        Self {
            method: &drill.method,
            result: drill.result.as_deref(),
            recovery_seconds: drill.recovery.map(seconds),
            image_before: &drill.image_before,
        }
    }
}

/// The last drill of a device as a JSON object: when it ended, of which update it is, and what it proved.
#[derive(Serialize)]
pub struct ExportedLastDrill<'u> {
    update: i64,
    at: String,
    version_before: &'u str,
    reason: Option<&'u str>,
    #[serde(flatten)]
    drill: ExportedDrill<'u>,
}

impl<'u> ExportedLastDrill<'u> {
    /// The drill, with its time in this zone.
    #[must_use]
    pub fn new(last: &'u LastDrill, zone: &TimeZone) -> Self {
        Self {
            update: last.number,
            at: moment_in(zone, last.at),
            version_before: &last.version_before,
            reason: last.reason.as_deref(),
            drill: ExportedDrill::from(&last.drill),
        }
    }
}

/// The titles of its cells in a table.
pub(super) const TITLES: [&str; 4] =
    ["drill_method", "drill_result", "drill_recovery_seconds", "drill_image_before"];

/// The cells of an update's drill, empty if it was none.
pub(super) fn cells(drill: Option<&ExportedDrill<'_>>) -> [String; 4] {
    let text = |cell: Option<&str>| cell.unwrap_or_default().to_owned();
    [
        text(drill.map(|drill| drill.method)),
        text(drill.and_then(|drill| drill.result)),
        drill.and_then(|drill| drill.recovery_seconds).map_or(String::new(), |seconds| seconds.to_string()),
        text(drill.map(|drill| drill.image_before)),
    ]
}
