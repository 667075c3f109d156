//! How updates are shown: as bars on a terminal, or as lines of text or JSON.

use std::sync::Arc;

use super::super::failure::Failure;
use super::super::output::Output;
use super::super::session::Session;
use super::bars::Bars;
use super::lines::Lines;
use super::summary::Summary;
use super::{ahead, words};
use crate::engine::{End, Job, JobId, Member, Preparation, Snapshot};

/// How updates are shown.
pub(in crate::cli) struct View {
    style: Style,
    /// The user has been told that the file server has another port than it should.
    warned: bool,
}

enum Style {
    /// Bars on a terminal.
    Bars(Bars),
    /// Lines of text or JSON.
    Lines(Lines),
}

impl View {
    pub(in crate::cli) fn new(json: bool) -> Self {
        let style = if !json && Output::is_terminal() {
            Style::Bars(Bars::default())
        } else {
            Style::Lines(Lines::new(json))
        };
        Self { style, warned: false }
    }

    pub(super) fn show(&mut self, snapshot: &Snapshot, jobs: &[JobId], session: &Session) {
        if let (Some(warning), false) = (words::other_port(snapshot), self.warned) {
            self.warned = true;
            self.note(&warning, session);
        }
        let jobs: Vec<&Arc<Job>> = jobs.iter().filter_map(|job| snapshot.job(*job)).collect();
        match &mut self.style {
            Style::Bars(bars) => bars.show(&jobs, session),
            Style::Lines(lines) => lines.show(&jobs, session),
        }
    }

    pub(super) fn is_json(&self) -> bool {
        matches!(&self.style, Style::Lines(lines) if lines.is_json())
    }

    pub(super) fn note(&self, note: &str, session: &Session) {
        match &self.style {
            Style::Bars(bars) => bars.note(note),
            Style::Lines(lines) => lines.note(note, session),
        }
    }

    /// A device that is waited for.
    pub(super) fn away(&self, member: &Member, session: &Session) {
        match &self.style {
            Style::Bars(bars) => bars.note(&format!("{}: {}", member.label, words::AWAY)),
            Style::Lines(lines) => lines.away(member, session),
        }
    }

    /// A device that waits was told to erase ahead.
    pub(super) fn prepared(&self, member: &Member, preparation: &Preparation, session: &Session) {
        let Some(told) = ahead::told(preparation) else { return };
        match &self.style {
            Style::Bars(bars) => bars.line(&format!("{}: {told}", member.label)),
            Style::Lines(lines) => lines.prepared(member, preparation, told, session),
        }
    }

    /// The end of a device that had no update.
    pub(super) fn without_job(&self, member: &Member, end: &End, version: &str, session: &Session) {
        match &self.style {
            Style::Bars(bars) => {
                bars.line(&format!("{}: {}", member.label, words::end_without_job(end, version)));
            }
            Style::Lines(lines) => lines.without_job(member, end, version, session),
        }
    }

    pub(super) fn sum_up(&self, summary: &Summary, session: &Session) {
        match &self.style {
            Style::Bars(bars) => summary.lines().iter().for_each(|line| bars.line(line)),
            Style::Lines(lines) => lines.sum_up(summary, session),
        }
    }

    pub(super) fn not_found(&self, called: &str, failure: &Failure, session: &Session) {
        if let Style::Lines(lines) = &self.style {
            lines.not_found(called, failure, session);
        }
        failure.tell();
    }
}
