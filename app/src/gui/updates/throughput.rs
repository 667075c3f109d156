//! What went over the air, second by second: of all devices of a rollout, and of each.

use std::collections::BTreeMap;
use std::time::Instant;

use crate::engine::JobId;

/// Seconds between two figures.
const STEP: f64 = 0.5;
/// Older figures are dropped beyond so many: an hour.
const MOST: usize = 7200;
/// More single devices cannot be told apart, and are not drawn.
const SINGLES: usize = 32;

/// Seconds since the begin, and KiB a second.
type Point = [f64; 2];

/// The rate of one rollout, over its time.
#[derive(Clone, Debug, Default)]
pub struct Throughput {
    began: Option<Instant>,
    total: Series,
    singles: BTreeMap<JobId, Series>,
}

/// One curve.
#[derive(Clone, Debug, Default)]
struct Series {
    /// When a figure was last taken, and the bytes at that time.
    last: Option<(f64, u64)>,
    points: Vec<Point>,
}

impl Series {
    fn take(&mut self, at: f64, bytes: u64) {
        let (before, had) = *self.last.get_or_insert((at, bytes));
        let past = at - before;
        if past < STEP {
            return;
        }
        // A device that begins again has less than before.
        let rate = bytes.saturating_sub(had) as f64 / past / 1024.0;
        self.points.push([at, rate]);
        self.last = Some((at, bytes));
        let surplus = self.points.len().saturating_sub(MOST);
        self.points.drain(..surplus);
    }
}

impl Throughput {
    /// Takes the bytes in the flash of each device at this moment, and of all together.
    pub fn take(&mut self, now: Instant, total: u64, singles: impl Iterator<Item = (JobId, u64)>) {
        let began = *self.began.get_or_insert(now);
        let at = now.saturating_duration_since(began).as_secs_f64();
        self.total.take(at, total);
        for (job, bytes) in singles {
            if self.singles.len() < SINGLES || self.singles.contains_key(&job) {
                self.singles.entry(job).or_default().take(at, bytes);
            }
        }
    }

    /// That of all devices.
    #[must_use]
    pub fn total(&self) -> &[Point] {
        &self.total.points
    }

    /// That of each, if there are several.
    pub fn singles(&self) -> impl Iterator<Item = &[Point]> {
        let several = self.singles.len() > 1;
        self.singles.values().filter(move |_| several).map(|series| series.points.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_rate_is_what_was_written_in_between() {
        let mut throughput = Throughput::default();
        let begin = Instant::now();
        for (milliseconds, kib) in [(0, 0), (200, 10), (500, 50), (1000, 50), (1500, 0)] {
            let at = begin + Duration::from_millis(milliseconds);
            throughput.take(at, kib * 1024, std::iter::empty());
        }
        assert_eq!(throughput.total(), [[0.5, 100.0], [1.0, 0.0], [1.5, 0.0]]);
    }

    #[test]
    fn a_device_that_comes_later_has_its_own_curve() {
        let mut throughput = Throughput::default();
        let begin = Instant::now();
        let [one, other] = [JobId(1), JobId(2)];
        throughput.take(begin, 0, [(one, 0)].into_iter());
        assert_eq!(throughput.singles().count(), 0);
        let bytes = |kib: u64| kib * 1024;
        throughput.take(
            begin + Duration::from_secs(1),
            bytes(10),
            [(one, bytes(10)), (other, 0)].into_iter(),
        );
        throughput.take(
            begin + Duration::from_secs(2),
            bytes(40),
            [(one, bytes(20)), (other, bytes(20))].into_iter(),
        );
        let singles: Vec<_> = throughput.singles().collect();
        assert_eq!(singles, [&[[1.0, 10.0], [2.0, 10.0]][..], &[[2.0, 20.0]][..]]);
        // Nobody could tell more apart.
        let many = (10..1000).map(|number| (JobId(number), 0));
        throughput.take(begin + Duration::from_secs(3), bytes(40), many);
        assert_eq!(throughput.singles().count(), SINGLES);
    }
}
