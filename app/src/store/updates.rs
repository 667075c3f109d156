//! The updates of the history, as they are read again.

use std::time::{Duration, SystemTime};

use rusqlite::{Connection, Row, params};
use skylift_protocol::Crash;

use super::air::{PastAir, past_air};
use super::drills::{self, PastDrill};
use super::rollouts::{self, PastRollout};
use super::times::from_millis;
use super::{Database, StoreError};
use crate::engine::{HostReason, printable, printable_lines};

/// An update, as the history has it.
#[derive(Clone, Debug, PartialEq)]
pub struct PastUpdate {
    /// Its number, counting up from 1.
    pub number: i64,
    /// The device's id.
    pub device: String,
    /// What people called the device.
    pub name: String,
    /// The image's project.
    pub project: String,
    /// The image's version.
    pub version: String,
    /// The version that ran before.
    pub from_version: String,
    /// The image's length in bytes.
    pub size: u32,
    /// Digest of all bytes sent.
    pub file_sha256: String,
    /// Digest that had to run in the end.
    pub image_sha256: String,
    /// When it was asked for.
    pub started: SystemTime,
    /// How and when it ended; absent while it runs.
    pub end: Option<PastEnd>,
    /// Bytes that the device fetched, by its own figures; what it had already does not count.
    pub bytes: u64,
    /// Bytes a second while it fetched, if that can be told.
    pub rate: Option<f64>,
    /// How many bytes the device had already when it last went on.
    pub resumed_from: Option<u32>,
    /// Where the device fetched the image.
    pub served_at: Option<String>,
    /// What was sent over the air; absent if nothing was, and for one from before that was kept.
    pub air: Option<PastAir>,
    /// What happened, in order.
    pub timeline: Vec<Moment>,
    /// The rollout that it was part of; absent for one from before that was kept.
    pub rollout: Option<PastRollout>,
    /// There if its image was one that must fail.
    pub drill: Option<PastDrill>,
    /// The tail of the device's log after the end, if it gave it.
    pub log: Option<String>,
    /// The process that is at work on it; absent after the end.
    pub owner: Option<OwnerSign>,
}

/// The end of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastEnd {
    /// When.
    pub at: SystemTime,
    /// The verdict's word.
    pub verdict: String,
    /// The reason's word.
    pub reason: Option<String>,
    /// The sentence that explains it.
    pub detail: Option<String>,
    /// Where the image crashed, if that is why.
    pub crash: Option<Crash>,
}

/// One entry of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: SystemTime,
    /// What.
    pub what: What,
}

/// What happened at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It entered a phase; its word.
    Phase(String),
    /// Something else; a word, and figures behind it.
    Note(String),
}

/// The sign of life of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerSign {
    /// Its number in the operating system.
    pub pid: u32,
    /// When it last gave it.
    pub heartbeat: SystemTime,
}

/// How long an update was in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhaseTime<'u> {
    /// The phase's word.
    pub phase: &'u str,
    /// From when on.
    pub at: SystemTime,
    /// For how long; absent for a phase that lasts.
    pub time: Option<Duration>,
}

/// Which updates are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only those of the device with this id, or of devices that were called so.
    pub device: Option<String>,
    /// Only the latest so many.
    pub latest: Option<u32>,
}

impl PastUpdate {
    /// The phases in their order; one that was entered twice is there twice.
    pub fn phases(&self) -> impl Iterator<Item = PhaseTime<'_>> {
        let entered: Vec<(&str, SystemTime)> = self
            .timeline
            .iter()
            .filter_map(|moment| match &moment.what {
                What::Phase(phase) => Some((phase.as_str(), moment.at)),
                What::Note(_) => None,
            })
            .collect();
        let end = self.end.as_ref().map(|end| end.at);
        let next = entered.iter().skip(1).map(|(_, at)| Some(*at)).chain([end]).collect::<Vec<_>>();
        entered.into_iter().zip(next).map(|((phase, at), next)| PhaseTime {
            phase,
            at,
            time: next.map(|next| next.duration_since(at).unwrap_or_default()),
        })
    }

    /// How long it took; absent while it runs.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        Some(self.end.as_ref()?.at.duration_since(self.started).unwrap_or_default())
    }
}

impl PastEnd {
    /// Whether it is concluded from who answered after the restart: the device could not say what it runs.
    #[must_use]
    pub fn is_inferred(&self) -> bool {
        let reasons = [HostReason::NewId, HostReason::OldId].map(HostReason::as_str);
        self.reason.as_deref().is_some_and(|reason| reasons.contains(&reason))
    }
}

const TABLES: &str = "updates LEFT JOIN owners ON owners.token = updates.owner
    LEFT JOIN drills ON drills.number = updates.number
    LEFT JOIN rollouts ON rollouts.id = updates.rollout";

impl Database {
    /// The updates that are wanted, the latest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn updates(&self, selection: &Selection) -> Result<Vec<PastUpdate>, StoreError> {
        self.read(|connection| {
            let order = "WHERE ?1 IS NULL OR device = ?1 OR name = ?1 ORDER BY updates.number DESC LIMIT ?2";
            let mut statement = connection.prepare(&select(order))?;
            let limit = selection.latest.map_or(-1, i64::from);
            let found = statement.query_map(params![selection.device, limit], past_update)?;
            found.map(|update| with_timeline(connection, update?)).collect()
        })
    }

    /// The update of a number.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn update(&self, number: i64) -> Result<Option<PastUpdate>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare(&select("WHERE updates.number = ?1"))?;
            let found = statement.query_map([number], past_update)?.next();
            found.map(|update| with_timeline(connection, update?)).transpose()
        })
    }
}

fn select(which: &str) -> String {
    format!(
        "SELECT updates.*, owners.pid, owners.heartbeat, {}, {} FROM {TABLES} {which}",
        drills::COLUMNS,
        rollouts::COLUMNS
    )
}

fn past_update(row: &Row<'_>) -> rusqlite::Result<PastUpdate> {
    Ok(PastUpdate {
        number: row.get("number")?,
        device: text(row, "device")?,
        name: text(row, "name")?,
        project: text(row, "project")?,
        version: text(row, "version")?,
        from_version: text(row, "from_version")?,
        size: row.get("size")?,
        file_sha256: text(row, "file_sha256")?,
        image_sha256: text(row, "image_sha256")?,
        started: from_millis(row.get("started")?),
        end: past_end(row)?,
        bytes: row.get::<_, i64>("bytes")?.try_into().unwrap_or(0),
        rate: row.get("rate")?,
        resumed_from: row.get("resumed_from")?,
        served_at: optional_text(row, "served_at")?,
        air: past_air(row)?,
        timeline: Vec::new(),
        rollout: rollouts::past_rollout(row)?,
        drill: drills::past_drill(row)?,
        log: row.get::<_, Option<String>>("log")?.as_deref().map(printable_lines),
        owner: owner_sign(row)?,
    })
}

fn past_end(row: &Row<'_>) -> rusqlite::Result<Option<PastEnd>> {
    let (Some(verdict), Some(ended)) = (optional_text(row, "verdict")?, row.get::<_, Option<i64>>("ended")?)
    else {
        return Ok(None);
    };
    Ok(Some(PastEnd {
        at: from_millis(ended),
        verdict,
        reason: optional_text(row, "reason")?,
        detail: optional_text(row, "detail")?,
        // What is damaged helps nobody.
        crash: row.get::<_, Option<String>>("crash")?.and_then(|crash| serde_json::from_str(&crash).ok()),
    }))
}

fn owner_sign(row: &Row<'_>) -> rusqlite::Result<Option<OwnerSign>> {
    let (Some(pid), Some(heartbeat)) = (row.get("pid")?, row.get::<_, Option<i64>>("heartbeat")?) else {
        return Ok(None);
    };
    Ok(Some(OwnerSign { pid, heartbeat: from_millis(heartbeat) }))
}

/// Much of it came from devices, and whatever wrote the file, it is going to be shown.
pub(super) fn text(row: &Row<'_>, column: &str) -> rusqlite::Result<String> {
    Ok(printable(&row.get::<_, String>(column)?))
}

pub(super) fn optional_text(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<String>> {
    Ok(row.get::<_, Option<String>>(column)?.as_deref().map(printable))
}

fn with_timeline(connection: &Connection, mut update: PastUpdate) -> rusqlite::Result<PastUpdate> {
    let mut statement =
        connection.prepare("SELECT at, phase, note FROM happenings WHERE number = ?1 ORDER BY position")?;
    let moments = statement.query_map([update.number], |row| {
        let what = match optional_text(row, "phase")? {
            Some(phase) => What::Phase(phase),
            None => What::Note(text(row, "note")?),
        };
        Ok(Moment { at: from_millis(row.get("at")?), what })
    })?;
    update.timeline = moments.collect::<Result<_, _>>()?;
    Ok(update)
}
