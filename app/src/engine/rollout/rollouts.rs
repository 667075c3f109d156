//! The rollouts of an engine.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::live::{Live, Surroundings};
use super::prepare::{Announcement, Preparation};
use super::{Rollout, RolloutId, RolloutOrder};
use crate::engine::devices::DeviceBook;
use crate::engine::publisher::Urgency;
use crate::engine::target::HostPort;
use crate::engine::update::Jobs;

/// Devices that are told to erase ahead at the same time, in all rollouts: few, because others are asked how they are
/// meanwhile. It takes much less time than an update, so that all are told long before their turn.
const TOLD_AT_A_TIME: usize = 16;

/// All rollouts of an engine.
pub(in crate::engine) struct Rollouts {
    rollouts: Vec<Live>,
    /// Between two looks for a device at its address.
    look_again: Duration,
}

/// Somebody is to be looked for at an address.
pub(in crate::engine) struct Look {
    pub(in crate::engine) rollout: RolloutId,
    /// The place of the device in the rollout.
    pub(in crate::engine) at: usize,
    pub(in crate::engine) host: HostPort,
}

/// What rollouts want done beside the updates that they begin.
#[derive(Default)]
pub(in crate::engine) struct Due {
    /// Whom to look for.
    pub(in crate::engine) looks: Vec<Look>,
    /// Whom to tell to erase ahead.
    pub(in crate::engine) announcements: Vec<Announcement>,
}

impl Rollouts {
    pub(in crate::engine) fn new(look_again: Duration) -> Self {
        Self { rollouts: Vec::new(), look_again }
    }

    pub(in crate::engine) fn shown(&self) -> impl Iterator<Item = &Arc<Rollout>> {
        self.rollouts.iter().map(Live::shown)
    }

    pub(in crate::engine) fn start(
        &mut self,
        order: RolloutOrder,
        jobs: &mut Jobs,
        book: &DeviceBook,
    ) -> RolloutId {
        let id = RolloutId(self.rollouts.len() as u64 + 1);
        self.rollouts.push(Live::start(id, order, &mut Surroundings { jobs, book }));
        id
    }

    pub(in crate::engine) fn cancel(&mut self, id: RolloutId, jobs: &mut Jobs, book: &DeviceBook) {
        if let Some(live) = self.get(id) {
            live.cancel(&mut Surroundings { jobs, book });
        }
    }

    pub(in crate::engine) fn pause(&mut self, id: RolloutId, jobs: &mut Jobs, book: &DeviceBook) {
        if let Some(live) = self.get(id) {
            live.pause(&mut Surroundings { jobs, book });
        }
    }

    pub(in crate::engine) fn go_on(&mut self, id: RolloutId, jobs: &mut Jobs, book: &DeviceBook) {
        if let Some(live) = self.get(id) {
            live.go_on(&mut Surroundings { jobs, book });
        }
    }

    pub(in crate::engine) fn cancel_all(&mut self, jobs: &mut Jobs, book: &DeviceBook) {
        for live in &mut self.rollouts {
            live.cancel(&mut Surroundings { jobs, book });
        }
    }

    /// A look for a device has ended; whom it found, if anyone, is in the book by now.
    pub(in crate::engine) fn looked(&mut self, id: RolloutId, at: usize, found: Option<&str>, now: Instant) {
        let next = now + self.look_again;
        if let Some(live) = self.get(id) {
            live.looked(at, found, next);
        }
    }

    /// A device has said what it makes of being told to erase ahead.
    pub(in crate::engine) fn prepared(&mut self, id: RolloutId, at: usize, preparation: Preparation) {
        if let Some(live) = self.get(id) {
            live.prepared(at, preparation);
        }
    }

    /// What is to be done after every notice: verdicts are taken, devices that have come back begin. `names` says
    /// whether a name that one device has counts as unambiguous yet.
    pub(in crate::engine) fn settle(
        &mut self,
        jobs: &mut Jobs,
        book: &DeviceBook,
        names: bool,
        now: Instant,
    ) -> (Urgency, Due) {
        let mut urgency = Urgency::None;
        let mut due = Due::default();
        let mut room = TOLD_AT_A_TIME.saturating_sub(self.rollouts.iter().map(Live::being_told).sum());
        for live in &mut self.rollouts {
            live.settle(&mut Surroundings { jobs, book }, names);
            due.looks.extend(live.looks_due(now));
            let announcements = live.announcements(book, room);
            room -= announcements.len();
            due.announcements.extend(announcements);
            urgency = urgency.max(live.show(jobs));
        }
        (urgency, due)
    }

    /// Whether the result of any device is still open.
    pub(in crate::engine) fn is_any_running(&self) -> bool {
        self.shown().any(|rollout| !rollout.ended)
    }

    fn get(&mut self, id: RolloutId) -> Option<&mut Live> {
        self.rollouts.iter_mut().find(|live| live.id() == id)
    }
}
