//! What the snapshots of a job amount to as a row of the history: times, bytes and rate.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::air::PastAir;
use super::running::Entry;
use super::sampler::Sampler;
use super::{Course, Moment, PastDrill, PastEnd, PastRollout, What};
use crate::engine::{DrillResult, Happening, Job, Pace, Phase, Snapshot, Step, Verdict};

/// A job that is being recorded.
pub(super) struct Tracked {
    pub(super) entry: Entry,
    job: Arc<Job>,
    sampler: Sampler,
    /// What its attempts before this one have fetched.
    fetched_before: u64,
    /// What the device had when this attempt began.
    base: u32,
    /// What the device has by its own figures.
    written: u32,
}

/// What is new in a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Novelty {
    /// Nothing.
    None,
    /// Only figures: they are written with the next heartbeat.
    Progress,
    /// Something that must be written at once.
    Event,
    /// The same, and the device's log may explain it.
    Verdict,
}

impl Tracked {
    /// A job that is seen for the first time.
    pub(super) fn new(job: &Arc<Job>, rollout: Option<PastRollout>, now: SystemTime) -> Self {
        let mut tracked = Self {
            entry: Entry { rollout, ..opening(job) },
            job: Arc::clone(job),
            sampler: Sampler::new(job),
            fetched_before: 0,
            base: 0,
            written: 0,
        };
        tracked.follow(job, 0, now);
        tracked
    }

    /// Takes what has changed since the last look.
    pub(super) fn look(&mut self, job: &Arc<Job>, now: SystemTime) -> Novelty {
        if Arc::ptr_eq(&self.job, job) {
            return Novelty::None;
        }
        let before = std::mem::replace(&mut self.job, Arc::clone(job));
        self.follow(job, before.history.len(), now);
        if before.verdict != job.verdict {
            Novelty::Verdict
        } else if before.history.len() != job.history.len() || job.verdict.is_some() {
            Novelty::Event
        } else {
            Novelty::Progress
        }
    }

    /// Takes the figures of this moment, if it is time for a sample; what happened makes it time.
    pub(super) fn sample(&mut self, snapshot: &Snapshot, novelty: Novelty, now: SystemTime) {
        let Self { entry, job, sampler, .. } = self;
        if job.verdict.is_none() || novelty == Novelty::Verdict {
            let fetched = entry.bytes;
            sampler.look(&mut entry.course, (job, fetched), snapshot, now, novelty >= Novelty::Event);
        }
    }

    /// Whether it has no verdict yet.
    pub(super) fn is_running(&self) -> bool {
        self.job.verdict.is_none()
    }

    /// Takes what its drill has proven.
    pub(super) fn proves(&mut self, result: &DrillResult) {
        if let Some(drill) = &mut self.entry.drill {
            drill.result = Some(result.proof.as_str().to_owned());
            drill.recovery = result.recovery;
        }
    }

    /// Whether the device may have something to tell of its end.
    pub(super) fn wants_log(&self) -> bool {
        let verdict = self.job.verdict.as_ref();
        verdict.is_some_and(|verdict| !matches!(verdict, Verdict::AlreadyRunning | Verdict::Lost { .. }))
    }

    fn follow(&mut self, job: &Job, known: usize, now: SystemTime) {
        for happening in job.history.iter().skip(known) {
            self.count(happening);
            let at = if self.entry.timeline.is_empty() { job.started_at } else { now };
            self.entry.timeline.push(Moment { at, what: what(happening) });
        }
        if let Phase::Downloading(progress) = job.phase {
            self.written = self.written.max(progress.written);
        }
        self.entry.bytes = self.fetched_before + u64::from(self.written.saturating_sub(self.base));
        self.entry.air = PastAir::of(job);
        self.entry.pace = job.pace;
        if let Some(verdict) = &job.verdict {
            let same = self.entry.end.as_ref().is_some_and(|end| is_of(end, verdict));
            if !same {
                self.entry.end = Some(end(verdict, now));
            }
        }
        let until = self.entry.end.as_ref().map_or(now, |end| end.at);
        self.entry.rate = rate(self.entry.bytes, download_time(&self.entry.timeline, until));
    }

    fn count(&mut self, happening: &Happening) {
        match happening {
            Happening::Reached(at) => self.entry.served_at = Some(at.to_string()),
            Happening::Resumed(from) => {
                self.end_attempt();
                (self.base, self.written) = (*from, *from);
                self.entry.resumed_from = Some(*from);
            }
            Happening::PowerLost => self.end_attempt(),
            // The last figure before this step may not have been shown.
            Happening::Entered(step) if step.is_past_recall() => self.written = self.entry.size,
            _ => {}
        }
    }

    /// The next attempt begins at zero, unless the device says that it goes on.
    fn end_attempt(&mut self) {
        self.fetched_before += u64::from(self.written.saturating_sub(self.base));
        (self.base, self.written) = (0, 0);
    }
}

fn opening(job: &Job) -> Entry {
    let image = &job.image;
    Entry {
        number: None,
        device: job.device.to_string(),
        name: job.device_label.clone(),
        project: image.project.clone(),
        version: image.version.clone(),
        from_version: job.from_version.clone(),
        size: image.size,
        file_sha256: image.file_sha256.to_string(),
        image_sha256: image.image_sha256.to_string(),
        started: job.started_at,
        end: None,
        bytes: 0,
        rate: None,
        resumed_from: None,
        served_at: None,
        air: None,
        pace: Pace::default(),
        timeline: Vec::new(),
        rollout: None,
        course: Course::default(),
        drill: job.drill.map(|drill| PastDrill {
            method: drill.method.as_str().to_owned(),
            image_before: drill.image_before.to_string(),
            result: None,
            recovery: None,
        }),
        log: None,
    }
}

fn end(verdict: &Verdict, at: SystemTime) -> PastEnd {
    PastEnd {
        at,
        verdict: verdict.as_str().to_owned(),
        reason: verdict.reason().map(str::to_owned),
        detail: Some(verdict.detail().to_owned()),
        crash: verdict.crash().cloned(),
    }
}

fn is_of(end: &PastEnd, verdict: &Verdict) -> bool {
    end.verdict == verdict.as_str()
        && end.reason.as_deref() == verdict.reason()
        && end.detail.as_deref() == Some(verdict.detail())
}

/// Frozen words, with the figure behind them: histories are read for years.
fn what(happening: &Happening) -> What {
    What::Note(match happening {
        Happening::Entered(step) => return What::Phase(step.as_str().to_owned()),
        Happening::Reached(at) => format!("served_at {at}"),
        Happening::Pushes(_) => "pushed".to_owned(),
        Happening::Planned(plan) => {
            let bytes = plan.cost().map_or(plan.raw_bytes, |cost| cost.bytes);
            format!("planned {} {bytes}", plan.chosen)
        }
        // Why is a sentence, and those change.
        Happening::FellBack { from, to, .. } => format!("fell_back {from} {to}"),
        Happening::Resumed(from) => format!("resumed_from {from}"),
        Happening::PowerLost => "power_lost".to_owned(),
        Happening::SentAgain(percent) => format!("sent_again {percent}"),
        Happening::Withdrawn => "withdrawn".to_owned(),
        Happening::TooLateToCancel => "too_late_to_cancel".to_owned(),
        Happening::SeenAgain => "seen_again".to_owned(),
        Happening::Trusts(signers) => {
            format!("trusts {}", signers.iter().map(|it| it.to_string()).collect::<Vec<_>>().join(" "))
        }
    })
}

/// How long the device fetched, over all attempts.
fn download_time(timeline: &[Moment], until: SystemTime) -> Duration {
    let downloading = What::Phase(Step::Downloading.as_str().to_owned());
    let power_lost = what(&Happening::PowerLost);
    let mut since = None;
    let mut time = Duration::ZERO;
    for moment in timeline {
        let ends = matches!(moment.what, What::Phase(_)) || moment.what == power_lost;
        if let (true, Some(begun)) = (ends, since) {
            time += moment.at.duration_since(begun).unwrap_or_default();
            since = None;
        }
        if moment.what == downloading {
            since = Some(moment.at);
        }
    }
    time + since.map_or(Duration::ZERO, |begun| until.duration_since(begun).unwrap_or_default())
}

/// Nothing is told of a download that was over before it was seen.
fn rate(bytes: u64, time: Duration) -> Option<f64> {
    const SHORTEST: Duration = Duration::from_millis(10);
    // Images are far below the 2^52 that such a number holds exactly.
    #[allow(clippy::cast_precision_loss, reason = "see above")]
    let bytes = bytes as f64;
    (bytes > 0.0 && time >= SHORTEST).then(|| bytes / time.as_secs_f64())
}

#[cfg(test)]
mod tests;
