//! How much went over the air, and how long that took.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::airtime;
use crate::engine::{Airtime, Job};

/// What was sent to some devices, as far as their updates say.
#[derive(Debug, Default)]
pub(super) struct Sent {
    began: Option<Instant>,
    ended: Option<Instant>,
    airtime: Airtime,
}

impl Sent {
    /// Looks at the updates after each change.
    pub(super) fn look(&mut self, jobs: &[&Arc<Job>]) {
        let mut airtime = Airtime::default();
        jobs.iter().for_each(|job| airtime += job.airtime());
        if jobs.iter().any(|job| job.sending.is_some()) {
            self.began.get_or_insert_with(Instant::now);
        }
        if airtime.sent > self.airtime.sent {
            self.airtime = airtime;
            self.ended = Some(Instant::now());
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.airtime.sent
    }

    /// From the first device's order to the last byte of the last one.
    pub(super) fn time(&self) -> Duration {
        match (self.began, self.ended) {
            (Some(began), Some(ended)) => ended.saturating_duration_since(began),
            _ => Duration::ZERO,
        }
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.airtime.sent == 0 {
            return f.write_str("nothing sent");
        }
        let (size, seconds) = (airtime::size(self.airtime.sent), self.time().as_secs_f64());
        match self.airtime.saved_percent() {
            Some(percent) => write!(f, "sent {size} in {seconds:.1} s, saves {percent} %"),
            _ => write!(f, "sent {size} in {seconds:.1} s"),
        }
    }
}
