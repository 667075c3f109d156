//! The rollouts of the history: which updates were one, and how careful it was.

use std::time::SystemTime;

use rusqlite::{Row, Transaction, params};

use super::times::{from_millis, to_millis};
use super::updates::optional_text;
use crate::engine::Rollout;

/// A rollout that an update belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRollout {
    /// Names it in all histories: no two runs of Skylift give the same.
    pub id: String,
    /// When it was asked for.
    pub started: SystemTime,
    /// How many devices it was for; some of them may never have begun.
    pub devices: u32,
    /// How many went first.
    pub canaries: u32,
    /// How many at a time.
    pub parallel: u32,
    /// Nothing began any more after so many failures.
    pub stop_after: Option<u32>,
}

impl PastRollout {
    /// What is kept of a rollout; `run` names the engine that it ran in.
    pub(super) fn of(rollout: &Rollout, run: &str) -> Self {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            id: format!("{run}-{}", rollout.id.0),
            started: rollout.started_at,
            devices: count(rollout.members.len()),
            canaries: count(rollout.members.iter().filter(|member| member.canary).count()),
            parallel: count(rollout.limits.parallel.max(1)),
            stop_after: rollout.limits.stop_after.map(count),
        }
    }

    /// `canary first, 3 at once, stops after 1 failure`.
    #[must_use]
    pub fn order(&self) -> String {
        let canary = match self.canaries {
            0 => String::new(),
            1 => "canary first, ".to_owned(),
            many => format!("{many} canaries first, "),
        };
        let stop = match self.stop_after {
            None => String::new(),
            Some(1) => ", stops after 1 failure".to_owned(),
            Some(many) => format!(", stops after {many} failures"),
        };
        format!("{canary}{} at once{stop}", self.parallel)
    }
}

/// The columns of a rollout beside those of its update.
pub(super) const COLUMNS: &str = "rollouts.started AS rollout_started, rollouts.devices AS rollout_devices, \
     rollouts.canaries AS rollout_canaries, rollouts.parallel AS rollout_parallel, \
     rollouts.stop_after AS rollout_stop_after";

/// The rollout in a row of an update, if it was part of one.
pub(super) fn past_rollout(row: &Row<'_>) -> rusqlite::Result<Option<PastRollout>> {
    let (Some(id), Some(started)) =
        (optional_text(row, "rollout")?, row.get::<_, Option<i64>>("rollout_started")?)
    else {
        return Ok(None);
    };
    Ok(Some(PastRollout {
        id,
        started: from_millis(started),
        devices: row.get("rollout_devices")?,
        canaries: row.get("rollout_canaries")?,
        parallel: row.get("rollout_parallel")?,
        stop_after: row.get("rollout_stop_after")?,
    }))
}

/// Writes a rollout with its first update.
pub(super) fn save(transaction: &Transaction<'_>, rollout: &PastRollout) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT OR IGNORE INTO rollouts (id, started, devices, canaries, parallel, stop_after)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            rollout.id,
            to_millis(rollout.started),
            rollout.devices,
            rollout.canaries,
            rollout.parallel,
            rollout.stop_after,
        ],
    )?;
    Ok(())
}

/// Drops the rollouts of which no update is left.
pub(super) fn drop_empty(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute(
        "DELETE FROM rollouts WHERE NOT EXISTS (SELECT 1 FROM updates WHERE updates.rollout = rollouts.id)",
        [],
    )?;
    Ok(())
}
