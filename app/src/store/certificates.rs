//! The certificates of the history: which updates have been proven to survive power cuts, and when.

use std::time::{Duration, SystemTime};

use rusqlite::{Row, ToSql, params};
use serde::Serialize;
use skylift_protocol::{Chip, Digest};
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::certify::{Certificate, Identity};

use super::times::{from_millis, to_millis};
use super::updates::text;
use super::{Database, StoreError};

/// The Skylift of this program: what another one has proven, it proved of its own updater.
const SKYLIFT: &str = env!("CARGO_PKG_VERSION");

/// A proof that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Certified {
    /// When it ended.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// The version of Skylift whose updater was put to the proof.
    pub skylift: String,
    /// The chip of both images.
    pub chip: String,
    /// What booted them: `stock` or `rollback`.
    pub bootloader: String,
    /// Digest of the partition table, 0xC00 bytes.
    pub table_sha256: String,
    /// What everything random in it came from.
    pub seed: u64,
    /// Points at which power was cut.
    pub points: usize,
    /// Points after which all was well.
    pub survived: usize,
    /// What is to be known about it besides: sentences.
    pub findings: Vec<String>,
    /// The image that ran before.
    pub old: CertifiedImage,
    /// The image that it was updated to.
    pub new: CertifiedImage,
}

/// An image of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CertifiedImage {
    /// Its project.
    pub project: String,
    /// Its version.
    pub version: String,
    /// Bytes sent.
    pub size: usize,
    /// Digest of these bytes.
    pub file_sha256: String,
    /// Digest that the bootloader checks.
    pub image_sha256: String,
}

/// What is to be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WantedProof {
    /// All bytes of the image that runs.
    pub old: Digest,
    /// All bytes of the image that it is updated to.
    pub new: Digest,
    /// What boots them.
    pub bootloader: Bootloader,
    /// Digest of the partition table, 0xC00 bytes.
    pub table: Digest,
    /// What everything random comes from.
    pub seed: u64,
}

/// The word of a bootloader, as in JSON.
const fn word(bootloader: Bootloader) -> &'static str {
    match bootloader {
        Bootloader::Stock => "stock",
        Bootloader::Rollback => "rollback",
    }
}

impl Certified {
    /// What a proof that has just ended says.
    #[must_use]
    pub fn new(certificate: &Certificate, chip: Chip, at: SystemTime) -> Self {
        Self {
            at,
            took: certificate.took,
            skylift: SKYLIFT.to_owned(),
            chip: chip.to_string(),
            bootloader: word(certificate.bootloader).to_owned(),
            table_sha256: Digest(certificate.table_sha256).to_string(),
            seed: certificate.seed,
            points: certificate.points,
            survived: certificate.survived,
            findings: certificate.findings.iter().map(ToString::to_string).collect(),
            old: CertifiedImage::from(&certificate.old),
            new: CertifiedImage::from(&certificate.new),
        }
    }

    /// Whether every point survived.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.points > 0 && self.survived == self.points
    }
}

impl From<&Identity> for CertifiedImage {
    fn from(identity: &Identity) -> Self {
        Self {
            project: crate::engine::printable(&identity.project),
            version: crate::engine::printable(&identity.version),
            size: identity.size,
            file_sha256: Digest(identity.file_sha256).to_string(),
            image_sha256: Digest(identity.image_sha256).to_string(),
        }
    }
}

impl Database {
    /// Keeps a proof, whether it holds or not.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn keep_certificate(&mut self, certified: &Certified) -> Result<(), StoreError> {
        let Certified { old, new, .. } = certified;
        self.together(|transaction| {
            transaction.execute(
                "INSERT INTO certificates (at, took, skylift, chip, bootloader, table_sha256, seed, points, survived,
                     findings, old_project, old_version, old_size, old_file_sha256, old_image_sha256,
                     new_project, new_version, new_size, new_file_sha256, new_image_sha256)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
                params![
                    to_millis(certified.at),
                    i64::try_from(certified.took.as_millis()).unwrap_or(i64::MAX),
                    certified.skylift,
                    certified.chip,
                    certified.bootloader,
                    certified.table_sha256,
                    certified.seed.to_string(),
                    number(certified.points),
                    number(certified.survived),
                    certified.findings.join("\n"),
                    old.project,
                    old.version,
                    number(old.size),
                    old.file_sha256,
                    old.image_sha256,
                    new.project,
                    new.version,
                    number(new.size),
                    new.file_sha256,
                    new.image_sha256,
                ],
            )?;
            Ok(())
        })
    }

    /// The proofs, the latest first; at most so many, if a number is given.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn certificates(&self, latest: Option<u32>) -> Result<Vec<Certified>, StoreError> {
        let limit = latest.map_or(-1, i64::from);
        self.select("ORDER BY number DESC LIMIT ?1", &[&limit])
    }

    /// The latest proof that holds of exactly this, made by this version of Skylift.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn proven(&self, wanted: &WantedProof) -> Result<Option<Certified>, StoreError> {
        let [old, new, table] = [wanted.old, wanted.new, wanted.table].map(|digest| digest.to_string());
        let found = self.select(
            "WHERE old_file_sha256 = ?1 AND new_file_sha256 = ?2 AND table_sha256 = ?3 AND bootloader = ?4
                 AND seed = ?5 AND skylift = ?6 AND points > 0 AND survived = points
             ORDER BY number DESC LIMIT 1",
            &[&old, &new, &table, &word(wanted.bootloader), &wanted.seed.to_string(), &SKYLIFT],
        );
        Ok(found?.pop())
    }

    fn select(&self, which: &str, values: &[&dyn ToSql]) -> Result<Vec<Certified>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare(&format!("SELECT * FROM certificates {which}"))?;
            statement.query_map(values, certified)?.collect()
        })
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn count(row: &Row<'_>, column: &str) -> rusqlite::Result<usize> {
    Ok(usize::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

fn certified(row: &Row<'_>) -> rusqlite::Result<Certified> {
    let image = |which: &str| -> rusqlite::Result<CertifiedImage> {
        let column = |name: &str| format!("{which}_{name}");
        Ok(CertifiedImage {
            project: text(row, &column("project"))?,
            version: text(row, &column("version"))?,
            size: count(row, &column("size"))?,
            file_sha256: text(row, &column("file_sha256"))?,
            image_sha256: text(row, &column("image_sha256"))?,
        })
    };
    let findings: String = row.get("findings")?;
    Ok(Certified {
        at: from_millis(row.get("at")?),
        took: Duration::from_millis(u64::try_from(row.get::<_, i64>("took")?).unwrap_or(0)),
        skylift: text(row, "skylift")?,
        chip: text(row, "chip")?,
        bootloader: text(row, "bootloader")?,
        table_sha256: text(row, "table_sha256")?,
        seed: text(row, "seed")?.parse().unwrap_or(0),
        points: count(row, "points")?,
        survived: count(row, "survived")?,
        findings: findings.lines().map(crate::engine::printable).collect(),
        old: image("old")?,
        new: image("new")?,
    })
}

#[cfg(test)]
mod tests;
