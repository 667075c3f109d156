//! When to try again, and when to give up.

use embassy_time::{Duration, Instant};
use rand_core::Rng;

use super::fault::Fault;
use crate::DownloadConfig;

/// The attempts of one download.
pub(super) struct Retry<'a> {
    config: &'a DownloadConfig,
    fruitless: u8,
    limit: Duration,
    deadline: Instant,
}

impl<'a> Retry<'a> {
    /// For a file of `size` bytes, from now on.
    pub fn new(config: &'a DownloadConfig, size: u32) -> Self {
        let limit = config.grace_time + Duration::from_secs(u64::from(size / config.least_rate.max(1)));
        Self { config, fruitless: 0, limit, deadline: Instant::now() + limit }
    }

    /// When the whole download must have ended.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether the whole download has taken too long.
    pub fn in_time(&self) -> Result<(), Fault> {
        if Instant::now() < self.deadline { Ok(()) } else { Err(Fault::TooSlow(self.limit)) }
    }

    /// The pause before the next attempt, after one that failed and brought new bytes or not; or how it all ends.
    pub fn pause(&mut self, fault: Fault, progress: bool, rng: &mut impl Rng) -> Result<Duration, Fault> {
        if !fault.is_passing() {
            return Err(fault);
        }
        self.in_time()?;
        self.fruitless = if progress { 0 } else { self.fruitless.saturating_add(1) };
        if self.fruitless >= self.config.fruitless_attempts {
            return Err(fault);
        }
        let doublings = u32::from(self.fruitless.saturating_sub(1)).min(16);
        let full = (self.config.first_pause * (1 << doublings)).min(self.config.longest_pause);
        Ok(jittered(full, rng))
    }
}

/// Between half of it and all of it: a room of devices must not come back in one moment.
fn jittered(full: Duration, rng: &mut impl Rng) -> Duration {
    let half = full / 2;
    half + Duration::from_ticks(rng.next_u64() % (full - half).as_ticks().saturating_add(1))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    struct Always(u64);

    impl rand_core::TryRng for Always {
        type Error = core::convert::Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            Ok(self.0 as u32)
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            Ok(self.0)
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
            bytes.fill(self.0 as u8);
            Ok(())
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let config = DownloadConfig { fruitless_attempts: 8, ..DownloadConfig::default() };
        let mut retry = Retry::new(&config, 0);
        let mut pause =
            |progress| retry.pause(Fault::Lost, progress, &mut Always(0)).map(|pause| pause.as_millis());
        let pauses: Vec<_> = (0..7).map(|_| pause(false).unwrap()).collect();
        assert_eq!(pauses, [250, 500, 1000, 2000, 4000, 4000, 4000]);
        assert_eq!(pause(true), Ok(250), "progress begins anew");
        assert_eq!(pause(false), Ok(250));
        for _ in 0..6 {
            pause(false).unwrap();
        }
        assert_eq!(pause(false), Err(Fault::Lost));
    }

    #[test]
    fn jitter_stays_between_half_and_full() {
        let full = Duration::from_millis(500);
        for seed in [0, 1, 250_000, 250_001, u64::MAX] {
            let pause = jittered(full, &mut Always(seed));
            assert!(pause >= full / 2 && pause <= full, "{seed}: {pause:?}");
        }
        assert_eq!(jittered(full, &mut Always(250_000)), full);
        assert_eq!(jittered(Duration::from_ticks(0), &mut Always(7)), Duration::from_ticks(0));
    }

    #[test]
    fn what_is_final_ends_at_once() {
        let config = DownloadConfig::default();
        for fault in
            [Fault::Withdrawn, Fault::NoLength, Fault::Status(404), Fault::Status(302), Fault::WrongRange]
        {
            assert_eq!(Retry::new(&config, 0).pause(fault, true, &mut Always(0)), Err(fault));
        }
        for fault in [Fault::Status(503), Fault::Status(429), Fault::Status(408), Fault::Refused] {
            assert!(Retry::new(&config, 0).pause(fault, false, &mut Always(0)).is_ok());
        }
    }

    #[test]
    fn time_is_up_once() {
        let config = DownloadConfig {
            grace_time: Duration::from_ticks(0),
            least_rate: 0,
            ..DownloadConfig::default()
        };
        let mut retry = Retry::new(&config, 0);
        assert_eq!(
            retry.pause(Fault::Lost, true, &mut Always(0)),
            Err(Fault::TooSlow(Duration::from_ticks(0)))
        );
        assert_eq!(Retry::new(&config, 100).limit, Duration::from_secs(100));
    }
}
