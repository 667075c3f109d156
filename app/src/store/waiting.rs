//! What is kept of rollouts between two runs: the devices that are waited for, and how the last rollout ended.
//!
//! Two small files of JSON, each written whole or not at all.

use serde::{Deserialize, Serialize};
use skylift_protocol::{Confirm, Digest, Encoding, Id};

use super::DataDir;
use super::kept::{KeptError, lock, read, write};
use crate::engine::{
    End, MemberState, NewSigners, Rollout, RolloutOrder, Target, UpdateOptions, Wanted, printable,
};

const WAITING: &str = "waiting.json";
const LAST: &str = "last-rollout.json";
const LOCK: &str = "waiting.lock";

/// A device that is updated when it comes back, and to what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingDevice {
    /// What the user called it.
    pub target: String,
    /// Its id, if that is known.
    pub id: Option<String>,
    /// The image, which the library keeps: whatever becomes of the file it was in, these bytes are sent.
    pub file_sha256: Digest,
    /// What people call the image: its project and version.
    pub image: String,
    /// The new image is kept only by the user's word.
    #[serde(default)]
    pub manual: bool,
    /// See [`UpdateOptions::allow_unguarded`].
    #[serde(default)]
    pub allow_unguarded: bool,
    /// See [`UpdateOptions::allow_other_project`].
    #[serde(default)]
    pub allow_other_project: bool,
    /// See [`UpdateOptions::encoding`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// See [`UpdateOptions::trust`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<NewSigners>,
}

impl WaitingDevice {
    /// A device of a rollout.
    #[must_use]
    pub fn new(wanted: &Wanted, order: &RolloutOrder) -> Self {
        let RolloutOrder { image, options, .. } = order;
        Self {
            target: wanted.target.to_string(),
            id: wanted.id.as_ref().map(ToString::to_string),
            file_sha256: image.file_sha256,
            image: printable(&format!("{} {}", image.project, image.version)),
            manual: options.confirm == Confirm::Manual,
            allow_unguarded: options.allow_unguarded,
            allow_other_project: options.allow_other_project,
            encoding: options.encoding,
            trust: options.trust,
        }
    }

    /// The device, as a rollout wants it; `None` if nobody can be called so.
    #[must_use]
    pub fn wanted(&self) -> Option<Wanted> {
        wanted(&self.target, self.id.as_deref())
    }

    /// What was allowed and wanted of its update.
    #[must_use]
    pub fn options(&self) -> UpdateOptions {
        UpdateOptions {
            confirm: if self.manual { Confirm::Manual } else { Confirm::Auto },
            allow_unguarded: self.allow_unguarded,
            allow_other_project: self.allow_other_project,
            allow_without_jaguar: false,
            host_address: None,
            encoding: self.encoding,
            drill: None,
            trust: self.trust,
        }
    }

    /// One device waits for one image at a time: the last that it was to get.
    fn is_for(&self, target: &str) -> bool {
        self.target == target
    }
}

/// The devices that are waited for.
#[derive(Clone, Debug)]
pub struct WaitingList(DataDir);

impl WaitingList {
    /// The list of a data folder.
    #[must_use]
    pub fn new(data_dir: &DataDir) -> Self {
        Self(data_dir.clone())
    }

    /// Everybody on it.
    ///
    /// # Errors
    /// It cannot be read, or is damaged.
    pub fn load(&self) -> Result<Vec<WaitingDevice>, KeptError> {
        Ok(read(&self.0.path().join(WAITING))?.unwrap_or_default())
    }

    /// Puts a device on it, in place of an earlier wish for the same one.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&self, device: WaitingDevice) -> Result<(), KeptError> {
        self.change(|list| {
            list.retain(|other| !other.is_for(&device.target));
            list.push(device);
        })
    }

    /// Takes a device off it, unless it waits for another image by now.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn remove(&self, target: &str, file_sha256: Digest) -> Result<(), KeptError> {
        self.change(|list| list.retain(|other| !other.is_for(target) || other.file_sha256 != file_sha256))
    }

    /// Takes all off it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn clear(&self) -> Result<(), KeptError> {
        self.change(Vec::clear)
    }

    fn change(&self, change: impl FnOnce(&mut Vec<WaitingDevice>)) -> Result<(), KeptError> {
        let _alone = lock(&self.0, LOCK)?;
        let mut list = self.load()?;
        change(&mut list);
        write(&self.0.path().join(WAITING), &list)
    }
}

/// How the last rollout ended for each of its devices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastRollout {
    /// Its devices.
    pub devices: Vec<LastEnd>,
}

/// How a rollout ended for a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastEnd {
    /// What the user called it.
    pub target: String,
    /// Its id, if it is known.
    pub id: Option<String>,
    /// The word of its end.
    pub verdict: String,
}

impl LastRollout {
    /// What came of rollouts, and of devices that were not found.
    #[must_use]
    pub fn of(rollouts: &[&Rollout], not_found: &[Target]) -> Self {
        let members = rollouts.iter().flat_map(|rollout| &rollout.members);
        let ended = members.map(|member| LastEnd {
            target: member.target.to_string(),
            id: member.device.as_ref().map(ToString::to_string),
            verdict: match &member.state {
                MemberState::Ended(End::Verdict(verdict)) => verdict.as_str(),
                MemberState::Ended(End::Skipped) => "skipped",
                _ => "not_started",
            }
            .to_owned(),
        });
        let not_found = not_found.iter().map(|target| LastEnd {
            target: target.to_string(),
            id: None,
            verdict: "not_found".to_owned(),
        });
        Self { devices: ended.chain(not_found).collect() }
    }

    /// Those that failed. Nothing was written to one that refused, and to one that was not started.
    pub fn failed(&self) -> impl Iterator<Item = &LastEnd> {
        let failed =
            |end: &&LastEnd| matches!(&*end.verdict, "rolled_back" | "failed" | "lost" | "not_found");
        self.devices.iter().filter(failed)
    }

    /// The last rollout of a data folder, if there was one.
    ///
    /// # Errors
    /// It cannot be read, or is damaged.
    pub fn load(data_dir: &DataDir) -> Result<Option<Self>, KeptError> {
        read(&data_dir.path().join(LAST))
    }

    /// Keeps this one.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self, data_dir: &DataDir) -> Result<(), KeptError> {
        let path = data_dir.path().join(LAST);
        data_dir.create().map_err(|error| KeptError::Io { path: path.clone(), error })?;
        write(&path, self)
    }
}

impl LastEnd {
    /// The device, as a rollout wants it; `None` if nobody can be called so.
    #[must_use]
    pub fn wanted(&self) -> Option<Wanted> {
        wanted(&self.target, self.id.as_deref())
    }
}

fn wanted(target: &str, id: Option<&str>) -> Option<Wanted> {
    Some(Wanted { target: target.parse().ok()?, id: id.and_then(|id| Id::try_from(id).ok()) })
}

#[cfg(test)]
mod tests;
