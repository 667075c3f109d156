//! A device as one source describes it: its announcement, its own answer, or what was kept of it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use skylift_protocol::{self as protocol, Chip, PublicStatus, Status};

use super::device_id;
use crate::engine::discovery::Announcement;
use crate::engine::jaguar::Family;
use crate::engine::snapshot::{Access, Device, Presence, Source};
use crate::engine::text::printable;

/// A device that answered in a former session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Its id.
    pub id: String,
    /// The name its owner chose; empty if it had none.
    pub name: String,
    /// What it spoke.
    pub family: Family,
    /// Its chip.
    pub chip: Chip,
    /// The version it ran.
    pub version: String,
    /// Where it answered.
    pub address: SocketAddr,
    /// How it was found.
    pub source: Source,
    /// When it last answered.
    pub last_seen: SystemTime,
}

impl Remembered {
    /// As a device that does not answer; `None` if what was kept is no device's id.
    pub(super) fn into_device(self) -> Option<Device> {
        Some(Device {
            id: device_id(&self.id)?,
            name: printable(&self.name),
            family: self.family,
            chip: self.chip,
            version: printable(&self.version),
            address: self.address,
            other_addresses: Vec::new(),
            slot: None,
            validation: None,
            access: None,
            source: self.source,
            presence: Presence::Offline,
            last_seen: Some(self.last_seen),
            status: None,
            problem: None,
        })
    }
}

pub(super) fn announced(announcement: Announcement) -> Device {
    Device {
        id: announcement.id,
        name: announcement.name,
        family: Family::Skylift,
        chip: announcement.chip,
        version: announcement.version,
        address: announcement.address,
        other_addresses: announcement.other_addresses,
        slot: None,
        validation: announcement.validation,
        access: None,
        source: Source::Mdns,
        presence: Presence::Announced,
        last_seen: None,
        status: None,
        problem: None,
    }
}

pub(super) fn described(
    status: &Status,
    address: SocketAddr,
    others: Vec<SocketAddr>,
    source: Source,
) -> Device {
    Device {
        id: status.id.clone(),
        name: printable(&status.name),
        family: Family::Skylift,
        chip: status.chip,
        version: printable(&status.running.version),
        address,
        other_addresses: others,
        slot: status.running.slot,
        validation: Some(status.validation.state),
        // Who is paired has signed this.
        access: Some(if status.access == protocol::Access::Open { Access::Open } else { Access::Paired }),
        source,
        presence: Presence::Online,
        last_seen: Some(SystemTime::now()),
        status: Some(Arc::new(status.clone())),
        problem: None,
    }
}

/// A device that takes no orders from here, as it shows itself to strangers.
pub(super) fn closed(
    public: &PublicStatus,
    address: SocketAddr,
    others: Vec<SocketAddr>,
    source: Source,
) -> Device {
    let damaged = public.access == protocol::Access::KeyDamaged;
    Device {
        id: public.id.clone(),
        name: printable(&public.name),
        family: Family::Skylift,
        chip: public.chip,
        version: printable(&public.version),
        address,
        other_addresses: others,
        slot: None,
        validation: Some(public.state),
        access: Some(if damaged { Access::KeyDamaged } else { Access::PairedElsewhere }),
        source,
        presence: Presence::Online,
        last_seen: Some(SystemTime::now()),
        status: None,
        problem: None,
    }
}
