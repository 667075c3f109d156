//! What an update sent over the air, and how fast the device was: kept with each update, read again for the next one.

use std::time::Duration;

use rusqlite::{Row, Transaction, params};

use super::updates::optional_text;
use super::{Database, StoreError};
use crate::engine::{Airtime, Job, Pace};

/// What an update sent over the air.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastAir {
    /// The word of how the image was sent; the last one, if it was sent another way first.
    pub encoding: String,
    /// The bytes.
    pub time: Airtime,
}

impl PastAir {
    /// What is kept of a job; nothing until it sends.
    pub(super) fn of(job: &Job) -> Option<Self> {
        Some(Self { encoding: job.sending?.encoding.to_string(), time: job.airtime() })
    }
}

impl Database {
    /// How fast a device was in its last updates, the latest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn paces(&self, device: &str) -> Result<Vec<Pace>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare(
                "SELECT link, flash, restart FROM updates
                 WHERE device = ?1 AND (link IS NOT NULL OR flash IS NOT NULL OR restart IS NOT NULL)
                 ORDER BY number DESC LIMIT ?2",
            )?;
            let found = statement.query_map(params![device, Pace::LAST_UPDATES], |row| {
                let restart: Option<i64> = row.get("restart")?;
                Ok(Pace {
                    link: row.get("link")?,
                    flash: row.get("flash")?,
                    restart: restart.and_then(|ms| ms.try_into().ok()).map(Duration::from_millis),
                })
            })?;
            found.collect()
        })
    }

    /// What all updates of a rollout have sent, those of other runs of Skylift included.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn airtime_of_rollout(&self, id: &str) -> Result<Airtime, StoreError> {
        self.read(|connection| {
            connection.query_row(
                "SELECT coalesce(sum(air_bytes), 0), coalesce(sum(air_raw), 0) FROM updates WHERE rollout = ?1",
                [id],
                |row| Ok(Airtime { sent: bytes(row.get(0)?), raw: bytes(row.get(1)?) }),
            )
        })
    }
}

/// What is in a row of an update.
pub(super) fn past_air(row: &Row<'_>) -> rusqlite::Result<Option<PastAir>> {
    let Some(encoding) = optional_text(row, "encoding")? else { return Ok(None) };
    let of = |column| Ok::<_, rusqlite::Error>(bytes(row.get::<_, Option<i64>>(column)?.unwrap_or(0)));
    Ok(Some(PastAir { encoding, time: Airtime { sent: of("air_bytes")?, raw: of("air_raw")? } }))
}

/// Writes what is known so far.
pub(super) fn save(
    transaction: &Transaction<'_>,
    number: i64,
    air: Option<&PastAir>,
    pace: &Pace,
) -> rusqlite::Result<()> {
    let whole = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    let mut statement = transaction.prepare(
        "UPDATE updates SET encoding = ?2, air_bytes = ?3, air_raw = ?4, link = ?5, flash = ?6, restart = ?7
         WHERE number = ?1",
    )?;
    statement.execute(params![
        number,
        air.map(|air| &air.encoding),
        air.map(|air| whole(air.time.sent)),
        air.map(|air| whole(air.time.raw)),
        pace.link,
        pace.flash,
        pace.restart.map(|time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX)),
    ])?;
    Ok(())
}

fn bytes(stored: i64) -> u64 {
    stored.try_into().unwrap_or(0)
}

#[cfg(test)]
mod tests;
