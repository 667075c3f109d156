//! A rollout, as it is shown: plain data.

use std::time::SystemTime;

use skylift_protocol::Id;

use super::prepare::Preparation;
use super::rules::{Limits, Stopped};
use crate::engine::plan::Airtime;
use crate::engine::snapshot::JobId;
use crate::engine::target::Target;
use crate::engine::update::{JobImage, Verdict};

/// Names a rollout of one engine; counts up from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RolloutId(pub u64);

/// A rollout, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// Its number.
    pub id: RolloutId,
    /// The image.
    pub image: JobImage,
    /// How many at a time, and when it stops.
    pub limits: Limits,
    /// When it was asked for.
    pub started_at: SystemTime,
    /// The devices, in the order in which they were named.
    pub members: Vec<Member>,
    /// How many are how far.
    pub counts: Counts,
    /// Bytes that were sent to all of them so far.
    pub airtime: Airtime,
    /// Why nothing begins any more, if nothing does.
    pub stopped: Option<Stopped>,
    /// The user has paused it: devices wait, and nothing begins until it is continued.
    pub paused: bool,
    /// Whether each device has its result. That of a lost one may still be corrected.
    pub ended: bool,
}

/// A device of a rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// What the user called it.
    pub target: Target,
    /// Its id, once it is known.
    pub device: Option<Id>,
    /// What people call it.
    pub label: String,
    /// Whether it goes first.
    pub canary: bool,
    /// Its update; the last one, if it went away and came back.
    pub job: Option<JobId>,
    /// What came of telling it to erase ahead, if it was told.
    pub preparation: Option<Preparation>,
    /// How far it is.
    pub state: MemberState,
}

/// How far a device of a rollout is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// It does not answer, and is waited for.
    Away,
    /// It waits for its turn.
    Waiting,
    /// It is being updated.
    Running,
    /// It has its result.
    Ended(End),
}

/// The one result of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The verdict of its update.
    Verdict(Verdict),
    /// It runs this very image already, and was left out.
    Skipped,
    /// Its update did not begin.
    NotStarted(NotStarted),
}

/// Why the update of a device did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStarted {
    /// The rollout was stopped before.
    Stopped(Stopped),
    /// This engine updates it already.
    Busy,
    /// It is in the rollout under another name.
    Twice,
    /// Nobody knows it.
    Unknown,
    /// It is a Jaguar device: each of them needs an image of its own.
    Jaguar,
}

/// How many devices are how far. Each is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not there yet.
    pub away: usize,
    /// Their turn has not come.
    pub waiting: usize,
    /// Being updated.
    pub running: usize,
    /// They run the new image, and have kept it.
    pub validated: usize,
    /// They ran it already; nothing was sent. Those that were left out for it count here.
    pub already: usize,
    /// Back on the old image.
    pub rolled_back: usize,
    /// Refused; nothing was written.
    pub refused: usize,
    /// Failed on the way.
    pub failed: usize,
    /// Out of sight.
    pub lost: usize,
    /// Not begun.
    pub not_started: usize,
}

impl Stopped {
    /// Its word, as in JSON output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CanaryFailed => "canary_failed",
            Self::CanaryUnproven => "canary_unproven",
            Self::Failures => "failures",
            Self::Cancelled => "cancelled",
        }
    }

    /// The sentence that explains it.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        match self {
            Self::CanaryFailed => "the canary failed, so the others were not begun",
            Self::CanaryUnproven => "no canary could try the image, so the others were not begun",
            Self::Failures => "too many devices failed, so no more were begun",
            Self::Cancelled => "the rollout was cancelled before its turn came",
        }
    }
}

impl NotStarted {
    /// Its word, as in JSON output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stopped(why) => why.as_str(),
            Self::Busy => "already_updating",
            Self::Twice => "named_twice",
            Self::Unknown => "not_found",
            Self::Jaguar => "jaguar",
        }
    }

    /// The sentence that explains it.
    #[must_use]
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Stopped(why) => why.detail(),
            Self::Busy => "the device is being updated already",
            Self::Twice => "the device is in this rollout under another name",
            Self::Unknown => "the device is not known",
            Self::Jaguar => "each Jaguar device needs an image of its own: update it by itself",
        }
    }
}

impl Counts {
    pub(super) fn of(members: &[Member]) -> Self {
        let mut counts = Self::default();
        for member in members {
            *counts.of_state(&member.state) += 1;
        }
        counts
    }

    fn of_state(&mut self, state: &MemberState) -> &mut usize {
        match state {
            MemberState::Away => &mut self.away,
            MemberState::Waiting => &mut self.waiting,
            MemberState::Running => &mut self.running,
            MemberState::Ended(End::Skipped | End::Verdict(Verdict::AlreadyRunning)) => &mut self.already,
            MemberState::Ended(End::Verdict(
                Verdict::Validated | Verdict::ValidatedInferred | Verdict::Sent,
            )) => &mut self.validated,
            MemberState::Ended(End::Verdict(Verdict::RolledBack(_))) => &mut self.rolled_back,
            MemberState::Ended(End::Verdict(Verdict::Refused(_))) => &mut self.refused,
            MemberState::Ended(End::Verdict(Verdict::Failed { .. })) => &mut self.failed,
            MemberState::Ended(End::Verdict(Verdict::Lost { .. })) => &mut self.lost,
            MemberState::Ended(End::NotStarted(_)) => &mut self.not_started,
        }
    }
}
