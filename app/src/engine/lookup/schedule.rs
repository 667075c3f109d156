//! When a source is looked up again.

use std::time::Duration;

use crate::image::source::Setback;

/// When sources are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookupTiming {
    /// Between two lookups of a source that go well.
    pub every: Duration,
    /// After the first failure; each further one doubles it, up to `every`.
    pub retry: Duration,
    /// After a server took no more requests and did not say for how long.
    pub limited: Duration,
    /// Between two looks at what has become due, and at what is in the library.
    pub look: Duration,
}

impl Default for LookupTiming {
    fn default() -> Self {
        Self {
            every: Duration::from_secs(6 * 3600),
            retry: Duration::from_secs(5 * 60),
            limited: Duration::from_secs(3600),
            look: Duration::from_secs(3),
        }
    }
}

impl LookupTiming {
    /// How long to wait after a lookup that went well, or did not for the nth time in a row. `chance`, from 0 to 1,
    /// spreads them, so that not all computers come at once.
    pub(super) fn pause(&self, setback: Option<Setback>, failures: u32, chance: f64) -> Duration {
        let doubled = self.retry.saturating_mul(1 << failures.saturating_sub(1).min(16));
        match setback {
            None => self.every.mul_f64(0.9 + chance / 5.0),
            // Never before the time that the server names.
            Some(Setback::Limited(wait)) => wait.unwrap_or(self.limited).mul_f64(1.0 + chance / 10.0),
            Some(Setback::Offline | Setback::Wrong) => doubled.min(self.every).mul_f64(0.9 + chance / 5.0),
        }
    }
}

/// A number from 0 to 1. Nothing is lost if the operating system has none.
pub(super) fn chance() -> f64 {
    let mut byte = [0];
    getrandom::fill(&mut byte).map_or(0.5, |()| f64::from(byte[0]) / 255.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_tried_again_more_and_more_rarely() {
        let timing = LookupTiming::default();
        let minutes = |setback, failures, chance| timing.pause(setback, failures, chance).as_secs() / 60;
        assert_eq!([0.0, 0.5, 1.0].map(|chance| minutes(None, 0, chance)), [324, 360, 396]);
        let offline = |failures| minutes(Some(Setback::Offline), failures, 0.5);
        assert_eq!([1, 2, 3, 7, 40].map(offline), [5, 10, 20, 320, 360]);
        // Never early, whatever chance says.
        let limited = |wait, chance| minutes(Some(Setback::Limited(wait)), 1, chance);
        assert_eq!(limited(Some(Duration::from_secs(1800)), 0.0), 30);
        assert_eq!(limited(Some(Duration::from_secs(1800)), 1.0), 33);
        assert_eq!(limited(None, 0.0), 60);
        assert!((0.0..=1.0).contains(&chance()));
    }
}
