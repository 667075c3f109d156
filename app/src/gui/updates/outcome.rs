//! How far the devices of a rollout are, as the board counts and filters them.

use crate::engine::{End, Job, Member, MemberState, Rollout, Snapshot, Verdict};
use crate::gui::mark::{Grey, Look, Mark};

/// How far a device of a rollout is, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Runs the new image, and has kept it; also if it did before.
    Validated,
    /// Took it, and cannot tell what became of it.
    Sent,
    /// Runs it on probation.
    Pending,
    /// Is on its way.
    Updating,
    /// Runs the old image again.
    RolledBack,
    /// Stopped on its way.
    Failed,
    /// Took nothing.
    Refused,
    /// Was called back.
    Cancelled,
    /// Went out of sight.
    Lost,
    /// Does not answer, and is waited for.
    Away,
    /// Waits for its turn.
    Waiting,
    /// Never began.
    NotBegun,
}

impl Outcome {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 12] = [
        Self::Validated,
        Self::Sent,
        Self::Pending,
        Self::Updating,
        Self::RolledBack,
        Self::Failed,
        Self::Refused,
        Self::Cancelled,
        Self::Lost,
        Self::Away,
        Self::Waiting,
        Self::NotBegun,
    ];

    /// That of a device; `job` is its update.
    #[must_use]
    pub fn of(member: &Member, job: Option<&Job>) -> Self {
        match &member.state {
            MemberState::Away => Self::Away,
            MemberState::Waiting => Self::Waiting,
            MemberState::Running => match job.map(Mark::of_job) {
                Some(Mark::Pending(_)) => Self::Pending,
                _ => Self::Updating,
            },
            MemberState::Ended(End::Skipped) => Self::Validated,
            MemberState::Ended(End::NotStarted(_)) => Self::NotBegun,
            MemberState::Ended(End::Verdict(verdict)) => Self::of_verdict(verdict),
        }
    }

    fn of_verdict(verdict: &Verdict) -> Self {
        match Mark::of_verdict(verdict) {
            Mark::RolledBack => Self::RolledBack,
            Mark::Refused => Self::Refused,
            Mark::Cancelled => Self::Cancelled,
            Mark::Lost => Self::Lost,
            Mark::Failed => Self::Failed,
            Mark::Sent => Self::Sent,
            _ => Self::Validated,
        }
    }

    /// Its look, and its word behind a count.
    #[must_use]
    pub const fn shown(self) -> (Look, &'static str) {
        match self {
            Self::Validated => (Look::Valid, "validated"),
            Self::Sent => (Look::Grey(Grey::Lost), "sent"),
            Self::Pending => (Look::Pending, "pending"),
            Self::Updating => (Look::Updating, "updating"),
            Self::RolledBack => (Look::RolledBack, "rolled back"),
            Self::Failed => (Look::Failed, "failed"),
            Self::Refused => (Look::Grey(Grey::Refused), "refused"),
            Self::Cancelled => (Look::Grey(Grey::Cancelled), "cancelled"),
            Self::Lost => (Look::Grey(Grey::Lost), "lost"),
            Self::Away => (Look::Grey(Grey::Offline), "away"),
            Self::Waiting => (Look::Grey(Grey::Waiting), "waiting"),
            Self::NotBegun => (Look::Grey(Grey::Cancelled), "not begun"),
        }
    }
}

/// The update of a device of a rollout.
#[must_use]
pub fn job_of<'s>(engine: &'s Snapshot, member: &Member) -> Option<&'s Job> {
    engine.job(member.job?).map(AsRef::as_ref)
}

/// How many devices have each outcome; those that nobody has are left out.
#[must_use]
pub fn counts(engine: &Snapshot, rollout: &Rollout) -> Vec<(Outcome, usize)> {
    let outcomes: Vec<_> =
        rollout.members.iter().map(|member| Outcome::of(member, job_of(engine, member))).collect();
    let count = |outcome| outcomes.iter().filter(|other| **other == outcome).count();
    Outcome::ALL
        .map(|outcome| (outcome, count(outcome)))
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect()
}
