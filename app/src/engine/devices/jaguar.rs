//! Jaguar devices in the book: what they broadcast, what they answer, and the new id that an update gives them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use skylift_protocol::Id;

use super::{DeviceBook, Entry};
use crate::engine::jaguar::{Family, Identity, JaguarFacts, JaguarSighting};
use crate::engine::publisher::Urgency;
use crate::engine::snapshot::{Access, Device, Presence, Source};

/// A device is asked more rarely than others, by this factor: it serves one connection at a time, and not only ours.
pub(super) const FACTOR: u32 = 2;
/// Anyone can broadcast identities; more that have not answered are not taken in.
const MAX_UNPROVEN: usize = 256;
/// Other addresses that are kept of one device.
const MAX_ADDRESSES: usize = 4;

impl DeviceBook {
    /// A device broadcasts what it is, for the first time or otherwise than before. `id` is whom the book knows it as.
    pub(in crate::engine) fn jaguar_heard(
        &mut self,
        id: &Id,
        identity: Identity,
        address: SocketAddr,
        now: Instant,
    ) -> Urgency {
        let Some(entry) = self.entries.get_mut(id) else {
            if self.entries.values().filter(|entry| entry.is_unproven_jaguar()).count() >= MAX_UNPROVEN {
                return Urgency::None;
            }
            let device = described(identity, address, Vec::new(), Source::Broadcast, Presence::Announced);
            return self.insert(device, now);
        };
        // What is known to speak Skylift, nobody turns into something else by saying so.
        if entry.device.family.jaguar().is_none() {
            return Urgency::None;
        }
        let mut device = (*entry.device).clone();
        // What it has just answered itself, it is not asked again.
        if !says_what_is_known(&device, &identity, address) {
            entry.next_question = now;
        }
        if device.presence == Presence::Online {
            add(&mut device.other_addresses, address, device.address);
        } else {
            let before = std::mem::replace(&mut device.address, address);
            add(&mut device.other_addresses, before, address);
        }
        entry.replace(device)
    }

    /// A device is heard no more. Whether it really is gone, its next answer tells.
    pub(in crate::engine) fn jaguar_silent(&mut self, id: &Id, now: Instant) -> Urgency {
        let entry = self.entries.get_mut(id).filter(|entry| entry.device.family.jaguar().is_some());
        let Some(entry) = entry else { return Urgency::None };
        if entry.is_unproven_jaguar() {
            self.entries.remove(id);
            return Urgency::Now;
        }
        entry.next_question = now;
        Urgency::None
    }

    /// A device has answered.
    pub(in crate::engine) fn jaguar_answered(&mut self, sighting: &JaguarSighting) -> Urgency {
        let JaguarSighting { identity, address, at } = sighting;
        let next_question = *at + self.idle_poll * FACTOR;
        let Some(entry) = self.entries.get_mut(&identity.id) else {
            let device =
                described(identity.clone(), *address, Vec::new(), Source::ByAddress, Presence::Online);
            return self.insert(device, next_question);
        };
        let Family::Jaguar(before) = &entry.device.family else { return Urgency::None };
        let formerly = before.formerly.clone();
        let mut others = entry.answered(*address, next_question);
        others.truncate(MAX_ADDRESSES);
        let mut device = described(identity.clone(), *address, others, entry.device.source, Presence::Online);
        if let Family::Jaguar(facts) = &mut device.family {
            facts.formerly = formerly;
        }
        entry.replace(device)
    }

    /// Where they have answered.
    pub(in crate::engine) fn jaguar_places(&self) -> Vec<SocketAddr> {
        let jaguars = self.devices().filter(|device| device.family.jaguar().is_some());
        jaguars.filter(|device| device.last_seen.is_some()).map(|device| device.address).collect()
    }

    /// An update has given a device another id: its row goes on under the new one.
    pub(in crate::engine) fn jaguar_renamed(&mut self, old: &Id, new: &Id) -> Urgency {
        let Some(mut entry) = self.entries.remove(old) else { return Urgency::None };
        let mut device = Device { id: new.clone(), ..(*entry.device).clone() };
        if let Family::Jaguar(facts) = &mut device.family {
            **facts = JaguarFacts { formerly: Some(old.clone()), ..(**facts).clone() };
        }
        entry.device = Arc::new(device);
        self.entries.insert(new.clone(), entry);
        Urgency::Now
    }
}

impl Entry {
    /// Whether nothing but broadcasts tells of it.
    fn is_unproven_jaguar(&self) -> bool {
        self.device.family.jaguar().is_some() && self.device.last_seen.is_none()
    }
}

/// Whether a device that answers would say nothing new.
fn says_what_is_known(device: &Device, identity: &Identity, address: SocketAddr) -> bool {
    let same = |facts: &JaguarFacts| JaguarFacts { formerly: None, ..facts.clone() } == identity.facts;
    device.presence == Presence::Online
        && device.address == address
        && device.name == identity.name
        && device.family.jaguar().is_some_and(same)
}

/// The newest first, and not too many.
fn add(known: &mut Vec<SocketAddr>, address: SocketAddr, best: SocketAddr) {
    known.retain(|other| *other != address && *other != best);
    if address != best {
        known.insert(0, address);
    }
    known.truncate(MAX_ADDRESSES);
}

fn described(
    identity: Identity,
    address: SocketAddr,
    other_addresses: Vec<SocketAddr>,
    source: Source,
    presence: Presence,
) -> Device {
    let Identity { id, name, facts, .. } = identity;
    let answers = presence == Presence::Online;
    Device {
        id,
        name,
        chip: facts.chip(),
        version: facts.sdk_version.clone(),
        family: Family::Jaguar(Box::new(facts)),
        address,
        other_addresses,
        slot: None,
        validation: None,
        access: answers.then_some(Access::Open),
        source,
        presence,
        last_seen: answers.then(SystemTime::now),
        status: None,
        problem: None,
    }
}

#[cfg(test)]
mod tests;
