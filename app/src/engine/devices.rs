//! The book of known devices: what mDNS and their own answers say of them.

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use skylift_protocol::{Id, Status};

use super::client::ClientError;
use super::discovery::Announcement;
use super::publisher::Urgency;
use super::sighting::Sighting;
use super::snapshot::{Device, Presence, Source};
use super::text::printable;

/// Anyone on the network can announce devices; more are not taken in.
const MAX_DEVICES: usize = 4096;
/// Unanswered questions until a device counts as offline: one can get lost.
const MISSES: u8 = 2;
/// An offline device is asked more rarely, by this factor.
const OFFLINE_FACTOR: u32 = 3;

/// A text as a device id, if it is one: lower-case letters, digits and `-`, at most 32.
pub(super) fn device_id(text: &str) -> Option<Id> {
    is_device_id(text).then(|| Id::try_from(text).ok()).flatten()
}

/// Whether a text can be a device's id.
pub(super) fn is_device_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(plain)
}

/// What is known of all devices.
pub(super) struct DeviceBook {
    entries: BTreeMap<Id, Entry>,
    idle_poll: Duration,
}

struct Entry {
    device: Arc<Device>,
    asking: bool,
    next_question: Instant,
    misses: u8,
}

/// What a name leads to.
pub(super) enum Lookup {
    /// One device has this id or name.
    One(Arc<Device>),
    /// Several have this name.
    Several(Vec<Id>),
    /// None has.
    Nothing,
}

impl DeviceBook {
    pub(super) fn new(idle_poll: Duration) -> Self {
        Self { entries: BTreeMap::new(), idle_poll }
    }

    pub(super) fn devices(&self) -> impl Iterator<Item = &Arc<Device>> {
        self.entries.values().map(|entry| &entry.device)
    }

    pub(super) fn get(&self, id: &str) -> Option<&Arc<Device>> {
        Some(&self.entries.get(id)?.device)
    }

    /// An id goes before names: it is unique.
    pub(super) fn lookup(&self, called: &str) -> Lookup {
        if let Some(device) = self.get(called) {
            return Lookup::One(Arc::clone(device));
        }
        let mut named: Vec<_> = self.devices().filter(|device| device.name == called).collect();
        // One that has gone does not stand in the way of one that has come.
        if named.iter().any(|device| device.presence != Presence::Offline) {
            named.retain(|device| device.presence != Presence::Offline);
        }
        match named.as_slice() {
            [] => Lookup::Nothing,
            [device] => Lookup::One(Arc::clone(device)),
            several => Lookup::Several(several.iter().map(|device| device.id.clone()).collect()),
        }
    }

    /// A device announces itself, for the first time or otherwise than before.
    pub(super) fn announced(&mut self, announcement: Announcement, now: Instant) -> Urgency {
        let Some(entry) = self.entries.get_mut(&announcement.id) else {
            return self.insert(announced_device(announcement), now);
        };
        let mut device = (*entry.device).clone();
        device.take_addresses(announcement.address, announcement.other_addresses);
        // Its own answers say more, and are no older.
        if device.presence != Presence::Online {
            device.name = announcement.name;
            device.version = announcement.version;
            device.validation = announcement.validation;
        }
        entry.next_question = now;
        entry.replace(device)
    }

    /// A device is announced no more. Whether it really is gone, its next answer tells.
    pub(super) fn gone(&mut self, id: &Id, now: Instant) -> Urgency {
        let Some(entry) = self.entries.get_mut(id) else { return Urgency::None };
        let device = Device { presence: Presence::Offline, ..(*entry.device).clone() };
        entry.next_question = now;
        entry.replace(device)
    }

    /// Drops a device, unless it answers: then it would be there again at once.
    pub(super) fn forget(&mut self, id: &Id) -> Urgency {
        if self.entries.get(id).is_none_or(|entry| entry.device.presence == Presence::Online) {
            return Urgency::None;
        }
        self.entries.remove(id);
        Urgency::Now
    }

    /// A device has answered.
    pub(super) fn answered(&mut self, sighting: &Sighting) -> Urgency {
        let next_question = sighting.answered + self.idle_poll;
        let id = &sighting.status.id;
        let Some(entry) = self.entries.get_mut(id) else {
            let device = described(&sighting.status, sighting.address, Vec::new(), Source::ByAddress);
            return self.insert(device, next_question);
        };
        entry.asking = false;
        entry.misses = 0;
        entry.next_question = next_question;
        let before = &entry.device;
        let mut others = before.other_addresses.clone();
        others.push(before.address);
        others.retain(|address| *address != sighting.address);
        let device = described(&sighting.status, sighting.address, others, before.source);
        entry.replace(device)
    }

    /// A device did not answer.
    pub(super) fn missed(&mut self, id: &Id, error: &ClientError, now: Instant) -> Urgency {
        let Some(entry) = self.entries.get_mut(id) else { return Urgency::None };
        entry.asking = false;
        entry.misses = entry.misses.saturating_add(1);
        let mut device = (*entry.device).clone();
        device.problem = Some(error.to_string());
        if entry.misses >= MISSES {
            device.presence = Presence::Offline;
        }
        let factor = if device.presence == Presence::Offline { OFFLINE_FACTOR } else { 1 };
        entry.next_question = now + self.idle_poll * factor;
        entry.replace(device)
    }

    /// The devices that are to be asked now; they count as being asked from here on.
    pub(super) fn take_due(&mut self, now: Instant, not: &HashSet<Id>) -> Vec<Arc<Device>> {
        let due = self
            .entries
            .iter_mut()
            .filter(|(id, entry)| !entry.asking && entry.next_question <= now && !not.contains(*id));
        due.map(|(_, entry)| {
            entry.asking = true;
            Arc::clone(&entry.device)
        })
        .collect()
    }

    fn insert(&mut self, device: Device, next_question: Instant) -> Urgency {
        if self.entries.len() >= MAX_DEVICES {
            return Urgency::None;
        }
        let id = device.id.clone();
        let entry = Entry { device: Arc::new(device), asking: false, next_question, misses: 0 };
        self.entries.insert(id, entry);
        Urgency::Now
    }
}

impl Entry {
    /// Counters that rise by themselves, and how strong the signal is, are nothing to wake anyone for: they are seen
    /// with the next change of something else.
    fn replace(&mut self, device: Device) -> Urgency {
        let (before, now) = (self.device.without_counters(), device.without_counters());
        let progress = |device: &Device| device.status.as_ref().and_then(|status| status.progress.clone());
        let urgency = if before != now {
            Urgency::Now
        } else if progress(&self.device) != progress(&device) {
            Urgency::Soon
        } else {
            Urgency::None
        };
        self.device = Arc::new(device);
        urgency
    }
}

impl Device {
    /// The address that works is kept for as long as it is still announced, and one that the user gave always.
    fn take_addresses(&mut self, best: SocketAddr, others: Vec<SocketAddr>) {
        let mut announced = vec![best];
        announced.extend(others);
        let works = self.presence == Presence::Online && announced.contains(&self.address);
        if !works && self.source == Source::Mdns {
            self.address = best;
        }
        announced.retain(|address| *address != self.address);
        self.other_addresses = announced;
    }

    fn without_counters(&self) -> Self {
        let status = self.status.as_ref().map(|status| {
            Arc::new(Status {
                uptime_s: 0,
                rssi_dbm: None,
                heap_free: None,
                progress: None,
                ..(**status).clone()
            })
        });
        Self { last_seen: None, status, ..self.clone() }
    }
}

fn announced_device(announcement: Announcement) -> Device {
    Device {
        id: announcement.id,
        name: announcement.name,
        chip: announcement.chip,
        version: announcement.version,
        address: announcement.address,
        other_addresses: announcement.other_addresses,
        slot: None,
        validation: announcement.validation,
        source: Source::Mdns,
        presence: Presence::Announced,
        last_seen: None,
        status: None,
        problem: None,
    }
}

fn described(status: &Status, address: SocketAddr, others: Vec<SocketAddr>, source: Source) -> Device {
    Device {
        id: status.id.clone(),
        name: printable(&status.name),
        chip: status.chip,
        version: printable(&status.running.version),
        address,
        other_addresses: others,
        slot: status.running.slot,
        validation: Some(status.validation.state),
        source,
        presence: Presence::Online,
        last_seen: Some(SystemTime::now()),
        status: Some(Arc::new(status.clone())),
        problem: None,
    }
}

#[cfg(test)]
mod tests;
