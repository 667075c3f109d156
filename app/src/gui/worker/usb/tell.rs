//! What work tells, at most ten times a second; where something begins or ends, at once.

use std::time::{Duration, Instant};

use super::super::Outbox;
use super::send;
use crate::advice::Advice;
use crate::gui::usb::job::JobNumber;
use crate::gui::usb::{Event, News};
use crate::usb::{Progress, Step, Told};

/// Between two signs of progress.
const INTERVAL: Duration = Duration::from_millis(100);

/// Tells the window of one piece of work. A clone tells of the same.
#[derive(Clone)]
pub(super) struct Teller {
    outbox: Outbox,
    job: JobNumber,
}

impl Teller {
    pub(super) const fn new(outbox: Outbox, job: JobNumber) -> Self {
        Self { outbox, job }
    }

    pub(super) fn news(&self, news: News) {
        send(&self.outbox, Event::Work(self.job, news));
    }

    pub(super) fn failed(&self, title: &str, error: &impl Advice) {
        self.outbox.failed(title, error);
    }

    /// What [`Work`](crate::usb::Work) is made with.
    pub(super) fn listener(&self) -> impl FnMut(Told) + Send + use<> {
        let (teller, mut pace) = (self.clone(), Pace::default());
        move |told| {
            if pace.lets(&told, Instant::now()) {
                teller.news(News::Told(told));
            }
        }
    }
}

/// Keeps signs of progress apart.
#[derive(Debug, Default)]
struct Pace {
    last: Option<(Step, Instant)>,
}

impl Pace {
    fn lets(&mut self, told: &Told, now: Instant) -> bool {
        let Told::Progress(Progress { step, done, total, .. }) = told else { return true };
        let fresh = self.last.is_some_and(|(last, at)| last == *step && now - at < INTERVAL);
        let is_end = done >= total && *step != Step::Read;
        if fresh && !is_end {
            return false;
        }
        self.last = Some((*step, now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_and_ends_are_told_at_once_and_the_rest_at_times() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let mut lets = |step, done, ms| {
            let progress = Progress { step, done, total: 100, unchanged: 0 };
            pace.lets(&Told::Progress(progress), start + Duration::from_millis(ms))
        };
        assert!(lets(Step::App, 0, 0));
        assert!(!lets(Step::App, 10, 50));
        assert!(lets(Step::App, 20, 100));
        assert!(!lets(Step::App, 30, 110));
        assert!(lets(Step::App, 100, 120), "its end");
        assert!(lets(Step::BootSelection, 0, 121), "another step");
        assert!(pace.lets(&Told::Baud(1), start));
    }
}
