//! When a window wants to be drawn, as eframe keeps book of it.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use egui::Context;

/// The time at which the window is to be drawn next.
#[derive(Default)]
pub struct Alarm {
    due: Mutex<Option<Instant>>,
    set: Condvar,
}

impl Alarm {
    /// For the window of a context, from whichever thread it is asked for.
    pub fn of(ctx: &Context) -> Arc<Self> {
        let alarm = Arc::new(Self::default());
        let told = Arc::clone(&alarm);
        ctx.set_request_repaint_callback(move |info| told.set_in(info.delay));
        alarm
    }

    /// The earliest of all times counts.
    pub fn set_in(&self, delay: Duration) {
        let Some(at) = Instant::now().checked_add(delay) else { return };
        let mut due = self.due.lock().unwrap();
        *due = Some(due.map_or(at, |due| due.min(at)));
        self.set.notify_all();
    }

    /// Waits until the window is to be drawn; false if that is not before `end`.
    pub fn wait(&self, end: Instant) -> bool {
        let mut due = self.due.lock().unwrap();
        loop {
            let now = Instant::now();
            if due.is_some_and(|due| due <= now) {
                *due = None;
                return true;
            }
            if now >= end {
                return false;
            }
            let left = due.map_or(end, |due| due.min(end)) - now;
            due = self.set.wait_timeout(due, left).unwrap().0;
        }
    }
}
