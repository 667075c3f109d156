//! When things happened in the updates of this session, as the window saw them.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::engine::{Happening, Job, JobId, Rollout, Snapshot, Step};
use crate::gui::figures::size;
use crate::gui::mark::{Look, Mark};

/// When what a job's history tells was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    happenings: Vec<SystemTime>,
    /// When the verdict was first seen.
    pub verdict: Option<SystemTime>,
}

impl Moments {
    /// Takes what is new in a job.
    pub fn follow(&mut self, job: &Job, now: SystemTime) {
        if self.happenings.is_empty() {
            self.happenings.push(job.started_at);
        }
        self.happenings.resize(job.history.len().max(1), now);
        if job.verdict.is_some() {
            self.verdict.get_or_insert(now);
        }
    }

    /// When the happening at this place was seen.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<SystemTime> {
        self.happenings.get(place).copied()
    }

    /// For how long the one at this place lasted.
    #[must_use]
    pub fn lasted(&self, place: usize) -> Option<Duration> {
        let until = self.at(place + 1).or(self.verdict)?;
        until.duration_since(self.at(place)?).ok()
    }

    /// From the begin to the verdict.
    #[must_use]
    pub fn took(&self) -> Option<Duration> {
        self.verdict?.duration_since(self.at(0)?).ok()
    }
}

/// A line of the events of a rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it was seen.
    pub at: SystemTime,
    /// How it is marked; without a look it is a mere step.
    pub look: Option<Look>,
    /// What happened.
    pub text: String,
}

/// What happened in a rollout, the newest first.
#[must_use]
pub fn events(engine: &Snapshot, rollout: &Rollout, moments: &BTreeMap<JobId, Moments>) -> Vec<Event> {
    let canary = rollout.members.iter().any(|member| member.canary);
    let begun = if canary { "Update started, canary first" } else { "Update started" };
    let mut events = vec![Event { at: rollout.started_at, look: None, text: begun.to_owned() }];
    for job in rollout.members.iter().filter_map(|member| engine.job(member.job?)) {
        if let Some(moments) = moments.get(&job.id) {
            events.extend(events_of(job, moments));
        }
    }
    // Of what was seen in one moment, the last happened last.
    events.reverse();
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    events
}

fn events_of(job: &Job, moments: &Moments) -> Vec<Event> {
    let told = job.history.iter().enumerate();
    let mut events: Vec<_> = told
        .filter_map(|(place, happening)| {
            let (look, text) = told_of(happening, job)?;
            Some(Event { at: moments.at(place)?, look, text })
        })
        .collect();
    if let (Some(verdict), Some(at)) = (&job.verdict, moments.verdict) {
        let look = Some(Mark::of_verdict(verdict).look());
        events.push(Event { at, look, text: super::statement(job, verdict) });
    }
    events
}

/// Preparing and offering are over before anybody reads of them.
fn told_of(happening: &Happening, job: &Job) -> Option<(Option<Look>, String)> {
    let (device, new) = (&job.device_label, &job.image.version);
    let step = |text: String| Some((None, text));
    match happening {
        Happening::Entered(Step::Preparing | Step::Offered)
        | Happening::Reached(_)
        | Happening::Planned(_) => None,
        Happening::Entered(Step::Downloading) => step(format!("{device} started downloading")),
        Happening::Entered(Step::Verifying) => {
            step(format!("{device} has {}, verifying", size(u64::from(job.image.size))))
        }
        Happening::Entered(Step::Rebooting) => step(format!("{device} verified, rebooting")),
        Happening::Entered(Step::PendingValidation) => {
            Some((Some(Look::Pending), format!("{device} booted {new}, pending validation")))
        }
        Happening::Pushes(_) => step(format!("{device} gets the image pushed")),
        Happening::FellBack { from, to, .. } => step(format!("{device} is sent {to} instead of {from}")),
        Happening::Resumed(at) => step(format!("{device} resumed at {}", size(u64::from(*at)))),
        Happening::PowerLost => step(format!("{device} lost power, offered again")),
        Happening::SentAgain(percent) => {
            step(format!("{device} was cut off at {percent}\u{202F}%, sending it again"))
        }
        Happening::Withdrawn => step(format!("{device} called back")),
        Happening::TooLateToCancel => step(format!("{device} had the whole image, too late to cancel")),
        Happening::SeenAgain => step(format!("{device} seen again")),
        Happening::Trusts(signers) => step(format!("{device} takes images of {signers} only")),
    }
}

/// Follows every job; those that are gone are forgotten.
pub(super) fn follow(all: &mut BTreeMap<JobId, Moments>, engine: &Snapshot, now: SystemTime) {
    for job in &engine.jobs {
        all.entry(job.id).or_default().follow(job, now);
    }
}

/// How far a probation is, from 0 to 1, if the device named its deadline.
#[must_use]
pub fn probation(job: &Job, moments: &Moments, now: crate::gui::state::Now) -> Option<f32> {
    let Mark::Pending(Some(deadline)) = Mark::of_phase(&job.phase) else { return None };
    let begun = moments.at(job.history.len().checked_sub(1)?)?;
    let elapsed = now.wall.duration_since(begun).ok()?.as_secs_f32();
    let left = deadline.saturating_duration_since(now.steady).as_secs_f32();
    Some(elapsed / (elapsed + left).max(0.001))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{job, rollout};
    use super::*;
    use crate::engine::Verdict;

    #[test]
    fn each_happening_has_the_time_at_which_it_was_first_seen() {
        let mut job = job(1, "lamp");
        let at = |seconds| job.started_at + Duration::from_secs(seconds);
        let times = [at(0), at(1), at(4), at(9)];
        let mut moments = Moments::default();
        moments.follow(&job, times[1]);
        job.history.push(Happening::Entered(Step::Downloading));
        moments.follow(&job, times[2]);
        moments.follow(&job, times[3]);
        assert_eq!((moments.at(0), moments.at(1), moments.at(2)), (Some(times[0]), Some(times[2]), None));
        job.verdict = Some(Verdict::Validated);
        moments.follow(&job, times[3]);
        moments.follow(&job, times[3] + Duration::from_secs(5));
        assert_eq!(moments.lasted(1), Some(Duration::from_secs(5)));
        assert_eq!(moments.took(), Some(Duration::from_secs(9)));
    }

    #[test]
    fn events_have_the_newest_first_and_leave_out_what_passes_at_once() {
        let mut job = job(1, "lamp");
        job.history.push(Happening::Entered(Step::Downloading));
        job.verdict = Some(Verdict::Validated);
        let mut moments = BTreeMap::new();
        let now = job.started_at + Duration::from_secs(3);
        let rollout = rollout(&[&job]);
        let engine = Snapshot { jobs: vec![std::sync::Arc::new(job)], ..Snapshot::default() };
        follow(&mut moments, &engine, now);
        let events = events(&engine, &rollout, &moments);
        let texts: Vec<_> = events.iter().map(|event| event.text.as_str()).collect();
        assert_eq!(texts, ["lamp validated 2.0.0", "lamp started downloading", "Update started"]);
        assert_eq!(events[0].look, Some(Look::Valid));
    }
}
