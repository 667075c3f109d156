//! How far the work is, for whoever watches it, and whether it is still wanted.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use crate::error::EncodeError;

/// Told every few milliseconds which part of the work is done, 0 to 1 and never less than before, and 1 at the end.
/// [`ControlFlow::Break`] ends the work.
pub type Watch<'a> = &'a mut dyn FnMut(f32) -> ControlFlow<()>;

/// For work that nobody watches.
pub fn unwatched(_: f32) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// Who watches is asked this often; a step in between takes less than that again.
const PAUSE: Duration = Duration::from_millis(8);
/// The clock is looked at after this many steps.
const GLANCE: u32 = 64;

/// Work in units that take about the same time each.
pub(crate) struct Progress<'a> {
    watch: Watch<'a>,
    all: u64,
    done: u64,
    unseen: u32,
    told: Instant,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(watch: Watch<'a>, all: u64) -> Self {
        Self { watch, all, done: 0, unseen: 0, told: Instant::now() }
    }

    /// Some units are done.
    pub(crate) fn step(&mut self, units: u64) -> Result<(), EncodeError> {
        self.done += units;
        self.unseen += 1;
        if self.unseen < GLANCE {
            return Ok(());
        }
        self.unseen = 0;
        if self.told.elapsed() < PAUSE { Ok(()) } else { self.tell() }
    }

    /// Everything is done.
    pub(crate) fn finish(mut self) -> Result<(), EncodeError> {
        self.done = self.all;
        self.tell()
    }

    fn tell(&mut self) -> Result<(), EncodeError> {
        let part = self.done.min(self.all) as f32 / self.all.max(1) as f32;
        let go_on = (self.watch)(part.min(1.0));
        self.told = Instant::now();
        if go_on.is_break() { Err(EncodeError::Cancelled) } else { Ok(()) }
    }
}
