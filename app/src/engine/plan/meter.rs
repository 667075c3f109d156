//! Measuring how fast a device is, by its own figures during one attempt. Pure.

use std::time::Instant;

use skylift_protocol::{Encoding, FirmwareKind, Progress, Status};

use super::pace::Pace;
use super::predict::decoding;

/// From fewer bytes no speed is told: what passes before the first one would count too much.
const ENOUGH: u32 = 64 * 1024;

/// One attempt, from the order on.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Meter {
    begun: Instant,
    encoding: Encoding,
    /// Bytes of flash that needed no erasing would make the device look faster than it is.
    prepared: bool,
    simulated: bool,
    first: Option<u32>,
    last: Option<Reading>,
}

#[derive(Clone, Copy, Debug)]
struct Reading {
    at: Instant,
    written: u32,
    fetched: u32,
    flash: f64,
}

impl Meter {
    /// Begins when the device has the order; `before` is what it said last.
    pub(in crate::engine) fn new(encoding: Encoding, before: &Status, now: Instant) -> Self {
        let prepared = before.prepared.is_some();
        let simulated = before.running.kind == FirmwareKind::Simulated;
        Self { begun: now, encoding, prepared, simulated, first: None, last: None }
    }

    /// Takes the figures of a device that downloads.
    pub(in crate::engine) fn take(&mut self, figures: &Progress, now: Instant) {
        self.first.get_or_insert(figures.written);
        let (Some(fetched), Some(flash_ms)) = (figures.fetched, figures.flash_ms) else { return };
        // Events and answers overtake each other.
        if self.last.is_none_or(|last| last.fetched < fetched || last.written < figures.written) {
            let flash = f64::from(flash_ms) / 1000.0;
            self.last = Some(Reading { at: now, written: figures.written, fetched, flash });
        }
    }

    /// What that comes to.
    pub(in crate::engine) fn pace(&self) -> Pace {
        let Some(last) = self.last else { return Pace::default() };
        let written = last.written.saturating_sub(self.first.unwrap_or(0));
        let took = last.at.saturating_duration_since(self.begun).as_secs_f64();
        let decoding = decoding(self.encoding, f64::from(written), f64::from(last.fetched), self.simulated);
        let on_air = took - last.flash - decoding;
        Pace {
            link: rate(last.fetched, on_air),
            flash: rate(written, last.flash).filter(|_| !self.prepared),
            restart: None,
        }
    }
}

fn rate(bytes: u32, seconds: f64) -> Option<f64> {
    (bytes >= ENOUGH && seconds > 0.0).then(|| f64::from(bytes) / seconds)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use skylift_protocol::{Prepared, bounded};

    use super::*;
    use crate::engine::update::sample::status;

    fn figures(written: u32, fetched: u32, flash_ms: u32) -> Progress {
        Progress {
            order_id: bounded("order-1"),
            written,
            total: 1 << 20,
            fetched: Some(fetched),
            flash_ms: Some(flash_ms),
        }
    }

    fn chip() -> Status {
        let mut status = status();
        status.running.kind = FirmwareKind::Real;
        status
    }

    fn near(found: Option<f64>, wanted: f64) {
        assert!((found.unwrap() - wanted).abs() < wanted / 1e6, "{found:?} is not {wanted}");
    }

    #[test]
    fn what_the_flash_takes_is_not_the_links_fault() {
        let start = Instant::now();
        let mut meter = Meter::new(Encoding::Raw, &chip(), start);
        meter.take(&figures(0, 4096, 0), start + Duration::from_millis(200));
        meter.take(&figures(800_000, 800_000, 4_000), start + Duration::from_secs(6));
        near(meter.pace().link, 400_000.0);
        near(meter.pace().flash, 200_000.0);
        // One that is late changes nothing.
        meter.take(&figures(700_000, 700_000, 3_000), start + Duration::from_secs(7));
        near(meter.pace().link, 400_000.0);
    }

    #[test]
    fn a_delta_says_little_of_the_link_and_all_of_the_flash() {
        let start = Instant::now();
        let mut meter = Meter::new(Encoding::Delta, &chip(), start);
        meter.take(&figures(0, 3_000, 0), start);
        meter.take(&figures(500_000, 3_148, 2_500), start + Duration::from_secs(3));
        assert_eq!(meter.pace().link, None);
        near(meter.pace().flash, 200_000.0);
    }

    #[test]
    fn decoding_is_not_the_links_fault_either_and_costs_a_computer_nothing() {
        let start = Instant::now();
        let of = |status: &Status| {
            let mut meter = Meter::new(Encoding::Compressed, status, start);
            meter.take(&figures(0, 4096, 0), start);
            meter.take(&figures(256_000, 128_000, 1_000), start + Duration::from_secs(2));
            meter.pace().link.unwrap()
        };
        assert!(of(&chip()) > 400_000.0, "{}", of(&chip()));
        assert!((127_000.0..140_000.0).contains(&of(&status())), "{}", of(&status()));
    }

    #[test]
    fn what_was_there_or_erased_before_is_no_speed() {
        let start = Instant::now();
        let prepared = Status { prepared: Some(Prepared { slot: 1, bytes: 1 << 20 }), ..chip() };
        let mut meter = Meter::new(Encoding::Raw, &prepared, start);
        meter.take(&figures(0, 0, 0), start);
        meter.take(&figures(500_000, 500_000, 500), start + Duration::from_secs(2));
        assert_eq!(meter.pace().flash, None);
        let mut meter = Meter::new(Encoding::Raw, &chip(), start);
        meter.take(&figures(500_000, 1_000, 10), start);
        meter.take(&figures(520_000, 20_000, 100), start + Duration::from_secs(2));
        assert_eq!(meter.pace(), Pace::default());
    }

    #[test]
    fn a_device_that_does_not_tell_is_not_measured() {
        let start = Instant::now();
        let mut meter = Meter::new(Encoding::Raw, &chip(), start);
        let silent = Progress { fetched: None, flash_ms: None, ..figures(1 << 19, 0, 0) };
        meter.take(&silent, start + Duration::from_secs(1));
        assert_eq!(meter.pace(), Pace::default());
    }
}
