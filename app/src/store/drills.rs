//! The drills of the history: what was tried, what it proved, and the last one of each device.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, Row, Transaction, params};

use super::times::from_millis;
use super::updates::{optional_text, text};
use super::{Database, StoreError};

/// What made an update a drill, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastDrill {
    /// The word of how the build fails.
    pub method: String,
    /// Digest of the image that ran before, and had to run again.
    pub image_before: String,
    /// The word of what it proved; absent while it runs, and if its process went away before the end.
    pub result: Option<String>,
    /// From the restart into the build until the image before answered again, if it is proven.
    pub recovery: Option<Duration>,
}

/// The last drill of a device from which something is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastDrill {
    /// The number of its update.
    pub number: i64,
    /// When it ended.
    pub at: SystemTime,
    /// The version that ran before.
    pub version_before: String,
    /// The word of the reason that the device gave.
    pub reason: Option<String>,
    /// The drill.
    pub drill: PastDrill,
}

/// The columns of a drill beside those of its update.
pub(super) const COLUMNS: &str = "drills.method AS drill_method, drills.image_before AS drill_image_before, \
     drills.result AS drill_result, drills.recovery AS drill_recovery";

/// A drill that never ran says nothing of the device; the one before it still holds.
const KNOWN: &str = "drills.result IS NOT NULL AND drills.result != 'not_run'";

impl Database {
    /// The last drill of each device that had one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn last_drills(&self) -> Result<BTreeMap<String, LastDrill>, StoreError> {
        self.read(|connection| read(connection, None))
    }

    /// The last drill of a device, by its id.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn last_drill(&self, device: &str) -> Result<Option<LastDrill>, StoreError> {
        self.read(|connection| Ok(read(connection, Some(device))?.remove(device)))
    }
}

fn read(connection: &Connection, device: Option<&str>) -> rusqlite::Result<BTreeMap<String, LastDrill>> {
    let mut statement = connection.prepare(&format!(
        "SELECT updates.device, updates.number, updates.ended, updates.from_version, updates.reason, {COLUMNS}
         FROM drills JOIN updates ON updates.number = drills.number
         WHERE {KNOWN} AND updates.ended IS NOT NULL AND (?1 IS NULL OR updates.device = ?1)
         ORDER BY updates.number"
    ))?;
    // Of several of a device the last one stays.
    statement.query_map([device], last_drill)?.collect()
}

fn last_drill(row: &Row<'_>) -> rusqlite::Result<(String, LastDrill)> {
    let drill = past_drill(row)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let last = LastDrill {
        number: row.get("number")?,
        at: from_millis(row.get("ended")?),
        version_before: text(row, "from_version")?,
        reason: optional_text(row, "reason")?,
        drill,
    };
    Ok((text(row, "device")?, last))
}

/// The drill in a row of an update, if it was one.
pub(super) fn past_drill(row: &Row<'_>) -> rusqlite::Result<Option<PastDrill>> {
    let (Some(method), Some(image_before)) =
        (optional_text(row, "drill_method")?, optional_text(row, "drill_image_before")?)
    else {
        return Ok(None);
    };
    let recovery: Option<i64> = row.get("drill_recovery")?;
    Ok(Some(PastDrill {
        method,
        image_before,
        result: optional_text(row, "drill_result")?,
        recovery: recovery.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis),
    }))
}

/// Writes the drill of an update, as far as it is known.
pub(super) fn save(transaction: &Transaction<'_>, number: i64, drill: &PastDrill) -> rusqlite::Result<()> {
    let recovery = drill.recovery.map(|time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
    transaction.execute(
        "INSERT INTO drills (number, method, image_before, result, recovery) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (number) DO UPDATE SET result = ?4, recovery = ?5",
        params![number, drill.method, drill.image_before, drill.result, recovery],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
