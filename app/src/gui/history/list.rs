//! The list of past updates, made when it changes and not when it is drawn: its lines, and what filters count. Pure.

use std::time::SystemTime;

use super::{Filter, View};
use crate::gui::figures::date;

/// A line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// The heading of a day; a moment of it.
    Day(SystemTime),
    /// A group, by its place.
    Group(usize),
    /// A proof, by its place.
    Proof(usize),
}

/// The list.
#[derive(Debug, Default)]
pub struct List {
    lines: Vec<Line>,
    counts: Vec<(Filter, usize)>,
}

impl List {
    pub(super) fn of(view: &View) -> Self {
        let rows: Vec<_> = if view.filter == Filter::Certificates {
            view.shown_proofs().map(|(place, certified)| (Line::Proof(place), certified.at)).collect()
        } else {
            view.shown().map(|(place, group)| (Line::Group(place), group.first().started)).collect()
        };
        let counts = Filter::ALL.into_iter().map(|(filter, _)| (filter, count(view, filter))).collect();
        Self { lines: with_days(&rows), counts }
    }

    /// Its lines, from top to bottom.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// How many a filter would show.
    #[must_use]
    pub fn count(&self, filter: Filter) -> usize {
        self.counts.iter().find(|(known, _)| *known == filter).map_or(0, |(_, count)| *count)
    }
}

fn count(view: &View, filter: Filter) -> usize {
    match filter {
        Filter::Certificates => view.certificates.len(),
        filter => view.updates.iter().filter(|update| filter.keeps(update)).count(),
    }
}

/// The same with a heading before the first row of each day.
fn with_days(rows: &[(Line, SystemTime)]) -> Vec<Line> {
    let mut lines = Vec::with_capacity(rows.len());
    let mut last = None;
    for (row, at) in rows {
        let day = Some(date(*at));
        if day != last {
            lines.push(Line::Day(*at));
        }
        lines.push(*row);
        last = day;
    }
    lines
}
