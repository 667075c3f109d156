//! Erasing ahead in one rollout: whom to tell now, and what came of it.

use std::sync::Arc;

use super::super::prepare::{Announcement, Preparation};
use super::Live;
use crate::engine::devices::DeviceBook;
use crate::engine::snapshot::Presence;

impl Live {
    /// How many devices are being told.
    pub(in crate::engine::rollout) fn being_told(&self) -> usize {
        self.seats.iter().filter(|seat| seat.telling.is_under_way()).count()
    }

    /// The devices that are to be told to erase ahead now: `room` at most, those whose turn is next before others. Who
    /// is being told though its turn has come is not told any more.
    pub(in crate::engine::rollout) fn announcements(
        &mut self,
        book: &DeviceBook,
        room: usize,
    ) -> Vec<Announcement> {
        let (rules, order, rollout) = (&self.rules, &self.order, self.shown.id);
        let mut told = Vec::new();
        if !order.erase_ahead {
            return told;
        }
        for (at, seat) in self.seats.iter_mut().enumerate() {
            if seat.telling.is_under_way() && !rules.only_waits(at) {
                seat.telling.call_off();
            }
            let device = seat.wanted.id.as_ref().and_then(|id| book.get(id));
            let there = device.filter(|it| it.presence == Presence::Online && it.family.jaguar().is_none());
            let due = there.filter(|it| told.len() < room && seat.telling.is_due(it) && rules.only_waits(at));
            let Some(device) = due.cloned() else { continue };
            let still_waits = seat.telling.begin(&device);
            let (image, options) = (Arc::clone(&order.image), order.options);
            told.push(Announcement { rollout, at, device, image, options, still_waits });
        }
        self.changed |= !told.is_empty();
        told
    }

    /// A device was told, or not.
    pub(in crate::engine::rollout) fn prepared(&mut self, at: usize, came: Preparation) {
        if let Some(seat) = self.seats.get_mut(at) {
            seat.telling.end(came);
            self.changed = true;
        }
    }
}
