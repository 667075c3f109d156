//! How long an update will take, by what the same device took before.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::store::PastUpdate;

/// Older updates say nothing: networks and firmware change.
const LATEST: usize = 3;
/// The rate of a shorter download is chance.
const LEAST: u64 = 16 * 1024;

/// How fast a device was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Bytes a second while it fetched.
    pub rate: f64,
    /// Everything beside the download, if an update of it has validated.
    pub rest: Option<Duration>,
}

impl Pace {
    /// How long so many bytes will take, from the order to the verdict.
    #[must_use]
    pub fn time(&self, bytes: u64) -> Option<Duration> {
        let download = Duration::try_from_secs_f64(bytes as f64 / self.rate.max(1.0)).ok()?;
        Some(download + self.rest.unwrap_or_default())
    }
}

/// The pace of each device, by its id; `past` has the newest first.
#[must_use]
pub fn paces(past: &[Arc<PastUpdate>]) -> HashMap<String, Pace> {
    let mut seen: HashMap<&str, Vec<&PastUpdate>> = HashMap::new();
    for update in past.iter().filter(|update| update.bytes >= LEAST && update.rate.is_some()) {
        let of_it = seen.entry(&update.device).or_default();
        if of_it.len() < LATEST {
            of_it.push(update);
        }
    }
    seen.into_iter().map(|(device, updates)| (device.to_owned(), pace(&updates))).collect()
}

fn pace(updates: &[&PastUpdate]) -> Pace {
    let rates = updates.iter().filter_map(|update| update.rate);
    let rests: Vec<_> = updates.iter().filter_map(|update| rest(update)).collect();
    let rest = (!rests.is_empty()).then(|| rests.iter().sum::<Duration>() / rests.len() as u32);
    Pace { rate: rates.sum::<f64>() / updates.len().max(1) as f64, rest }
}

/// What an update that went through took beside its download.
fn rest(update: &PastUpdate) -> Option<Duration> {
    let end = update.end.as_ref().filter(|end| end.verdict == "validated")?;
    let whole = end.at.duration_since(update.started).ok()?;
    let download = Duration::try_from_secs_f64(update.bytes as f64 / update.rate?.max(1.0)).ok()?;
    Some(whole.saturating_sub(download))
}

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
    use crate::gui::history::sample::validated;

    fn fetched(device: &str, seconds: u64, kib: u64, rate_kib: f64) -> Arc<PastUpdate> {
        let update = validated(1, device, 0, seconds);
        Arc::new(PastUpdate { bytes: kib * 1024, rate: Some(rate_kib * 1024.0), ..update })
    }

    #[test]
    fn the_last_updates_of_the_same_device_count() {
        let past = [
            fetched("lamp", 30, 1000, 50.0),
            fetched("porch", 500, 1000, 5.0),
            fetched("lamp", 20, 1000, 100.0),
            // Too short to say anything, and then too long ago.
            fetched("lamp", 90, 8, 1.0),
            fetched("lamp", 20, 1000, 100.0),
            fetched("lamp", 900, 1000, 2.0),
        ];
        let paces = paces(&past);
        let lamp = paces.get("lamp").unwrap();
        assert!((lamp.rate / 1024.0 - 250.0 / 3.0).abs() < 0.01, "{lamp:?}");
        assert_eq!(lamp.rest, Some(Duration::from_secs(10)));
        let time = lamp.time(500 * 1024).unwrap();
        assert_eq!(time.as_secs(), 16);
        assert!(!paces.contains_key("door"));
    }

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
