//! The speed of a download, smoothed: flash is erased in blocks, so bytes come in bursts.

use std::time::{Duration, Instant};

/// What happened longer ago than this hardly counts.
const MEMORY: Duration = Duration::from_secs(4);
/// Figures in quicker succession are put together.
const STEP: Duration = Duration::from_millis(50);

/// Takes figures of a running total, gives bytes a second.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct RateMeter {
    begun: Option<Instant>,
    last: Option<(Instant, u32)>,
    rate: Option<f64>,
}

impl RateMeter {
    /// Takes the total at a moment; the rate is known from the second figure on.
    pub(in crate::engine) fn take(&mut self, written: u32, now: Instant) -> Option<f64> {
        let begun = *self.begun.get_or_insert(now);
        let Some((last_at, last_written)) = self.last else {
            self.last = Some((now, written));
            return None;
        };
        let step = now.saturating_duration_since(last_at);
        if step < STEP {
            return self.rate;
        }
        let current = f64::from(written.saturating_sub(last_written)) / step.as_secs_f64();
        // A plain mean at first, then one that forgets.
        let elapsed = now.saturating_duration_since(begun).min(MEMORY);
        let weight = (step.as_secs_f64() / elapsed.as_secs_f64()).min(1.0);
        let before = self.rate.unwrap_or(current);
        self.rate = Some(before + (current - before) * weight);
        self.last = Some((now, written));
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_steady_download_has_its_rate_at_once() {
        let start = Instant::now();
        let mut meter = RateMeter::default();
        assert_eq!(meter.take(1000, start), None);
        for tick in 1..100_u32 {
            let rate = meter.take(1000 + tick * 10_000, start + ms(100) * tick).unwrap();
            assert!((rate - 100_000.0).abs() < 1.0, "{rate}");
        }
    }

    #[test]
    fn bursts_are_smoothed() {
        let start = Instant::now();
        let mut meter = RateMeter::default();
        let mut rates = Vec::new();
        // 64 KiB every 500 ms, looked at every 100 ms.
        for tick in 0..200_u32 {
            rates.push(meter.take(tick / 5 * 65_536, start + ms(100) * tick));
        }
        for rate in rates.into_iter().skip(60).flatten() {
            assert!((110_000.0..155_000.0).contains(&rate), "{rate}");
        }
    }

    #[test]
    fn a_stall_brings_it_down() {
        let start = Instant::now();
        let mut meter = RateMeter::default();
        meter.take(0, start);
        meter.take(100_000, start + ms(1000));
        let rate = (2..20).filter_map(|tick| meter.take(100_000, start + ms(1000) * tick)).last().unwrap();
        assert!(rate < 2_000.0, "{rate}");
    }

    #[test]
    fn quick_figures_and_steps_back_do_no_harm() {
        let start = Instant::now();
        let mut meter = RateMeter::default();
        assert_eq!(meter.take(500, start), None);
        assert_eq!(meter.take(600, start), None);
        let rate = meter.take(400, start + ms(100)).unwrap();
        assert!(rate.abs() < f64::EPSILON, "{rate}");
    }
}
