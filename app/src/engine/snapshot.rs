//! What an engine shows: plain data, made once and never changed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use skylift_protocol::{Chip, Id, Status, ValidationState};

use super::client::Peer;
use super::lookup::Stock;
use super::rollout::{Rollout, RolloutId};
use super::serving::{Listening, Serving};
use super::update::Job;
use crate::image::newest::{Newer, Running};
use crate::server::TransferSnapshot;

/// Everything there is to see at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The known devices, by id.
    pub devices: Vec<Arc<Device>>,
    /// The updates of this engine, in the order they were asked for.
    pub jobs: Vec<Arc<Job>>,
    /// The rollouts of this engine, in the order they were asked for.
    pub rollouts: Vec<Arc<Rollout>>,
    /// Where the file server listens, once it was needed.
    pub listening: Option<Listening>,
    /// The image of plain serving, while it is on.
    pub serving: Option<Arc<Serving>>,
    /// Who fetches or fetched what from the file server.
    pub transfers: Arc<TransferSnapshot>,
    /// The last trouble of mDNS. It may concern one interface of many.
    pub discovery_trouble: Option<String>,
    /// What could be sent; see [`Snapshot::newer`].
    pub stock: Arc<Stock>,
}

impl Snapshot {
    /// The device of an id.
    #[must_use]
    pub fn device(&self, id: &str) -> Option<&Arc<Device>> {
        let found = self.devices.binary_search_by(|device| device.id.as_str().cmp(id)).ok()?;
        self.devices.get(found)
    }

    /// The newest image that a device could get and does not run, once it has told what it runs.
    #[must_use]
    pub fn newer(&self, device: &Device) -> Option<Newer<'_>> {
        self.stock.shelf.newer(&Running::of(device.status.as_deref()?))
    }

    /// The job of an id.
    #[must_use]
    pub fn job(&self, id: JobId) -> Option<&Arc<Job>> {
        self.jobs.iter().find(|job| job.id == id)
    }

    /// The rollout of an id.
    #[must_use]
    pub fn rollout(&self, id: RolloutId) -> Option<&Arc<Rollout>> {
        self.rollouts.iter().find(|rollout| rollout.id == id)
    }
}

/// Names a job of one engine; counts up from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// A device, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: Id,
    /// The name its owner chose; empty if it has none.
    pub name: String,
    /// Its chip.
    pub chip: Chip,
    /// The version that runs; empty if it is not known.
    pub version: String,
    /// Where it answers, or most likely will.
    pub address: SocketAddr,
    /// Where else it may be.
    pub other_addresses: Vec<SocketAddr>,
    /// The slot that runs; absent for a factory app, and before the device has answered.
    pub slot: Option<u8>,
    /// Whether the running image is kept, if it is known.
    pub validation: Option<ValidationState>,
    /// How it was found.
    pub source: Source,
    /// Whether it answers.
    pub presence: Presence,
    /// When it last answered.
    pub last_seen: Option<SystemTime>,
    /// Its last answer in full.
    pub status: Option<Arc<Status>>,
    /// Why it does not answer.
    pub problem: Option<String>,
}

/// How a device was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It announces itself.
    Mdns,
    /// The user gave its address.
    ByAddress,
}

/// Whether a device answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is announced, and has not been asked yet.
    Announced,
    /// It answers.
    Online,
    /// It does not.
    Offline,
}

impl Presence {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Announced => "announced",
            Self::Online => "online",
            Self::Offline => "offline",
        }
    }
}

impl Device {
    /// What people call it: its name, or its id if it has none.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }

    /// The device at its best address.
    pub(super) fn peer(&self) -> Peer {
        self.peer_at(self.address)
    }

    pub(super) fn peer_at(&self, address: SocketAddr) -> Peer {
        Peer { label: self.label().to_owned(), address }
    }
}
