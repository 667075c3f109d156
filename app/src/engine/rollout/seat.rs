//! What a rollout knows of one of its devices, and what the device's ends mean for it.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use skylift_protocol::ValidationState;

use super::rules::{Ending, Input, Place};
use super::shown::{End, Member, MemberState, NotStarted};
use super::telling::Telling;
use super::{RolloutOrder, Wanted};
use crate::engine::devices::{DeviceBook, Lookup};
use crate::engine::snapshot::{Device, JobId, Presence};
use crate::engine::target::Target;
use crate::engine::update::{HostReason, Step, Verdict, Why};

/// What is known of one device.
pub(super) struct Seat {
    pub(super) wanted: Wanted,
    pub(super) label: String,
    pub(super) job: Option<JobId>,
    /// Its result, if that is no verdict of a job.
    pub(super) end: Option<End>,
    /// Its verdict may still be corrected.
    pub(super) lost: bool,
    /// Only an answer after this counts as its return.
    pub(super) away_since: Option<SystemTime>,
    /// What it was told about erasing ahead.
    pub(super) telling: Telling,
    /// When it is looked for at its address again; absent while that is under way.
    pub(super) next_look: Option<Instant>,
}

impl Seat {
    pub(super) fn new(wanted: Wanted, device: Option<&Arc<Device>>, end: Option<End>) -> Self {
        let label = device.map_or_else(|| wanted.target.to_string(), |device| device.label().to_owned());
        Self {
            wanted,
            label,
            job: None,
            end,
            lost: false,
            away_since: None,
            telling: Telling::default(),
            next_look: Some(Instant::now()),
        }
    }

    pub(super) fn not_started(&mut self, at: usize, why: NotStarted) -> Input {
        self.end = Some(End::NotStarted(why));
        // It says nothing of the image.
        Input::Ended(at, Ending::Unproven)
    }

    pub(super) fn go_away(&mut self) {
        self.away_since = Some(SystemTime::now());
        self.next_look = Some(Instant::now());
    }

    /// The device, if it answers.
    pub(super) fn find(&self, book: &DeviceBook, names: bool) -> Option<Arc<Device>> {
        let device = match (&self.wanted.id, &self.wanted.target) {
            (Some(id), _) => Arc::clone(book.get(id)?),
            (None, Target::Called(called)) => match book.lookup(called) {
                Lookup::One(device) if names || device.id.as_str() == called => device,
                _ => return None,
            },
            (None, Target::At(_)) => return None,
        };
        let since = |away| device.last_seen.is_some_and(|seen| seen > away);
        (device.presence == Presence::Online && self.away_since.is_none_or(since)).then_some(device)
    }

    pub(super) fn member(&self, canary: bool, state: MemberState) -> Member {
        let Wanted { target, id } = self.wanted.clone();
        let (label, preparation) = (self.label.clone(), self.telling.shown().cloned());
        Member { target, device: id, label, canary, job: self.job, preparation, state }
    }
}

pub(super) fn first_place(order: &RolloutOrder, device: Option<&Arc<Device>>) -> (Place, Option<End>) {
    if let Some((ending, end)) = device.and_then(|device| skipped(order, device)) {
        return (Place::Ended(ending), Some(end));
    }
    let is_there = device.is_some_and(|device| device.presence == Presence::Online);
    let place = if order.when_back && !is_there { Place::Away } else { Place::Ready };
    (place, None)
}

pub(super) fn skipped(order: &RolloutOrder, device: &Device) -> Option<(Ending, End)> {
    let status = device.status.as_ref().filter(|_| order.only_outdated)?;
    if status.running.image_sha256 != order.image.image_sha256 {
        return None;
    }
    let valid = status.validation.state == ValidationState::Valid;
    Some((if valid { Ending::Proven } else { Ending::Unproven }, End::Skipped))
}

/// Nothing was sent, because it did not answer.
pub(super) fn is_away(verdict: &Verdict) -> bool {
    let no_answer = Why::Host(HostReason::NoAnswer);
    matches!(verdict, Verdict::Failed { step: Step::Preparing, cause } if cause.reason == no_answer)
}

pub(super) fn ending(verdict: &Verdict) -> Ending {
    match verdict {
        Verdict::Validated | Verdict::ValidatedInferred | Verdict::AlreadyRunning => Ending::Proven,
        Verdict::Refused(_) | Verdict::Sent => Ending::Unproven,
        Verdict::Failed { cause, .. } if cause.reason == Why::Host(HostReason::Cancelled) => Ending::Unproven,
        Verdict::RolledBack(_) | Verdict::Failed { .. } | Verdict::Lost { .. } => Ending::Failed,
    }
}
