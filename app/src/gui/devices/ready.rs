//! Images that are ready for devices: what could be sent to one, and what most outdated ones are waiting for. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use skylift_protocol::{Digest, Id};

use super::rows::Row;
use crate::engine::{Device, Presence, printable};
use crate::image::newest::{Newer, Relation, Running, Shelf};

/// An image that a device does not run, and could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The digest of its file, by which the library knows it.
    pub file_sha256: Digest,
    /// Its project.
    pub project: String,
    /// Its version.
    pub version: String,
    /// Whether its version is the higher one.
    pub relation: Relation,
}

impl Ready {
    pub(super) fn of(device: &Device, shelf: &Shelf) -> Option<Self> {
        let Newer { image, relation } = shelf.newer(&Running::of(device.status.as_deref()?))?;
        Some(Self {
            file_sha256: image.entry.file_sha256,
            project: printable(&image.entry.project),
            version: printable(&image.entry.version),
            relation,
        })
    }

    /// Whether it is newer beyond doubt.
    #[must_use]
    pub fn is_newer(&self) -> bool {
        self.relation == Relation::Newer
    }

    /// What stands behind the version that runs.
    #[must_use]
    pub fn words(&self) -> String {
        if self.is_newer() { format!("{} ready", self.version) } else { "other build".to_owned() }
    }

    /// The same in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { project, version, .. } = self;
        if self.is_newer() {
            format!("{project} {version} is in the library, and newer than what runs.")
        } else {
            format!(
                "The library has another build, {project} {version}. The versions do not say which is newer."
            )
        }
    }
}

/// One image, and the outdated devices that wait for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// The image.
    pub image: Option<Digest>,
    /// Its project and version.
    pub name: String,
    /// The devices.
    pub devices: Vec<Id>,
    /// Outdated devices that wait for other images.
    pub others: usize,
}

/// The image that most outdated devices wait for, of those that answer: one update sends one image.
pub(super) fn batch(rows: &[Arc<Row>]) -> Batch {
    let mut images: BTreeMap<&[u8; 32], (&Ready, Vec<Id>)> = BTreeMap::new();
    let answers = |row: &&Arc<Row>| row.device.presence != Presence::Offline;
    let outdated = || rows.iter().filter(|row| row.is_outdated()).filter(answers);
    for (row, ready) in outdated().filter_map(|row| Some((row, row.ready.as_ref()?))) {
        images
            .entry(&ready.file_sha256.0)
            .or_insert_with(|| (ready, Vec::new()))
            .1
            .push(row.device.id.clone());
    }
    let Some((ready, devices)) = images.into_values().max_by_key(|(_, devices)| devices.len()) else {
        return Batch::default();
    };
    Batch {
        image: Some(ready.file_sha256),
        name: format!("{} {}", ready.project, ready.version),
        others: outdated().count() - devices.len(),
        devices,
    }
}
