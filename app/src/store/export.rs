//! The history for other programs: JSON and CSV.

mod certificate;
mod course;
mod drill;
mod rollout;

use std::io::Write;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use skylift_protocol::Crash;

use course::{ExportedBoot, ExportedSample};
use rollout::ExportedRollout;

use super::{Course, OwnerSign, PastEnd, PastUpdate, What};

pub use certificate::ExportedCertificate;
pub use drill::{ExportedDrill, ExportedLastDrill};

/// Why a table was not written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be written there.
    #[error("the table cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// It cannot be written there.
    #[error("the table cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

impl crate::advice::Advice for ExportError {
    fn advice(&self) -> Vec<String> {
        vec!["another place, or to free some space".to_owned()]
    }
}

/// A time in RFC 3339, to the millisecond, with the zone's offset.
#[must_use]
pub fn moment_in(zone: &TimeZone, time: SystemTime) -> String {
    // Times that are stored lie within what can be written as a date.
    let timestamp = Timestamp::try_from(time).unwrap_or_default();
    timestamp.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

/// An update as a JSON object. Its names are frozen; times are in RFC 3339, durations in seconds.
#[derive(Serialize)]
pub struct Exported<'u> {
    number: i64,
    device: &'u str,
    name: &'u str,
    project: &'u str,
    version: &'u str,
    from_version: &'u str,
    size: u32,
    file_sha256: &'u str,
    image_sha256: &'u str,
    started: String,
    ended: Option<String>,
    seconds: Option<f64>,
    phases: Vec<ExportedPhase<'u>>,
    notes: Vec<ExportedNote<'u>>,
    bytes: u64,
    rate: Option<f64>,
    resumed_from: Option<u32>,
    served_at: Option<&'u str>,
    encoding: Option<&'u str>,
    air_bytes: Option<u64>,
    saved_bytes: Option<u64>,
    verdict: Option<&'u str>,
    reason: Option<&'u str>,
    inferred: bool,
    detail: Option<&'u str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crash: Option<&'u Crash>,
    running: Option<ExportedOwner>,
    rollout: Option<ExportedRollout<'u>>,
    drill: Option<ExportedDrill<'u>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<Vec<ExportedSample>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boots: Option<Vec<ExportedBoot<'u>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<&'u str>,
}

#[derive(Serialize)]
struct ExportedPhase<'u> {
    phase: &'u str,
    at: String,
    seconds: Option<f64>,
}

#[derive(Serialize)]
struct ExportedNote<'u> {
    note: &'u str,
    at: String,
}

#[derive(Serialize)]
struct ExportedOwner {
    pid: u32,
    heartbeat: String,
}

impl<'u> Exported<'u> {
    /// An update without its course and without the device's log, with its times in this zone.
    #[must_use]
    pub fn new(update: &'u PastUpdate, zone: &TimeZone) -> Self {
        let at = |time| moment_in(zone, time);
        let end = update.end.as_ref();
        Self {
            number: update.number,
            device: &update.device,
            name: &update.name,
            project: &update.project,
            version: &update.version,
            from_version: &update.from_version,
            size: update.size,
            file_sha256: &update.file_sha256,
            image_sha256: &update.image_sha256,
            started: at(update.started),
            ended: end.map(|end| at(end.at)),
            seconds: update.duration().map(seconds),
            phases: phases(update, zone),
            notes: notes(update, zone),
            bytes: update.bytes,
            rate: update.rate.map(|rate| rate.round()),
            resumed_from: update.resumed_from,
            served_at: update.served_at.as_deref(),
            encoding: update.air.as_ref().map(|air| air.encoding.as_str()),
            air_bytes: update.air.as_ref().map(|air| air.time.sent),
            saved_bytes: update.air.as_ref().map(|air| air.time.saved()),
            verdict: end.map(|end| end.verdict.as_str()),
            reason: end.and_then(|end| end.reason.as_deref()),
            inferred: end.is_some_and(PastEnd::is_inferred),
            detail: end.and_then(|end| end.detail.as_deref()),
            crash: end.and_then(|end| end.crash.as_ref()),
            running: update
                .owner
                .map(|OwnerSign { pid, heartbeat }| ExportedOwner { pid, heartbeat: at(heartbeat) }),
            rollout: update.rollout.as_ref().map(|rollout| ExportedRollout::new(rollout, zone)),
            drill: update.drill.as_ref().map(ExportedDrill::from),
            samples: None,
            boots: None,
            log: None,
        }
    }

    /// The same with its course.
    #[must_use]
    pub fn with_course(mut self, course: &'u Course) -> Self {
        self.samples = Some(course.samples.iter().map(ExportedSample::from).collect());
        self.boots = Some(course.boots.iter().map(ExportedBoot::from).collect());
        self
    }

    /// The same with the device's log.
    #[must_use]
    pub fn with_log(mut self, update: &'u PastUpdate) -> Self {
        self.log = update.log.as_deref();
        self
    }
}

fn phases<'u>(update: &'u PastUpdate, zone: &TimeZone) -> Vec<ExportedPhase<'u>> {
    let phases = update.phases();
    phases
        .map(|phase| ExportedPhase {
            phase: phase.phase,
            at: moment_in(zone, phase.at),
            seconds: phase.time.map(seconds),
        })
        .collect()
}

fn notes<'u>(update: &'u PastUpdate, zone: &TimeZone) -> Vec<ExportedNote<'u>> {
    let moments = update.timeline.iter();
    moments
        .filter_map(|moment| match &moment.what {
            What::Note(note) => Some(ExportedNote { note, at: moment_in(zone, moment.at) }),
            What::Phase(_) => None,
        })
        .collect()
}

/// To the millisecond, which is how times are stored.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1000.0).round() / 1000.0
}

const PHASES: [&str; 6] =
    ["preparing", "offered", "downloading", "verifying", "rebooting", "pending_validation"];
const BEFORE_PHASES: [&str; 10] =
    ["number", "device", "name", "project", "from_version", "version", "size", "started", "ended", "seconds"];
const BEHIND_PHASES: [&str; 9] = [
    "bytes",
    "rate",
    "resumed_from",
    "served_at",
    "verdict",
    "reason",
    "detail",
    "file_sha256",
    "image_sha256",
];
/// New columns come last: some read a table by their place.
const AIR: [&str; 3] = ["encoding", "air_bytes", "saved_bytes"];

/// Writes a table with a line for each update; a phase's column is the seconds spent in it.
///
/// # Errors
/// It cannot be written there.
pub fn write_csv(updates: &[PastUpdate], zone: &TimeZone, to: impl Write) -> Result<(), ExportError> {
    let mut table = csv::Writer::from_writer(to);
    let titles = BEFORE_PHASES.iter().chain(&PHASES).chain(&BEHIND_PHASES);
    table.write_record(titles.chain(&drill::TITLES).chain(&rollout::TITLES).chain(&AIR))?;
    for update in updates {
        table.write_record(record(update, zone))?;
    }
    table.flush()?;
    Ok(())
}

fn record(update: &PastUpdate, zone: &TimeZone) -> Vec<String> {
    let row = Exported::new(update, zone);
    let bytes = |bytes: Option<u64>| bytes.map_or(String::new(), |bytes| bytes.to_string());
    let number = |seconds: Option<f64>| seconds.map_or(String::new(), |seconds| seconds.to_string());
    let mut cells = vec![
        row.number.to_string(),
        harmless(row.device),
        harmless(row.name),
        harmless(row.project),
        harmless(row.from_version),
        harmless(row.version),
        row.size.to_string(),
        row.started,
        row.ended.unwrap_or_default(),
        number(row.seconds),
    ];
    cells.extend(PHASES.map(|phase| {
        let times: Vec<f64> = row
            .phases
            .iter()
            .filter(|other| other.phase == phase)
            .filter_map(|other| other.seconds)
            .collect();
        number((!times.is_empty()).then(|| times.iter().sum()))
    }));
    cells.extend([
        row.bytes.to_string(),
        number(row.rate),
        row.resumed_from.map_or(String::new(), |from| from.to_string()),
        row.served_at.unwrap_or_default().to_owned(),
        row.verdict.unwrap_or_default().to_owned(),
        row.reason.unwrap_or_default().to_owned(),
        harmless(row.detail.unwrap_or_default()),
        row.file_sha256.to_owned(),
        row.image_sha256.to_owned(),
    ]);
    cells.extend(drill::cells(row.drill.as_ref()));
    cells.extend(rollout::cells(row.rollout.as_ref()));
    cells.extend([row.encoding.unwrap_or_default().to_owned(), bytes(row.air_bytes), bytes(row.saved_bytes)]);
    cells
}

/// A spreadsheet takes a text that begins so for a formula, and a device may be called as it likes.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
pub(super) mod tests;
