//! The course of an update: figures taken while it ran, and which firmware the device said it ran meanwhile.
//!
//! Both stay small whatever the update takes: samples are thinned out as they get more, and boots have a limit.

use std::time::Duration;

use rusqlite::{Connection, Row, Transaction, params};

use super::updates::text;
use super::{Database, StoreError};

/// More samples of one update are not kept.
pub(super) const MOST_SAMPLES: usize = 120;
/// More boots of one update are not kept.
pub(super) const MOST_BOOTS: usize = 32;

/// What is known of how an update went, beside its phases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// Figures, in order.
    pub samples: Vec<Sample>,
    /// The boots that the device answered from, in order.
    pub boots: Vec<PastBoot>,
}

/// Figures of one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When, since the update began; in whole milliseconds.
    pub at: Duration,
    /// Bytes that the device has taken, by its own figures and over all attempts; absent until it tells.
    pub served: Option<u64>,
    /// Bytes in the device's flash, by its own figures; absent until it writes.
    pub written: Option<u32>,
    /// Signal strength in dBm, if the device told it since the sample before.
    pub rssi: Option<i8>,
}

/// A boot of a device, as far as it answered from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastBoot {
    /// When it was first seen, since the update began.
    pub from: Duration,
    /// When it last answered.
    pub until: Duration,
    /// Boots since power was applied, as the device counts.
    pub count: u32,
    /// The word of why the chip started.
    pub reset: String,
    /// The version that ran.
    pub version: String,
    /// The word of whether that image was kept.
    pub state: String,
    /// The word of who would roll it back.
    pub protection: String,
}

impl Database {
    /// The course of an update; empty for one from before it was recorded.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn course(&self, number: i64) -> Result<Course, StoreError> {
        self.read(|connection| {
            Ok(Course { samples: samples(connection, number)?, boots: boots(connection, number)? })
        })
    }
}

fn samples(connection: &Connection, number: i64) -> rusqlite::Result<Vec<Sample>> {
    let mut statement =
        connection.prepare("SELECT at, served, written, rssi FROM samples WHERE number = ?1 ORDER BY at")?;
    let found = statement.query_map([number], |row| {
        Ok(Sample {
            at: time(row, "at")?,
            served: row.get::<_, Option<i64>>("served")?.and_then(|bytes| bytes.try_into().ok()),
            written: row.get("written")?,
            rssi: row.get("rssi")?,
        })
    })?;
    found.collect()
}

fn boots(connection: &Connection, number: i64) -> rusqlite::Result<Vec<PastBoot>> {
    let mut statement = connection.prepare("SELECT * FROM boots WHERE number = ?1 ORDER BY position")?;
    let found = statement.query_map([number], |row| {
        Ok(PastBoot {
            from: time(row, "since")?,
            until: time(row, "until")?,
            count: row.get("count")?,
            reset: text(row, "reset")?,
            version: text(row, "version")?,
            state: text(row, "state")?,
            protection: text(row, "protection")?,
        })
    })?;
    found.collect()
}

fn time(row: &Row<'_>, column: &str) -> rusqlite::Result<Duration> {
    Ok(Duration::from_millis(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0)))
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

/// Writes what is new of a course.
pub(super) fn save(transaction: &Transaction<'_>, number: i64, course: &Course) -> rusqlite::Result<()> {
    add_samples(transaction, number, &course.samples)?;
    let mut statement = transaction.prepare(
        "INSERT INTO boots (number, position, since, until, count, reset, version, state, protection)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (number, position) DO UPDATE SET until = ?4, state = ?8",
    )?;
    for (position, boot) in (0_i64..).zip(&course.boots) {
        let PastBoot { from, until, count, reset, version, state, protection } = boot;
        let (from, until) = (millis(*from), millis(*until));
        statement
            .execute(params![number, position, from, until, count, reset, version, state, protection])?;
    }
    Ok(())
}

/// Samples are appended; after they were thinned out, all are written anew.
fn add_samples(transaction: &Transaction<'_>, number: i64, samples: &[Sample]) -> rusqlite::Result<()> {
    let (count, last): (i64, Option<i64>) = transaction
        .prepare("SELECT count(*), max(at) FROM samples WHERE number = ?1")?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let known = samples.iter().filter(|sample| last.is_some_and(|last| millis(sample.at) <= last)).count();
    let written = if i64::try_from(known) == Ok(count) {
        known
    } else {
        transaction.execute("DELETE FROM samples WHERE number = ?1", [number])?;
        0
    };
    let mut statement = transaction
        .prepare("INSERT INTO samples (number, at, served, written, rssi) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for Sample { at, served, written, rssi } in samples.iter().skip(written) {
        let served = served.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
        statement.execute(params![number, millis(*at), served, written, rssi])?;
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests;
