//! The axis of a timeline: which times are written under it, and where a moment is.

use std::time::{Duration, SystemTime};

/// Steps that people read easily, in seconds.
const STEPS: [u64; 16] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];
/// More would touch each other.
const MOST: u64 = 6;

/// The time between two marks.
#[must_use]
pub fn step(total: Duration) -> Duration {
    let fits = |step: &u64| total.as_secs() / step <= MOST;
    Duration::from_secs(
        STEPS.into_iter().find(fits).unwrap_or(86_400 * (total.as_secs() / 86_400 / MOST + 1)),
    )
}

/// The marks, from zero.
pub fn marks(total: Duration) -> impl Iterator<Item = Duration> {
    let step = step(total);
    (0..).map(move |mark| step.saturating_mul(mark)).take_while(move |mark| *mark <= total)
}

/// Where a moment is: 0 at the begin, 1 at the end.
#[must_use]
pub fn share(begin: SystemTime, total: Duration, at: SystemTime) -> f32 {
    let past = at.duration_since(begin).unwrap_or_default().as_secs_f32();
    (past / total.as_secs_f32().max(0.001)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_few_and_round() {
        let marks = |seconds| -> Vec<u64> {
            super::marks(Duration::from_secs(seconds)).map(|mark| mark.as_secs()).collect()
        };
        assert_eq!(marks(0), [0]);
        assert_eq!(marks(6), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(marks(182), [0, 30, 60, 90, 120, 150, 180]);
        assert_eq!(marks(40 * 86_400).len(), 6);
    }

    #[test]
    fn moments_outside_stay_inside() {
        let begin = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let total = Duration::from_secs(10);
        let at = |seconds| share(begin, total, SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!([at(90), at(100), at(105), at(500)], [0.0, 0.0, 0.5, 1.0]);
    }
}
