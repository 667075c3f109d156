//! What an engine shows: plain data, made once and never changed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use skylift_protocol::{Chip, Id, Status, ValidationState};

use super::client::Peer;
use super::jaguar::Family;
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
    /// The updates of this engine, in the order they were asked for, which is that of their ids.
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
        let found = self.jobs.binary_search_by_key(&id, |job| job.id).ok()?;
        self.jobs.get(found)
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
    /// What it speaks.
    pub family: Family,
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
    /// Who may give it orders, as far as it is known.
    pub access: Option<Access>,
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

/// Who may give a device orders, as this computer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody on the network.
    Open,
    /// This computer has its key, and it has proven itself with it.
    Paired,
    /// Who has its key; this computer has not. All that is known of it is what it tells strangers.
    PairedElsewhere,
    /// Nobody: it says that its key is damaged.
    KeyDamaged,
    /// This computer has its key, and who answers has not proven to be it.
    NotProven,
}

impl Access {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paired => "paired",
            Self::PairedElsewhere => "paired_elsewhere",
            Self::KeyDamaged => "key_damaged",
            Self::NotProven => "not_proven",
        }
    }

    /// Whether the device takes no orders from this computer, whatever they are.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::PairedElsewhere | Self::KeyDamaged)
    }

    /// What it means, as a sentence without its full stop.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Open => "Anyone on the network can update this device",
            Self::Paired => "Paired with this computer",
            Self::PairedElsewhere => "Paired with another computer: this one does not have its key",
            Self::KeyDamaged => "Its key is damaged: it takes orders from nobody until it is paired by cable",
            Self::NotProven => "Who answers has not proven to be this device",
        }
    }
}

/// How a device was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It announces itself by mDNS.
    Mdns,
    /// It broadcasts what it is, as Jaguar devices do.
    Broadcast,
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
        Peer { label: self.label().to_owned(), id: Some(Box::new(self.id.clone())), address }
    }
}
