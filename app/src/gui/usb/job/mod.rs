//! Work on one board: its steps, how far it is, what it said, and how it ended. It is told, and can be asked.

mod means;
mod part;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime};

pub use part::{Doing, Part, Planned};

use super::contact::Contact;
use crate::gui::state::Now;
use crate::usb::{Progress, Step, Told};

/// A rate is that of so much time.
const WINDOW: Duration = Duration::from_secs(4);
/// Less time tells no rate.
const LEAST_WINDOW: Duration = Duration::from_millis(400);
/// Older lines of the log are dropped beyond so many.
const MOST_LINES: usize = 400;

/// Counts the work of a window; what is told of a number that has ended is dropped.
pub type JobNumber = u64;

/// A part, with how far it is.
#[derive(Clone, Debug)]
pub struct StepRow {
    /// What was planned.
    pub plan: Planned,
    /// How far it is, since it has begun.
    pub progress: Option<Progress>,
    /// When it began.
    began: Option<Instant>,
    /// How long it took, once it has ended.
    pub took: Option<Duration>,
}

impl StepRow {
    const fn new(plan: Planned) -> Self {
        Self { plan, progress: None, began: None, took: None }
    }

    /// Whether it is the one that runs.
    #[must_use]
    pub const fn runs(&self) -> bool {
        self.began.is_some() && self.took.is_none()
    }

    fn total(&self) -> u64 {
        self.progress.map_or(self.plan.bytes, |progress| progress.total)
    }

    /// Its share that is through.
    #[must_use]
    pub fn share(&self) -> f32 {
        match self.progress {
            Some(progress) if progress.total > 0 => (progress.done as f64 / progress.total as f64) as f32,
            _ => 0.0,
        }
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: SystemTime,
    /// What.
    pub text: String,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// As it should; what came of it, in a sentence.
    Done(String),
    /// Somebody called it off.
    Cancelled,
    /// Something went wrong.
    Failed(Failure),
}

/// What went wrong, and what to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// What happened, in a sentence.
    pub what: String,
    /// What to do, the likeliest first, in sentences.
    pub advice: Vec<String>,
}

/// Work on one board.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its number.
    pub number: JobNumber,
    /// What is done.
    pub doing: Doing,
    /// What people call the board: its new name, or its chip.
    pub title: String,
    /// What it writes, for its title bar.
    pub about: String,
    /// Its parts, in their order.
    pub steps: Vec<StepRow>,
    /// The rate of the line, and the highest that was tried.
    pub baud: Option<(u32, u32)>,
    /// What it said.
    pub log: VecDeque<Line>,
    /// What came of the first contact so far.
    pub contact: Option<Contact>,
    /// There is a backup of what was on the board.
    pub has_backup: bool,
    /// Somebody has called it off, and it has not ended yet.
    pub stopping: bool,
    /// How it ended, once it has.
    pub end: Option<End>,
    sent: VecDeque<(Instant, u64)>,
}

impl Job {
    /// It begins.
    #[must_use]
    pub fn new(number: JobNumber, doing: Doing, title: String, steps: Vec<Planned>) -> Self {
        Self {
            number,
            doing,
            title,
            about: String::new(),
            steps: steps.into_iter().map(StepRow::new).collect(),
            baud: None,
            log: VecDeque::new(),
            contact: None,
            has_backup: false,
            stopping: false,
            end: None,
            sent: VecDeque::new(),
        }
    }

    /// It is told how the work goes.
    pub fn told(&mut self, told: Told, now: Now) {
        match told {
            Told::Progress(progress) => self.progress(progress, now),
            Told::Baud(baud) => {
                let highest = self.baud.map_or(baud, |(_, highest)| highest.max(baud));
                self.baud = Some((baud, highest));
            }
            Told::Note(text) => self.say(text, now),
        }
    }

    /// What it writes is known now, unless it was before.
    pub fn planned(&mut self, steps: Vec<Planned>) {
        if self.steps.iter().any(|step| step.plan.part.writes()) {
            return;
        }
        let last = Part::Cable(Step::Restart);
        let place = self.steps.iter().position(|step| step.plan.part == last).unwrap_or(self.steps.len());
        self.steps.splice(place..place, steps.into_iter().map(StepRow::new));
    }

    /// A part that has no progress of its own begins.
    pub fn enter(&mut self, part: Part, now: Now) {
        self.leave_all_but(part, now);
        let step = self.step(part);
        step.began.get_or_insert(now.steady);
    }

    fn progress(&mut self, progress: Progress, now: Now) {
        let part = Part::Cable(progress.step);
        let begins = !self.steps.iter().any(|step| step.plan.part == part && step.runs());
        if begins {
            self.enter(part, now);
            self.say(Part::doing(part).to_owned(), now);
            self.sent.clear();
        }
        self.step(part).progress = Some(progress);
        let sent = self.steps.iter().filter_map(|step| step.progress);
        let sent = sent.map(|progress| progress.done.saturating_sub(progress.unchanged)).sum();
        self.sent.push_back((now.steady, sent));
        while self.sent.len() > 2 && self.sent.front().is_some_and(|(at, _)| now.steady - *at > WINDOW) {
            self.sent.pop_front();
        }
    }

    fn step(&mut self, part: Part) -> &mut StepRow {
        // The one that runs, if work has several of a kind.
        let place = self.steps.iter().position(|step| step.plan.part == part).unwrap_or_else(|| {
            let place = self.steps.iter().rposition(|step| step.began.is_some()).map_or(0, |place| place + 1);
            self.steps.insert(place, StepRow::new(Planned { part, about: String::new(), bytes: 0 }));
            place
        });
        &mut self.steps[place]
    }

    fn leave_all_but(&mut self, part: Part, now: Now) {
        for step in self.steps.iter_mut().filter(|step| step.plan.part != part && step.took.is_none()) {
            step.took = step.began.map(|began| now.steady.saturating_duration_since(began));
        }
        // Work may come back to a part: the chip is restarted twice, say.
        if let Some(step) = self.steps.iter_mut().find(|step| step.plan.part == part) {
            step.took = None;
        }
    }

    /// A line for the log.
    pub fn say(&mut self, text: String, now: Now) {
        self.log.push_back(Line { at: now.wall, text });
        let surplus = self.log.len().saturating_sub(MOST_LINES);
        self.log.drain(..surplus);
    }

    /// It has ended.
    pub fn ended(&mut self, end: End, now: Now) {
        if matches!(end, End::Done(_)) {
            for step in self.steps.iter_mut().filter(|step| step.took.is_none()) {
                step.took = step.began.map(|began| now.steady.saturating_duration_since(began));
            }
        }
        self.sent.clear();
        self.end = Some(end);
    }

    /// Whether it runs.
    #[must_use]
    pub const fn runs(&self) -> bool {
        self.end.is_none()
    }

    /// The part that runs, or was running when it ended.
    #[must_use]
    pub fn current(&self) -> Option<&StepRow> {
        self.steps.iter().rfind(|step| step.runs())
    }

    /// Whether the board must not be unplugged now.
    #[must_use]
    pub fn is_writing(&self) -> bool {
        self.runs() && self.current().is_some_and(|step| step.plan.part.writes())
    }

    /// Whether the flash has been changed.
    #[must_use]
    pub fn has_written(&self) -> bool {
        let touched = |step: &StepRow| {
            step.progress
                .is_some_and(|progress| progress.done > progress.unchanged || progress.step == Step::Erase)
        };
        self.steps.iter().any(|step| step.plan.part.writes() && touched(step))
    }

    /// Whether everything that is written has been: what follows is restart and first contact.
    #[must_use]
    pub fn is_written(&self) -> bool {
        let mut writes = self.steps.iter().filter(|step| step.plan.part.writes()).peekable();
        writes.peek().is_some() && writes.all(|step| step.took.is_some())
    }

    /// The parts that are counted together with the one that runs: the backup alone, and all that is written.
    fn counted(&self) -> impl Iterator<Item = &StepRow> {
        let part = self.current().map(|step| step.plan.part);
        let writes = part.is_none_or(Part::writes);
        self.steps.iter().filter(move |step| match part {
            _ if writes => step.plan.part.writes(),
            Some(part) => step.plan.part == part,
            None => false,
        })
    }

    /// Bytes that are through, and bytes in all.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        let done = self.counted().filter_map(|step| step.progress).map(|progress| progress.done).sum();
        (done, self.counted().map(StepRow::total).sum())
    }

    /// Bytes that were there already.
    #[must_use]
    pub fn unchanged(&self) -> u64 {
        self.counted().filter_map(|step| step.progress).map(|progress| progress.unchanged).sum()
    }

    /// Hundredths of what runs that are through; nothing where that cannot be said.
    #[must_use]
    pub fn percent(&self) -> Option<u32> {
        let part = self.current()?.plan.part;
        if matches!(part, Part::Contact | Part::Cable(Step::Connect | Step::Restart)) {
            return None;
        }
        let (done, total) = self.bytes();
        let hundredths = done.saturating_mul(100).checked_div(total)?;
        u32::try_from(hundredths).ok().map(|hundredths| hundredths.min(100))
    }

    /// Bytes a second over the line.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        let ((from, before), (to, after)) = (self.sent.front()?, self.sent.back()?);
        let time = *to - *from;
        (time >= LEAST_WINDOW).then(|| after.saturating_sub(*before) as f64 / time.as_secs_f64())
    }

    /// How long what runs still takes, at this rate.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        let rate = self.rate().filter(|rate| *rate >= 1.0)?;
        let (done, total) = self.bytes();
        Some(Duration::from_secs_f64(total.saturating_sub(done) as f64 / rate))
    }
}
