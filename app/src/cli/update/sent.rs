//! How much went over the air, and how long that took.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::figures;
use crate::engine::{Happening, Job, Step};

/// What was sent to some devices, as far as their updates say.
#[derive(Debug, Default)]
pub(super) struct Sent {
    began: Option<Instant>,
    ended: Option<Instant>,
    bytes: u64,
}

impl Sent {
    /// Looks at the updates after each change.
    pub(super) fn look(&mut self, jobs: &[&Arc<Job>]) {
        let bytes = jobs.iter().map(|job| u64::from(bytes_of(job))).sum();
        if jobs.iter().any(|job| job.steps().any(|step| step == Step::Downloading)) {
            self.began.get_or_insert_with(Instant::now);
        }
        if bytes > self.bytes {
            self.bytes = bytes;
            self.ended = Some(Instant::now());
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// From the first device's first byte to the last one's last.
    pub(super) fn time(&self) -> Duration {
        match (self.began, self.ended) {
            (Some(began), Some(ended)) => ended.saturating_duration_since(began),
            _ => Duration::ZERO,
        }
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bytes == 0 {
            return f.write_str("nothing sent");
        }
        let size = figures::size(u32::try_from(self.bytes).unwrap_or(u32::MAX));
        write!(f, "sent {size} in {:.1} s", self.time().as_secs_f64())
    }
}

/// What a device has of its image that it did not have before.
fn bytes_of(job: &Job) -> u32 {
    let resumed = job.history.iter().rev().find_map(|happening| match happening {
        Happening::Resumed(from) => Some(*from),
        _ => None,
    });
    let written = if job.steps().any(Step::is_past_recall) {
        job.image.size
    } else {
        job.phase.progress().map_or(0, |progress| progress.written)
    };
    written.saturating_sub(resumed.unwrap_or(0))
}
