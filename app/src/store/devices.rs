//! The devices that are remembered, and their tags.

use std::net::SocketAddr;
use std::time::SystemTime;

use rusqlite::{Connection, Row, Transaction, params};

use super::times::{from_millis, to_millis};
use super::updates::text;
use super::{Database, StoreError, rollouts};
use crate::advice::Advice;
use crate::engine::Family;

/// A device that was seen at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its id.
    pub id: String,
    /// The name its owner chose; empty if it has none.
    pub name: String,
    /// What it spoke.
    pub family: Family,
    /// Its chip.
    pub chip: String,
    /// The version it ran when it was last seen.
    pub version: String,
    /// Where it last answered; absent if that cannot be read any more.
    pub address: Option<SocketAddr>,
    /// Whether it was found by its address: mDNS may not lead to it.
    pub by_address: bool,
    /// When it was first seen.
    pub first_seen: SystemTime,
    /// When it last answered.
    pub last_seen: SystemTime,
    /// What the user groups it by, in alphabetical order.
    pub tags: Vec<String>,
}

/// Something that a device answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// The id that it had before its last update, if an update gives it another one.
    pub formerly: Option<String>,
    /// The name its owner chose; empty if it has none.
    pub name: String,
    /// The word of what it speaks.
    pub family: &'static str,
    /// Its chip.
    pub chip: String,
    /// The version it runs.
    pub version: String,
    /// Where it answered.
    pub address: SocketAddr,
    /// Whether it was found by its address.
    pub by_address: bool,
    /// When.
    pub at: SystemTime,
}

/// Why there is no one device of a name.
#[derive(Debug, thiserror::Error)]
pub enum KnownError {
    /// Nobody has been seen who is called so.
    #[error("no device called `{0}` is remembered")]
    Unknown(String),
    /// Several are.
    #[error("several devices are called `{called}`: {}", ids.join(", "))]
    Ambiguous {
        /// The name.
        called: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// A process is at work on it.
    #[error("an update of {0} is running")]
    Updating(String),
    /// The history cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Advice for KnownError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::Unknown(_) => vec![
                "`skylift devices --all` lists those that are remembered".to_owned(),
                "`skylift status DEVICE` remembers one that answers".to_owned(),
            ],
            Self::Ambiguous { .. } => vec!["use one of the ids instead of the name".to_owned()],
            Self::Updating(_) => vec!["wait until it has ended, or cancel it".to_owned()],
            Self::Store(error) => error.advice(),
        }
    }
}

const DEVICES: &str = "
    SELECT id, name, family, chip, version, address, by_address, first_seen, last_seen,
           (SELECT group_concat(tag, char(10) ORDER BY tag) FROM tags WHERE device = id) AS tags
    FROM devices";

impl Database {
    /// Remembers that devices answered.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn saw(&mut self, seen: &[Seen]) -> Result<(), StoreError> {
        self.together(|transaction| {
            let mut statement = transaction.prepare(
                "INSERT INTO devices (id, name, chip, version, address, by_address, first_seen, last_seen, family)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)
                 ON CONFLICT (id) DO UPDATE SET name = ?2, chip = ?3, version = ?4, address = ?5,
                     by_address = ?6, last_seen = max(last_seen, ?7), family = ?8",
            )?;
            for device in seen {
                statement.execute(params![
                    device.id,
                    device.name,
                    device.chip,
                    device.version,
                    device.address.to_string(),
                    device.by_address,
                    to_millis(device.at),
                    device.family,
                ])?;
                if let Some(formerly) = &device.formerly {
                    succeed(transaction, formerly, &device.id)?;
                }
            }
            Ok(())
        })
    }

    /// The remembered devices, by id.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn devices(&self) -> Result<Vec<KnownDevice>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare(&format!("{DEVICES} ORDER BY id"))?;
            statement.query_map([], known_device)?.collect()
        })
    }

    /// The remembered device of an id, or else of a name.
    ///
    /// # Errors
    /// There is none, or several have the name.
    pub fn device(&self, called: &str) -> Result<KnownDevice, KnownError> {
        let mut found = self.read(|connection| {
            let order = "WHERE id = ?1 OR name = ?1 ORDER BY id = ?1 DESC, id";
            let mut statement = connection.prepare(&format!("{DEVICES} {order}"))?;
            statement.query_map([called], known_device)?.collect::<Result<Vec<_>, _>>()
        })?;
        if found.len() > 1 && found.first().is_some_and(|device| device.id != called) {
            let ids = found.into_iter().map(|device| device.id).collect();
            return Err(KnownError::Ambiguous { called: called.to_owned(), ids });
        }
        found.truncate(1);
        found.pop().ok_or_else(|| KnownError::Unknown(called.to_owned()))
    }

    /// Adds tags to a device. One that it has already is no error.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn tag(&mut self, device: &str, tags: &[String]) -> Result<(), StoreError> {
        self.for_tags(device, tags, "INSERT OR IGNORE INTO tags (device, tag) VALUES (?1, ?2)")
    }

    /// Takes tags from a device. One that it does not have is no error.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn untag(&mut self, device: &str, tags: &[String]) -> Result<(), StoreError> {
        self.for_tags(device, tags, "DELETE FROM tags WHERE device = ?1 AND tag = ?2")
    }

    /// Forgets a device and its tags, and if it is wanted its updates too. How many updates that were.
    ///
    /// # Errors
    /// A process updates the device, or the database cannot be written.
    pub fn forget(&mut self, device: &str, with_history: bool) -> Result<usize, KnownError> {
        let forgotten = self.together(|transaction| {
            if is_updated(transaction, device)? {
                return Ok(None);
            }
            transaction.execute("DELETE FROM devices WHERE id = ?1", [device])?;
            if !with_history {
                return Ok(Some(0));
            }
            let updates = transaction.execute("DELETE FROM updates WHERE device = ?1", [device])?;
            rollouts::drop_empty(transaction)?;
            Ok(Some(updates))
        })?;
        forgotten.ok_or_else(|| KnownError::Updating(device.to_owned()))
    }

    fn for_tags(&mut self, device: &str, tags: &[String], sql: &str) -> Result<(), StoreError> {
        self.together(|transaction| {
            let mut statement = transaction.prepare(sql)?;
            for tag in tags {
                statement.execute([device, tag.as_str()])?;
            }
            Ok(())
        })
    }
}

/// A device has another id from now on: its tags and its updates are those of this id.
fn succeed(transaction: &Transaction<'_>, before: &str, id: &str) -> rusqlite::Result<()> {
    let steps = [
        "UPDATE devices SET first_seen = min(first_seen, (SELECT first_seen FROM devices WHERE id = ?1))
         WHERE id = ?2 AND EXISTS (SELECT 1 FROM devices WHERE id = ?1)",
        "UPDATE OR IGNORE tags SET device = ?2 WHERE device = ?1",
        "UPDATE updates SET device = ?2 WHERE device = ?1",
        "DELETE FROM devices WHERE id = ?1 AND id <> ?2",
    ];
    steps.iter().try_for_each(|step| transaction.execute(step, [before, id]).map(drop))
}

fn is_updated(connection: &Connection, device: &str) -> rusqlite::Result<bool> {
    let running = "SELECT EXISTS (SELECT 1 FROM updates WHERE device = ?1 AND verdict IS NULL)";
    connection.query_row(running, [device], |row| row.get(0))
}

fn known_device(row: &Row<'_>) -> rusqlite::Result<KnownDevice> {
    let tags: Option<String> = row.get("tags")?;
    let (id, chip, version) = (text(row, "id")?, text(row, "chip")?, text(row, "version")?);
    let family = match row.get::<_, String>("family")?.as_str() {
        "jaguar" => Family::remembered_jaguar(&id, &chip, &version),
        _ => None,
    };
    Ok(KnownDevice {
        id,
        name: text(row, "name")?,
        family: family.unwrap_or(Family::Skylift),
        chip,
        version,
        address: row.get::<_, String>("address")?.parse().ok(),
        by_address: row.get("by_address")?,
        first_seen: from_millis(row.get("first_seen")?),
        last_seen: from_millis(row.get("last_seen")?),
        tags: tags.map(|tags| tags.lines().map(str::to_owned).collect()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests;
