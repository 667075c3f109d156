//! Updates in progress: who is at work on them, what it has written so far, and what becomes of the rows of a process
//! that is gone.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::air::{self, PastAir};
use super::drills::{self, PastDrill};
use super::rollouts::{self, PastRollout};
use super::times::{now, to_millis};
use super::{Course, Database, Moment, PastEnd, StoreError, What, course};
use crate::engine::Pace;

/// The verdict of an update whose process went away before the end.
pub const LOST: &str = "lost";
/// The reason of that.
pub const APP_STOPPED: &str = "app_stopped";
const APP_STOPPED_DETAIL: &str =
    "Skylift stopped before the update ended; what became of it, the device itself tells";

/// A process that has updates in progress. The token tells apart two processes that had the same number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    token: String,
    pid: u32,
}

impl Owner {
    /// This process, or rather one recorder of it.
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut random = [0; 16];
        getrandom::fill(&mut random)?;
        Ok(Self { token: format!("{:032x}", u128::from_be_bytes(random)), pid: std::process::id() })
    }

    /// Names the run of Skylift that its updates belong to. 64 bits are enough to tell runs apart.
    pub(super) fn run(&self) -> &str {
        self.token.get(..16).unwrap_or(&self.token)
    }
}

/// All that is known of an update, to be written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Its number, once it has one.
    pub(super) number: Option<i64>,
    pub(super) device: String,
    pub(super) name: String,
    pub(super) project: String,
    pub(super) version: String,
    pub(super) from_version: String,
    pub(super) size: u32,
    pub(super) file_sha256: String,
    pub(super) image_sha256: String,
    pub(super) started: std::time::SystemTime,
    pub(super) end: Option<PastEnd>,
    pub(super) bytes: u64,
    pub(super) rate: Option<f64>,
    pub(super) resumed_from: Option<u32>,
    pub(super) served_at: Option<String>,
    pub(super) air: Option<PastAir>,
    pub(super) pace: Pace,
    pub(super) timeline: Vec<Moment>,
    pub(super) rollout: Option<PastRollout>,
    pub(super) course: Course,
    pub(super) drill: Option<PastDrill>,
    pub(super) log: Option<String>,
}

impl Database {
    /// Writes what an owner knows of its updates, and that it lives. What is written is the whole truth of each row:
    /// one that was taken for abandoned meanwhile, because this computer slept, is put right by it. Gives the numbers.
    pub(super) fn record<'e>(
        &mut self,
        owner: &Owner,
        entries: impl IntoIterator<Item = &'e Entry>,
    ) -> Result<Vec<i64>, StoreError> {
        self.together(|transaction| {
            transaction.execute(
                "INSERT INTO owners (token, pid, heartbeat) VALUES (?1, ?2, ?3)
                 ON CONFLICT (token) DO UPDATE SET heartbeat = ?3",
                params![owner.token, owner.pid, now()],
            )?;
            let numbers = entries.into_iter().map(|entry| save(transaction, owner, entry)).collect();
            transaction.execute(
                "DELETE FROM owners WHERE token = ?1
                 AND NOT EXISTS (SELECT 1 FROM updates WHERE owner = ?1)",
                [&owner.token],
            )?;
            numbers
        })
    }

    /// Closes the updates of processes that have given no sign for this long. How many that were.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn close_abandoned(&mut self, silence: Duration) -> Result<usize, StoreError> {
        // A sign from the future is of a clock that has been set since: whoever lives will soon give another one.
        const STALE: &str = "abs(?1 - heartbeat) >= ?2";
        let (now, silence) = (now(), i64::try_from(silence.as_millis()).unwrap_or(i64::MAX));
        let is_there = format!("SELECT EXISTS (SELECT 1 FROM owners WHERE {STALE})");
        let is_stale = |connection: &Connection| {
            connection.query_row(&is_there, [now, silence], |row| row.get::<_, bool>(0))
        };
        // Mostly there is nothing to do, and then nobody has to wait for a turn to write.
        if !self.read(is_stale)? {
            return Ok(0);
        }
        self.together(|transaction| {
            let closed = transaction.execute(
                &format!(
                    "UPDATE updates SET verdict = ?3, reason = ?4, detail = ?5, owner = NULL,
                         ended = (SELECT heartbeat FROM owners WHERE token = updates.owner)
                     WHERE owner IN (SELECT token FROM owners WHERE {STALE})"
                ),
                params![now, silence, LOST, APP_STOPPED, APP_STOPPED_DETAIL],
            )?;
            transaction.execute(&format!("DELETE FROM owners WHERE {STALE}"), [now, silence])?;
            Ok(closed)
        })
    }
}

fn save(transaction: &Transaction<'_>, owner: &Owner, entry: &Entry) -> rusqlite::Result<i64> {
    let number = match entry.number {
        Some(number) => number,
        None => insert(transaction, owner, entry)?,
    };
    let mut statement = transaction.prepare(
        "UPDATE updates SET ended = ?2, bytes = ?3, rate = ?4, resumed_from = ?5, served_at = ?6, verdict = ?7,
             reason = ?8, detail = ?9, log = ?10, owner = ?11, crash = ?12
         WHERE number = ?1",
    )?;
    let end = entry.end.as_ref();
    let is_there = statement.execute(params![
        number,
        end.map(|end| to_millis(end.at)),
        i64::try_from(entry.bytes).unwrap_or(i64::MAX),
        entry.rate,
        entry.resumed_from,
        entry.served_at,
        end.map(|end| &end.verdict),
        end.and_then(|end| end.reason.as_ref()),
        end.and_then(|end| end.detail.as_ref()),
        entry.log,
        end.is_none().then_some(&owner.token),
        end.and_then(|end| serde_json::to_string(end.crash.as_ref()?).ok()),
    ])?;
    // The user may have had it forgotten after its end.
    if is_there > 0 {
        add_moments(transaction, number, &entry.timeline)?;
        air::save(transaction, number, entry.air.as_ref(), &entry.pace)?;
        course::save(transaction, number, &entry.course)?;
        entry.drill.as_ref().map_or(Ok(()), |drill| drills::save(transaction, number, drill))?;
    }
    Ok(number)
}

fn insert(transaction: &Transaction<'_>, owner: &Owner, entry: &Entry) -> rusqlite::Result<i64> {
    entry.rollout.as_ref().map_or(Ok(()), |rollout| rollouts::save(transaction, rollout))?;
    transaction.execute(
        "INSERT INTO updates (device, name, project, version, from_version, size, file_sha256, image_sha256, started,
             owner, rollout)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            entry.device,
            entry.name,
            entry.project,
            entry.version,
            entry.from_version,
            entry.size,
            entry.file_sha256,
            entry.image_sha256,
            to_millis(entry.started),
            owner.token,
            entry.rollout.as_ref().map(|rollout| &rollout.id),
        ],
    )?;
    Ok(transaction.last_insert_rowid())
}

/// A timeline only grows.
fn add_moments(transaction: &Transaction<'_>, number: i64, timeline: &[Moment]) -> rusqlite::Result<()> {
    let last: Option<i64> = transaction
        .prepare("SELECT max(position) FROM happenings WHERE number = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?
        .flatten();
    let written = usize::try_from(last.map_or(0, |last| last + 1)).unwrap_or(usize::MAX);
    let mut statement = transaction
        .prepare("INSERT INTO happenings (number, position, at, phase, note) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (position, moment) in timeline.iter().enumerate().skip(written) {
        let (phase, note) = match &moment.what {
            What::Phase(phase) => (Some(phase), None),
            What::Note(note) => (None, Some(note)),
        };
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        statement.execute(params![number, position, to_millis(moment.at), phase, note])?;
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests;
