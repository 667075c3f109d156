//! What the core does with Jaguar devices: the same as with others, but that an update gives them another id.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;

use super::Core;
use crate::engine::jaguar::{self, Heard, JaguarSighting};
use crate::engine::publisher::Urgency;
use crate::engine::snapshot::Device;

impl Core {
    /// Asks a device who it is, for the book.
    pub(super) fn ask_jaguar(&self, device: Arc<Device>, turns: Arc<Semaphore>) {
        let new = self.jobs.perhaps_now(&device.id).cloned();
        let (client, notices) = (self.clients.jaguar.clone(), self.notices.clone());
        tokio::spawn(jaguar::ask(client, device, new, notices, turns));
    }

    /// A Jaguar device may be known by another id: an update gives it a new one.
    pub(super) fn seen_jaguar(&mut self, sighting: &JaguarSighting) -> Urgency {
        let id = &sighting.identity.id;
        let renamed = match self.jobs.formerly(id).cloned() {
            Some(old) => {
                self.jobs.renamed(&old, id);
                self.devices.jaguar_renamed(&old, id)
            }
            None => Urgency::None,
        };
        renamed.max(self.jobs.seen_jaguar(sighting)).max(self.devices.jaguar_answered(sighting))
    }

    pub(super) fn heard(&mut self, heard: Heard, now: Instant) -> Urgency {
        match heard {
            // Until it has answered, a new id leads to the device that it may be, and no further.
            Heard::Device(identity, address) => {
                let known = self.jobs.formerly(&identity.id).unwrap_or(&identity.id).clone();
                self.devices.jaguar_heard(&known, *identity, address, now)
            }
            Heard::Silent(id) => self.devices.jaguar_silent(&id, now),
            Heard::Trouble(trouble) => {
                self.discovery_trouble = Some(trouble);
                Urgency::Soon
            }
        }
    }
}
