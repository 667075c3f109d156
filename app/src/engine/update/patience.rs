//! How long a device may be silent, stand still, or keep an image on probation, until it is given up.

use std::time::{Duration, Instant, SystemTime};

use super::{HostReason, Phase, Verdict};

/// How long the device may do what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// No sign at all, before the restart.
    pub(super) silence: Duration,
    /// No sign at all, from the restart on.
    pub(super) comeback: Duration,
    /// Answers, but no step and no byte further.
    pub(super) standstill: Duration,
    /// Answers from which something would have to be inferred that it has not said.
    pub(super) doubt: Duration,
    /// On probation without naming a deadline.
    pub(super) probation: Duration,
    /// Beyond the deadline it named.
    pub(super) margin: Duration,
}

impl Patience {
    /// The verdict on a device that has been silent, or has not moved, for so long; `None` if it still has time.
    pub(super) fn verdict(
        &self,
        phase: &Phase,
        silent: Duration,
        idle: Duration,
        now: Instant,
    ) -> Option<Verdict> {
        let step = phase.step();
        let may_be_silent = if step.is_past_recall() { self.comeback } else { self.silence };
        if silent >= may_be_silent {
            let last_seen = SystemTime::now().checked_sub(silent).unwrap_or(SystemTime::UNIX_EPOCH);
            return Some(Verdict::Lost { last_seen });
        }
        let (overdue, reason, detail) = match *phase {
            Phase::PendingValidation { deadline: Some(deadline) } => (
                now >= deadline + self.margin,
                HostReason::DeadlinePassed,
                "the device is still on probation, though its own deadline has passed",
            ),
            Phase::PendingValidation { deadline: None } => (
                idle >= self.probation,
                HostReason::DeadlinePassed,
                "the device has been on probation for too long, and names no deadline",
            ),
            _ => (
                idle >= self.standstill,
                HostReason::NoProgress,
                "the device answers, but the update does not move",
            ),
        };
        overdue.then(|| Verdict::failed(step, reason, detail))
    }
}
