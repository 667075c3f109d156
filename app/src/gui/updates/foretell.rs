//! How long the updates of many devices take together.

use std::time::Duration;

/// How long all of them take together, so many at a time, the first one alone if it is a canary. `None` if one is not
/// known, or there is none.
#[must_use]
pub fn together(times: &[Option<Duration>], parallel: usize, canary: bool) -> Option<Duration> {
    let times = times.iter().copied().collect::<Option<Vec<_>>>()?;
    let (first, others) = times.split_first()?;
    let (alone, queue) = if canary { (*first, others) } else { (Duration::ZERO, times.as_slice()) };
    let mut lanes = vec![Duration::ZERO; parallel.max(1)];
    for time in queue {
        // Whoever is through first takes the next.
        if let Some(lane) = lanes.iter_mut().min() {
            *lane += *time;
        }
    }
    Some(alone + lanes.into_iter().max().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_go_side_by_side_after_their_canary() {
        let seconds = |seconds: &[u64]| -> Vec<_> {
            seconds.iter().map(|seconds| Some(Duration::from_secs(*seconds))).collect()
        };
        let together = |times: &[u64], parallel, canary| {
            together(&seconds(times), parallel, canary).map(|time| time.as_secs())
        };
        assert_eq!(together(&[], 4, false), None);
        assert_eq!(together(&[10], 4, true), Some(10));
        assert_eq!(together(&[10, 20, 30], 4, true), Some(40));
        assert_eq!(together(&[10, 20, 30], 2, false), Some(40));
        assert_eq!(together(&[10, 10, 10], 1, false), Some(30));
        assert_eq!(super::together(&[None, Some(Duration::ZERO)], 4, false), None);
    }
}
