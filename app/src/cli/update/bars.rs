//! Updates on a terminal: a bar for each.

use std::collections::HashMap;
use std::sync::Arc;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::super::session::Session;
use super::words;
use crate::engine::{Happening, Job, JobId};

/// The bars.
#[derive(Debug, Default)]
pub(in crate::cli) struct Bars {
    all: MultiProgress,
    bars: HashMap<JobId, Bar>,
}

/// The bar of one update.
#[derive(Debug)]
struct Bar {
    bar: ProgressBar,
    happenings: usize,
}

impl Bars {
    /// Draws what has changed.
    pub(super) fn show(&mut self, jobs: &[&Arc<Job>], session: &Session) {
        for job in jobs {
            let bar = self.bars.entry(job.id).or_insert_with(|| Bar::begin(&self.all, job));
            if bar.bar.is_finished() {
                continue;
            }
            for happening in words::untold(job, bar.happenings) {
                // The bar itself shows the steps.
                if !matches!(happening, Happening::Entered(_)) {
                    tell(&self.all, &format!("{}: {}", job.device_label, words::happening(happening)));
                }
            }
            bar.happenings = job.history.len();
            bar.show(job, &self.all, session);
        }
    }

    /// A line above the bars, as it is.
    pub(super) fn line(&self, line: &str) {
        tell(&self.all, line);
    }

    /// A line above the bars.
    pub(super) fn note(&self, note: &str) {
        tell(&self.all, &format!("note: {note}"));
    }
}

impl Bar {
    fn begin(all: &MultiProgress, job: &Job) -> Self {
        tell(all, &format!("{}: {}", job.device_label, words::opening(job)));
        let bar = all.add(ProgressBar::new(job.image.size.into()));
        // The template is fixed; were it wrong, the plain style would do.
        let style = ProgressStyle::with_template("{prefix:<12.12} [{bar:14}] {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        bar.set_prefix(job.device_label.clone());
        Self { bar, happenings: 0 }
    }

    fn show(&self, job: &Job, all: &MultiProgress, session: &Session) {
        // While it downloads, the figures say so: with the step's name they would not fit into 80 columns.
        let mut message = words::phase(job);
        if let Some(progress) = job.phase.progress() {
            self.bar.set_position(progress.written.into());
            message = words::download(progress);
        } else if job.phase.step().is_past_recall() {
            self.bar.set_position(job.image.size.into());
        }
        match &job.verdict {
            None => self.bar.set_message(message),
            Some(verdict) => {
                self.bar.finish_and_clear();
                tell(all, &format!("{}: {}", job.device_label, words::verdict(verdict, job)));
                let (lines, advice) = words::below(verdict, job, session);
                lines.iter().for_each(|line| tell(all, line));
                advice.iter().for_each(|advice| tell(all, &format!("  try: {advice}")));
            }
        }
    }
}

/// If the terminal has gone, nobody wants to know.
fn tell(all: &MultiProgress, line: &str) {
    let _ = all.println(line);
}
