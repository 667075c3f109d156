//! The book of known devices: what mDNS, their own answers and former sessions say of them.

mod jaguar;
mod made;
mod told;

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use skylift_protocol::{Id, PublicStatus};

use super::client::{ClientError, Problem};
use super::discovery::Announcement;
use super::publisher::Urgency;
use super::sighting::Sighting;
use super::snapshot::{Access, Device, Presence, Source};
use made::{announced, closed, described};

pub use made::Remembered;

/// Anyone on the network can announce devices; more are not taken in.
const MAX_DEVICES: usize = 4096;
/// Unanswered questions until a device counts as offline: one can get lost.
const MISSES: u8 = 2;
/// More of former sessions are not taken in, so that there is room for those that are here.
const MAX_REMEMBERED: usize = MAX_DEVICES / 2;
/// An offline device is asked more rarely, by this factor.
const OFFLINE_FACTOR: u32 = 3;
/// The longer it does not answer the more rarely, up to this factor: once a minute.
const MOST_FACTOR: u32 = 20;

/// A text as a device id, if it is one: lower-case letters, digits and `-`, at most 32.
pub(super) fn device_id(text: &str) -> Option<Id> {
    is_device_id(text).then(|| Id::try_from(text).ok()).flatten()
}

/// Whether a text can be a device's id.
#[must_use]
pub fn is_device_id(text: &str) -> bool {
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
    /// Who answered last, and was not believed.
    doubt: Option<ClientError>,
    /// Where it last answered, in this session or a former one.
    home: Option<SocketAddr>,
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

    /// Takes in devices of former sessions, the last ones if there are many. They are asked where they were.
    pub(super) fn remember(&mut self, mut devices: Vec<Remembered>, now: Instant) {
        devices.sort_by_key(|device| std::cmp::Reverse(device.last_seen));
        for device in devices.into_iter().take(MAX_REMEMBERED).filter_map(Remembered::into_device) {
            if self.get(&device.id).is_none() {
                self.insert(device, now);
            }
        }
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
            return self.insert(announced(announcement), now);
        };
        let mut device = (*entry.device).clone();
        device.take_addresses(announcement.address, announcement.other_addresses, entry.home);
        // Its own answers say more, and are no older. What it has proven, nobody else tells otherwise.
        if device.presence != Presence::Online && !device.has_proven_itself() {
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
        entry.next_question = now;
        if entry.device.has_proven_itself() {
            // Anybody can say goodbye for it: once it has not answered, it is gone.
            entry.misses = entry.misses.max(MISSES - 1);
            return Urgency::None;
        }
        let device = Device { presence: Presence::Offline, ..(*entry.device).clone() };
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
        let others = entry.answered(sighting.address, next_question);
        let device = described(&sighting.status, sighting.address, others, entry.device.source);
        entry.replace(device)
    }

    /// A device has told what it tells strangers.
    pub(super) fn closed(&mut self, public: &PublicStatus, address: SocketAddr, now: Instant) -> Urgency {
        let next_question = now + self.idle_poll;
        let Some(entry) = self.entries.get_mut(&public.id) else {
            let device = closed(public, address, Vec::new(), Source::ByAddress);
            return self.insert(device, next_question);
        };
        let others = entry.answered(address, next_question);
        entry.replace(closed(public, address, others, entry.device.source))
    }

    /// Why the last one who answered as this device was not believed, if that is so.
    pub(super) fn doubt(&self, id: &str) -> Option<&ClientError> {
        self.entries.get(id)?.doubt.as_ref()
    }

    /// A device did not answer.
    pub(super) fn missed(&mut self, id: &Id, error: &ClientError, now: Instant) -> Urgency {
        if let Problem::Closed(public) = &error.problem {
            return self.closed(public, error.peer.address, now);
        }
        let Some(entry) = self.entries.get_mut(id) else { return Urgency::None };
        entry.asking = false;
        entry.misses = entry.misses.saturating_add(1);
        entry.doubt = error.problem.is_doubt().then(|| error.clone());
        let mut device = (*entry.device).clone();
        device.problem = Some(error.to_string());
        if entry.misses >= MISSES {
            device.presence = Presence::Offline;
            if entry.doubt.is_some() {
                device.access = Some(Access::NotProven);
            }
        }
        entry.next_question = now + self.idle_poll * patience(device.presence, entry.misses);
        entry.replace(device)
    }

    /// All are to be asked now, however long they have not answered.
    pub(super) fn ask_all(&mut self, now: Instant) {
        for entry in self.entries.values_mut() {
            entry.misses = 0;
            entry.next_question = now;
        }
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

    /// When the next one is to be asked, if any is.
    pub(super) fn next_question(&self, not: &HashSet<Id>) -> Option<Instant> {
        let waiting = self.entries.iter().filter(|(id, entry)| !entry.asking && !not.contains(*id));
        waiting.map(|(_, entry)| entry.next_question).min()
    }

    fn insert(&mut self, device: Device, next_question: Instant) -> Urgency {
        if self.entries.len() >= MAX_DEVICES {
            return Urgency::None;
        }
        let id = device.id.clone();
        let home = device.last_seen.map(|_| device.address);
        let device = Arc::new(device);
        let entry = Entry { device, asking: false, next_question, misses: 0, doubt: None, home };
        self.entries.insert(id, entry);
        Urgency::Now
    }
}

/// How many times the usual pause lies before the next question to a device that has not answered so often.
fn patience(presence: Presence, misses: u8) -> u32 {
    if presence != Presence::Offline {
        return 1;
    }
    let doublings = u32::from(misses.saturating_sub(MISSES)).min(8);
    (OFFLINE_FACTOR << doublings).min(MOST_FACTOR)
}

impl Entry {
    /// Somebody has answered there; gives the other addresses that are known.
    fn answered(&mut self, address: SocketAddr, next_question: Instant) -> Vec<SocketAddr> {
        self.asking = false;
        self.misses = 0;
        self.doubt = None;
        self.home = Some(address);
        self.next_question = next_question;
        let mut others = self.device.other_addresses.clone();
        others.push(self.device.address);
        others.retain(|other| *other != address);
        others
    }

    /// Counters that rise by themselves, how strong the signal is, and what the user's firmware measures, are nothing to
    /// wake anyone for: they are seen with the next change of something else.
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

#[cfg(test)]
mod tests;
