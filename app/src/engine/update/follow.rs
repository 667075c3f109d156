//! Following a device through an update: what its answers prove, and what they do not.
//!
//! Pure: answers and moments go in, phases and the verdict come out. `Validated` is given in one place only, in
//! [`Follow::judge_new`].

use std::time::{Duration, Instant};

use skylift_protocol::{
    Digest, Event, LastEnd, OrderId, Outcome, Phase as DevicePhase, Progress as Figures, Status,
    ValidationState,
};

use super::doubt::Doubt;
use super::patience::Patience;
use super::rate::RateMeter;
use super::{Cause, NewSigners, Phase, Progress, Step, Verdict, Why};
use crate::engine::sighting::Sighting;
use crate::engine::text::printable;

/// What the device was asked to do.
#[derive(Clone, Debug)]
pub(super) struct Goal {
    pub(super) order_id: OrderId,
    pub(super) image_sha256: Digest,
    /// Bytes of the file.
    pub(super) size: u32,
    /// Whom the device is to trust with the image.
    pub(super) trust: Option<NewSigners>,
}

/// What an answer brought.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Transition {
    /// The update is further.
    Phase(Phase),
    /// It has ended.
    Ended(Verdict),
}

/// What one answer says.
enum Finding {
    At(Phase),
    /// The new image runs, and nobody saw the restart into it.
    MissedRestart,
    End(Verdict),
    Doubtful(Doubt),
}

/// The state of one order on one device.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Follow {
    goal: Goal,
    before: Sighting,
    patience: Patience,
    phase: Phase,
    rate: RateMeter,
    saw_new_image: bool,
    /// When the restart began, if that was seen.
    gone: Option<Instant>,
    /// From there until the new image answered.
    restart: Option<Duration>,
    doubt: Option<(Doubt, Instant)>,
    last_sign: Instant,
    last_move: Instant,
}

impl Follow {
    /// Begins with the answer that was the last before the order.
    pub(super) fn new(goal: Goal, before: Sighting, patience: Patience, now: Instant) -> Self {
        Self {
            goal,
            before,
            patience,
            phase: Phase::Offered,
            rate: RateMeter::default(),
            saw_new_image: false,
            gone: None,
            restart: None,
            doubt: None,
            last_sign: now,
            last_move: now,
        }
    }

    pub(super) fn step(&self) -> Step {
        self.phase.step()
    }

    /// How long the restart took until the new image answered, if both were seen.
    pub(super) const fn restart(&self) -> Option<Duration> {
        self.restart
    }

    /// Takes an answer. To be called with the same one until it brings nothing more.
    pub(super) fn observe(&mut self, sighting: &Sighting) -> Option<Transition> {
        let now = sighting.answered;
        self.last_sign = now;
        match self.judge(sighting) {
            Finding::End(verdict) => Some(Transition::Ended(verdict)),
            Finding::At(phase) => {
                self.doubt = None;
                self.advance(phase, now)
            }
            Finding::MissedRestart => {
                self.doubt = None;
                let moved = self.advance(Phase::Rebooting, now);
                self.gone = None;
                moved
            }
            Finding::Doubtful(doubt) => self.doubt(doubt, sighting),
        }
    }

    /// Takes an event. Events show the way, but prove nothing: what came of it is asked for.
    pub(super) fn event(&mut self, event: &Event, now: Instant) -> Option<Transition> {
        self.last_sign = now;
        let phase = self.phase_at_work(event.phase, event.progress.as_ref(), now)?;
        self.advance(phase, now)
    }

    /// The device did not answer. Once it has the whole image, that is its restart.
    pub(super) fn out_of_sight(&mut self, now: Instant) -> Option<Transition> {
        let whole = self.phase.progress().is_some_and(|progress| progress.written >= progress.total);
        if whole || self.step() == Step::Verifying { self.advance(Phase::Rebooting, now) } else { None }
    }

    /// The verdict when patience has run out.
    pub(super) fn give_up(&self, now: Instant) -> Option<Verdict> {
        let silent = now.saturating_duration_since(self.last_sign);
        let idle = now.saturating_duration_since(self.last_move);
        self.patience.verdict(&self.phase, silent, idle, now)
    }

    fn judge(&self, sighting: &Sighting) -> Finding {
        let status = &sighting.status;
        let runs_new = status.running.image_sha256 == self.goal.image_sha256;
        let restarted = self.has_restarted(sighting);
        match self.told_end(status, restarted) {
            Some(end) => self.judge_told(end, sighting, runs_new, restarted),
            None if runs_new => self.judge_new(sighting, restarted),
            None => self.judge_old(sighting, restarted),
        }
    }

    /// The device says how the order ended. That counts unless the image it runs says otherwise.
    fn judge_told(&self, end: &LastEnd, sighting: &Sighting, runs_new: bool, restarted: bool) -> Finding {
        let runs_old = sighting.status.running.image_sha256 == self.before.status.running.image_sha256;
        match end.outcome {
            Outcome::Validated if runs_new => self.judge_new(sighting, restarted),
            Outcome::Validated => Finding::Doubtful(Doubt::FalseSuccess),
            _ if runs_new => Finding::Doubtful(Doubt::FalseFailure),
            _ if !runs_old => Finding::Doubtful(Doubt::OtherImageRuns),
            Outcome::RolledBack if restarted => Finding::End(Verdict::RolledBack(told_cause(end))),
            Outcome::RolledBack => Finding::Doubtful(Doubt::NoRestart),
            Outcome::Refused => Finding::End(Verdict::Refused(told_cause(end))),
            Outcome::Failed => Finding::End(Verdict::Failed { step: self.step(), cause: told_cause(end) }),
            Outcome::Unknown => self.judge_old(sighting, restarted),
        }
    }

    /// The new image runs, or so the device says.
    fn judge_new(&self, sighting: &Sighting, restarted: bool) -> Finding {
        if !restarted {
            return Finding::Doubtful(Doubt::NoRestart);
        }
        if self.step() < Step::Rebooting {
            return Finding::MissedRestart;
        }
        match sighting.status.validation.state {
            ValidationState::Valid if !self.trusts_as_ordered(&sighting.status) => {
                Finding::Doubtful(Doubt::OldSigners)
            }
            ValidationState::Valid => Finding::End(Verdict::Validated),
            ValidationState::Pending => {
                Finding::At(Phase::PendingValidation { deadline: self.deadline(sighting) })
            }
            ValidationState::Untracked | ValidationState::Unknown => Finding::Doubtful(Doubt::Untracked),
        }
    }

    /// Whether the signers that came with the image are those that the device trusts now.
    fn trusts_as_ordered(&self, status: &Status) -> bool {
        let trusted = status.policy.as_ref().and_then(|policy| policy.signers.as_ref());
        self.goal.trust.is_none_or(|ordered| trusted.is_some_and(|trusted| ordered.are(trusted)))
    }

    /// The new image does not run, and the device has not said what became of the order.
    fn judge_old(&self, sighting: &Sighting, restarted: bool) -> Finding {
        let status = &sighting.status;
        if let Some(phase) = self.phase_at_work(status.phase, status.progress.as_ref(), sighting.answered) {
            return Finding::At(phase);
        }
        if status.running.image_sha256 != self.before.status.running.image_sha256 {
            return Finding::Doubtful(Doubt::OtherImageRuns);
        }
        Finding::Doubtful(match (restarted, self.saw_new_image) {
            (true, true) => Doubt::SilentReturn,
            (true, false) => Doubt::OldImageRuns,
            (false, _) => Doubt::OrderDropped,
        })
    }

    /// The phase that the device names, if it works on this order.
    fn phase_at_work(&self, phase: DevicePhase, figures: Option<&Figures>, now: Instant) -> Option<Phase> {
        if figures.is_some_and(|figures| figures.order_id != self.goal.order_id) {
            return None;
        }
        match phase {
            DevicePhase::Checking => Some(Phase::Offered),
            DevicePhase::Downloading => Some(Phase::Downloading(self.progress(figures, now))),
            DevicePhase::Verifying => Some(Phase::Verifying),
            DevicePhase::Rebooting => Some(Phase::Rebooting),
            DevicePhase::Idle
            | DevicePhase::PendingValidation
            | DevicePhase::Preparing
            | DevicePhase::Unknown => None,
        }
    }

    /// Events and answers overtake each other, so figures never go back.
    fn progress(&self, figures: Option<&Figures>, now: Instant) -> Progress {
        let before = self.phase.progress();
        let total = self.goal.size;
        let told = figures.map_or(0, |figures| figures.written.min(total));
        let written = told.max(before.map_or(0, |before| before.written));
        let rate = self.rate.clone().take(written, now);
        Progress { written, total, rate }
    }

    /// The end that the device tells of this very order, not of an earlier one.
    fn told_end<'s>(&self, status: &'s Status, restarted: bool) -> Option<&'s LastEnd> {
        let end = status.last_end.as_ref()?;
        let ours = match &end.order_id {
            Some(order_id) => *order_id == self.goal.order_id,
            // A device without a journal forgets the id over a restart. What it said before the order was not about it.
            None => {
                let of_this_image = end.image_sha256.is_none_or(|digest| digest == self.goal.image_sha256);
                // Nor does it know which image it gave up: after a power cut it may tell an older end in new words.
                let has_it = end.image_sha256.is_some() || self.lies_in_a_slot(status);
                let is_new = has_it && self.before.status.last_end.as_ref() != Some(end);
                restarted && of_this_image && (is_new || self.step() >= Step::Rebooting)
            }
        };
        ours.then_some(end)
    }

    /// Whether the new image is whole in one of the device's slots.
    fn lies_in_a_slot(&self, status: &Status) -> bool {
        status.slots.iter().any(|slot| slot.image_sha256 == Some(self.goal.image_sha256))
    }

    /// Whether the device has started anew since the order.
    fn has_restarted(&self, sighting: &Sighting) -> bool {
        let (before, now) = (&self.before.status, &sighting.status);
        // After a power cut the count begins anew: a device that had just started looks the same by it.
        if let (Some(before), Some(now)) = (before.boot_id, now.boot_id) {
            return before != now;
        }
        if now.boot_count != before.boot_count || now.uptime_s < before.uptime_s {
            return true;
        }
        // The count begins anew with each power-on, and uptime may have overtaken what it was.
        let apart = sighting.asked.saturating_duration_since(self.before.answered).as_secs();
        let slack = 2 + apart / 20;
        u64::from(now.uptime_s) + slack < u64::from(before.uptime_s) + apart
    }

    /// The moment the device means, kept steady against the rounding of its seconds.
    fn deadline(&self, sighting: &Sighting) -> Option<Instant> {
        let told = sighting.answered + Duration::from_secs(sighting.status.validation.deadline_s?.into());
        let Phase::PendingValidation { deadline: Some(known) } = self.phase else { return Some(told) };
        let apart = told.saturating_duration_since(known).max(known.saturating_duration_since(told));
        Some(if apart < Duration::from_secs(3) { known } else { told })
    }

    /// Steps are only ever taken forward.
    fn advance(&mut self, phase: Phase, now: Instant) -> Option<Transition> {
        if phase.step() < self.step() || phase == self.phase {
            return None;
        }
        let progress = phase.progress();
        let moved = phase.step() > self.step()
            || progress.map(|progress| progress.written)
                != self.phase.progress().map(|before| before.written);
        if moved {
            self.last_move = now;
        }
        match phase.step() {
            Step::Rebooting => self.gone = Some(now),
            Step::PendingValidation if self.step() < Step::PendingValidation => {
                self.restart = self.gone.map(|gone| now.saturating_duration_since(gone));
            }
            _ => {}
        }
        if let Some(progress) = progress {
            self.rate.take(progress.written, now);
        }
        self.saw_new_image |= phase.step() == Step::PendingValidation;
        self.phase = phase;
        Some(Transition::Phase(phase))
    }

    /// A doubt becomes the verdict when it lasts.
    fn doubt(&mut self, doubt: Doubt, sighting: &Sighting) -> Option<Transition> {
        let now = sighting.answered;
        match self.doubt {
            Some((same, since)) if same == doubt => {
                let lasts = now.saturating_duration_since(since) >= self.patience.doubt;
                lasts.then(|| Transition::Ended(doubt.verdict(self.step(), &sighting.status)))
            }
            _ => {
                self.doubt = Some((doubt, now));
                None
            }
        }
    }
}

fn told_cause(end: &LastEnd) -> Cause {
    let reason = end.reason.unwrap_or(skylift_protocol::Reason::Unknown);
    let detail = if end.detail.is_empty() { "the device gives no detail" } else { end.detail.as_str() };
    Cause { crash: end.crash.clone().map(Box::new), ..Cause::new(Why::Device(reason), printable(detail)) }
}

#[cfg(test)]
mod tests;
