//! Waking the window: at once after a pause, and never more often than ten times a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The least time between two pictures that nobody asked for.
const INTERVAL: Duration = Duration::from_millis(100);
/// As soon as possible. egui takes a delay of zero for a wish for two pictures.
const SOON: Duration = Duration::from_micros(1);

/// Wakes a window. A clone wakes the same.
#[derive(Clone)]
pub struct Waker {
    ctx: egui::Context,
    pace: Arc<Mutex<Pace>>,
}

impl Waker {
    /// For the window of this context.
    #[must_use]
    pub fn new(ctx: egui::Context) -> Self {
        Self { ctx, pace: Arc::default() }
    }

    /// Has the window drawn soon.
    pub fn wake(&self) {
        // A thread that panicked with this lock has left a time in it, and nothing worse.
        let mut pace = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        // Asked for again even if it is due already: a picture in between, for another reason, has used that up.
        self.ctx.request_repaint_after(pace.wait(Instant::now()).max(SOON));
    }
}

/// Keeps pictures apart.
#[derive(Debug, Default)]
struct Pace {
    /// When the last one was due, or the next one is.
    due: Option<Instant>,
}

impl Pace {
    /// How long a picture waits that is wanted now.
    fn wait(&mut self, now: Instant) -> Duration {
        let due = match self.due {
            Some(due) if due > now => due,
            Some(due) => now.max(due + INTERVAL),
            None => now,
        };
        self.due = Some(due);
        due.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// The times, in milliseconds, at which pictures are drawn that are wanted at these times.
    fn drawn(wanted: impl IntoIterator<Item = u32>) -> Vec<u128> {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let mut drawn: Vec<_> = wanted
            .into_iter()
            .map(|at| {
                let now = start + MS * at;
                (now + pace.wait(now) - start).as_millis()
            })
            .collect();
        drawn.dedup();
        drawn
    }

    #[test]
    fn after_a_pause_it_is_drawn_at_once() {
        assert_eq!(drawn([0, 5000, 5100]), [0, 5000, 5100]);
    }

    #[test]
    fn a_thousand_a_second_are_ten() {
        assert_eq!(drawn(0..1000).len(), 11, "the first, and one every 100 ms");
    }

    #[test]
    fn what_comes_just_after_a_picture_waits_for_its_turn() {
        // 105 comes when 100 has been drawn: not at once, or there would be twenty a second.
        assert_eq!(drawn([0, 10, 105, 115, 210]), [0, 100, 200, 300]);
    }

    #[test]
    fn one_wake_is_one_picture() {
        let ctx = egui::Context::default();
        let draw = || {
            let mut output = ctx.run_ui(egui::RawInput::default(), |_| ());
            output.textures_delta.clear();
            output
        };
        let left = |output: &egui::FullOutput| output.viewport_output[&egui::ViewportId::ROOT].repaint_delay;
        while left(&draw()) < Duration::MAX {}
        Waker::new(ctx.clone()).wake();
        assert!(ctx.has_requested_repaint());
        assert_eq!(left(&draw()), Duration::MAX);
    }
}
