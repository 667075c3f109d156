//! What an attempt at an update costs: bytes from the network, and time in the flash.

use core::cell::Cell;

use embassy_time::{Duration, Instant};
use skylift_updater::{Erase, Flash, FlashError};

/// The costs of one attempt so far.
#[derive(Default)]
pub(crate) struct Meter {
    fetched: Cell<u32>,
    in_flash: Cell<Duration>,
}

impl Meter {
    /// Bytes that came and were taken.
    pub fn fetched(&self) -> u32 {
        self.fetched.get()
    }

    /// Milliseconds that flash operations took.
    pub fn flash_ms(&self) -> u32 {
        u32::try_from(self.in_flash.get().as_millis()).unwrap_or(u32::MAX)
    }

    /// More bytes have come.
    pub fn came(&self, bytes: usize) {
        self.fetched.set(self.fetched.get().saturating_add(bytes as u32));
    }

    /// The flash, with the time of its operations counted.
    pub const fn on<'m, F>(&'m self, flash: &'m mut F) -> Timed<'m, F> {
        Timed { flash, meter: self }
    }
}

/// A flash whose operations are timed.
pub(crate) struct Timed<'m, F> {
    flash: &'m mut F,
    meter: &'m Meter,
}

impl<F: Flash> Timed<'_, F> {
    fn time<R>(&mut self, operation: impl FnOnce(&mut F) -> R) -> R {
        let begun = Instant::now();
        let done = operation(self.flash);
        self.meter.in_flash.set(self.meter.in_flash.get() + begun.elapsed());
        done
    }
}

impl<F: Flash> Flash for Timed<'_, F> {
    fn capacity(&self) -> u32 {
        self.flash.capacity()
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        self.time(|flash| flash.read(offset, buf))
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        self.time(|flash| flash.program(offset, data))
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        self.time(|flash| flash.erase(offset, unit))
    }
}
