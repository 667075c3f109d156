//! What every page tells of the updates that run, summed up once a snapshot: how many, how fast, and who must not lose
//! power.

use std::sync::Arc;
use std::time::Instant;

use super::mark::Mark;
use crate::engine::Job;

/// The updates that have no verdict yet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Running {
    /// How many they are.
    pub count: usize,
    /// Bytes a second of all that download.
    pub rate: f64,
    /// Those on probation; absent while there is none.
    pub probation: Option<Probation>,
}

/// Devices that run an image on probation.
#[derive(Clone, Debug, PartialEq)]
pub struct Probation {
    /// What people call the first of them.
    pub first: String,
    /// How many others there are.
    pub others: usize,
    /// When the first rolls back, if it named that.
    pub until: Option<Instant>,
    /// When any of them rolls back, of those that named it.
    pub deadlines: Vec<Instant>,
}

impl Running {
    pub(super) fn of(jobs: &[Arc<Job>]) -> Self {
        let mut running = Self::default();
        for job in jobs.iter().filter(|job| job.verdict.is_none()) {
            running.count += 1;
            running.rate += job.phase.progress().and_then(|progress| progress.rate).unwrap_or_default();
            if let Mark::Pending(deadline) = Mark::of_phase(&job.phase) {
                running.take(job, deadline);
            }
        }
        running
    }

    fn take(&mut self, job: &Job, deadline: Option<Instant>) {
        match &mut self.probation {
            Some(probation) => {
                probation.others += 1;
                probation.deadlines.extend(deadline);
            }
            None => {
                let first = job.device_label.clone();
                let deadlines = deadline.into_iter().collect();
                self.probation = Some(Probation { first, others: 0, until: deadline, deadlines });
            }
        }
    }
}

impl Probation {
    /// `lamp`, or `lamp and 2 more`.
    #[must_use]
    pub fn who(&self) -> String {
        match self.others {
            0 => self.first.clone(),
            others => format!("{} and {others} more", self.first),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::{Phase, Progress, Verdict};
    use crate::gui::updates::sample::job;

    #[test]
    fn only_what_has_no_verdict_runs() {
        let mut jobs = ["lamp", "door", "porch", "shed"].map(|name| job(1, name));
        let progress = Progress { written: 1, total: 9, rate: Some(1024.0) };
        let deadline = Instant::now() + Duration::from_secs(9);
        jobs[0].phase = Phase::Downloading(progress);
        jobs[1].phase = Phase::PendingValidation { deadline: None };
        jobs[2].phase = Phase::PendingValidation { deadline: Some(deadline) };
        jobs[3].phase = Phase::Downloading(progress);
        jobs[3].verdict = Some(Verdict::Validated);
        let running = Running::of(&jobs.map(Arc::new));
        assert_eq!((running.count, running.rate), (3, 1024.0));
        let probation = running.probation.unwrap();
        assert_eq!((probation.who().as_str(), probation.until), ("door and 1 more", None));
        assert_eq!(probation.deadlines, [deadline]);
    }
}
