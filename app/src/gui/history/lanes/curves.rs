//! What the samples of an update amount to: how fast it was served, how the flash filled, how good the signal was.

use std::time::Duration;

use crate::store::{PastBoot, Sample};

/// More figures than these cannot be told apart in a lane.
const MOST: u32 = 48;
/// The device's figure moves in steps; over less time than this a rate says nothing.
const LEAST: Duration = Duration::from_millis(500);

/// A curve: at a time since the begin, a figure.
pub(super) type Curve = Vec<(Duration, f32)>;

/// How fast it was served.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Served {
    /// Bytes a second, from the first byte to the last.
    pub(super) rates: Curve,
    /// On average.
    pub(super) rate: f64,
    /// From the first byte to the last.
    pub(super) time: Duration,
}

/// The part of a growing figure in which it grew, with the last figure before that.
fn growth(samples: &[Sample], figure: impl Fn(&Sample) -> Option<u64>) -> Vec<(Duration, u64)> {
    let mut told: Vec<_> = samples.iter().filter_map(|sample| Some((sample.at, figure(sample)?))).collect();
    let first = told.first().map_or(0, |(_, bytes)| *bytes);
    let last = told.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
    // What came within the first sample began with the sample before it, which told nothing.
    let before = samples.iter().take_while(|sample| figure(sample).is_none()).last();
    if let (Some(before), 1..) = (before, first) {
        told.insert(0, (before.at, 0));
    }
    let begin = told.windows(2).take_while(|two| matches!(two, [a, b] if a.1 == b.1)).count();
    let end = told.iter().position(|(_, bytes)| *bytes == last).map_or(0, |place| place + 1);
    told.get(begin..end).unwrap_or_default().to_vec()
}

/// How fast it was served; `None` if that was not recorded.
pub(super) fn served(samples: &[Sample]) -> Option<Served> {
    let grown = growth(samples, |sample| sample.served);
    let ((begin, none), (end, all)) = (*grown.first()?, *grown.last()?);
    let time = end.checked_sub(begin).filter(|time| !time.is_zero())?;
    let least = (time / MOST).max(LEAST);
    let mut rates = vec![(begin, 0.0)];
    let mut from = (begin, none);
    for (at, bytes) in grown.iter().copied().skip(1) {
        let past = at.saturating_sub(from.0);
        if past >= least || at == end {
            let rate = bytes.saturating_sub(from.1) as f32 / past.as_secs_f32().max(0.001);
            // The first rate holds from the first byte on.
            if let [only] = rates.as_mut_slice() {
                only.1 = rate;
            }
            rates.push((at, rate));
            from = (at, bytes);
        }
    }
    Some(Served { rates, rate: all.saturating_sub(none) as f64 / time.as_secs_f64(), time })
}

/// Bytes in flash over time, up to the last; `None` if that was not recorded.
pub(super) fn flash(samples: &[Sample]) -> Option<(Vec<(Duration, u64)>, u64)> {
    let grown = growth(samples, |sample| sample.written.map(u64::from));
    let (_, last) = *grown.last().filter(|_| grown.len() > 1)?;
    Some((grown, last))
}

/// Signal strength over time, broken wherever the device started anew.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Signal {
    pub(super) lines: Vec<Curve>,
    pub(super) mean: i32,
    pub(super) least: i32,
    pub(super) most: i32,
}

/// How good the signal was; `None` if the device told nothing of it.
pub(super) fn signal(samples: &[Sample], boots: &[PastBoot]) -> Option<Signal> {
    let told: Vec<_> =
        samples.iter().filter_map(|sample| Some((sample.at, i32::from(sample.rssi?)))).collect();
    let figures = || told.iter().map(|(_, dbm)| *dbm);
    let (least, most) = (figures().min()?, figures().max()?);
    let mean = (figures().sum::<i32>() as f32 / told.len() as f32).round() as i32;
    let boot_of = |at: Duration| boots.iter().filter(|boot| boot.from <= at).count();
    let lines = told.chunk_by(|one, next| boot_of(one.0) == boot_of(next.0));
    let lines = lines.map(|line| line.iter().map(|(at, dbm)| (*at, *dbm as f32)).collect()).collect();
    Some(Signal { lines, mean, least, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn samples(figures: &[(u64, Option<u64>, Option<i8>)]) -> Vec<Sample> {
        let sample = |&(at, bytes, rssi): &(u64, Option<u64>, Option<i8>)| Sample {
            at: ms(at),
            served: bytes,
            written: bytes.and_then(|bytes| u32::try_from(bytes).ok()),
            rssi,
        };
        figures.iter().map(sample).collect()
    }

    #[test]
    fn only_the_time_in_which_bytes_went_out_counts() {
        let all = samples(&[
            (0, None, None),
            (1000, Some(0), None),
            (2000, Some(0), None),
            (3000, Some(1000), None),
            (4000, Some(4000), None),
            (9000, Some(4000), None),
        ]);
        let served = served(&all).unwrap();
        assert_eq!(served.rates, [(ms(2000), 1000.0), (ms(3000), 1000.0), (ms(4000), 3000.0)]);
        assert_eq!((served.rate, served.time), (2000.0, ms(2000)));
        let (grown, last) = flash(&all).unwrap();
        assert_eq!((grown.len(), last), (3, 4000));
    }

    #[test]
    fn what_came_at_once_began_with_the_sample_before() {
        let served =
            served(&samples(&[(0, None, None), (100, Some(500), None), (350, Some(500), None)])).unwrap();
        assert_eq!((served.time, served.rate), (ms(100), 5000.0));
    }

    #[test]
    fn what_was_not_told_is_not_drawn() {
        let nothing = samples(&[(0, None, None), (250, None, None)]);
        assert_eq!((served(&nothing), flash(&nothing), signal(&nothing, &[])), (None, None, None));
        assert_eq!(served(&samples(&[(0, Some(0), None), (250, Some(0), None)])), None);
        assert_eq!(served(&[]), None);
    }

    #[test]
    fn the_signal_is_broken_by_a_restart() {
        let boot = |from| PastBoot {
            from: ms(from),
            until: ms(from + 1),
            count: 1,
            reset: String::new(),
            version: String::new(),
            state: String::new(),
            protection: String::new(),
        };
        let all = samples(&[(0, None, Some(-60)), (500, None, Some(-70)), (3000, None, Some(-50))]);
        let signal = signal(&all, &[boot(0), boot(2000)]).unwrap();
        assert_eq!(signal.lines.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
        assert_eq!((signal.mean, signal.least, signal.most), (-60, -70, -50));
    }
}
