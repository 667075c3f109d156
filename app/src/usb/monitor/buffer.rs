//! The lines of a log that are kept, and those of them that are shown: what each new line costs does not depend on how
//! many there are.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::levels::{Counts, Levels};
use super::line::Line;
use super::search::Search;

/// How much is kept; the oldest lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lines.
    pub lines: usize,
    /// Bytes of memory, text and colours included.
    pub bytes: usize,
}

/// Bytes of memory for a line: logs need some 250, noise needs more.
const BYTES_A_LINE: usize = 640;

impl Limits {
    /// So many lines, and as much memory as that many lines of a log need at most.
    #[must_use]
    pub const fn of_lines(lines: usize) -> Self {
        Self { lines, bytes: lines.saturating_mul(BYTES_A_LINE) }
    }
}

impl Default for Limits {
    /// 100,000 lines.
    fn default() -> Self {
        Self::of_lines(100_000)
    }
}

/// Which lines are shown.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Those of these levels.
    pub levels: Levels,
    /// What is looked for.
    pub search: Option<Search>,
    /// Lines without it are hidden.
    pub only_matches: bool,
}

/// The lines.
///
/// After [`set_filter`](Self::set_filter) the lines that are there have to be looked at again. That is done in steps, the
/// newest lines first, by [`work`](Self::work), which whoever draws calls once a frame.
#[derive(Debug, Default)]
pub struct LogBuffer {
    limits: Limits,
    lines: VecDeque<Arc<Line>>,
    /// The number of the next line.
    next: u64,
    bytes: usize,
    counts: Counts,
    filter: Filter,
    /// The numbers of lines that are shown, and of those in which something was found.
    shown: VecDeque<u64>,
    matches: VecDeque<u64>,
    /// Lines before this one have not been looked at with this filter.
    looked_from: u64,
    /// Those from this one on are not shown: the view stands.
    stands_at: Option<u64>,
}

impl LogBuffer {
    /// A buffer that keeps so much.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Adds a line. Numbers go on without gaps; where they do not, another log begins, and the old one goes.
    pub fn push(&mut self, line: Arc<Line>) {
        if line.number != self.next {
            self.begin_at(line.number);
        }
        self.next += 1;
        self.bytes += line.cost();
        self.counts.add(line.level);
        let (is_shown, is_match) = self.filter.judge(&line);
        if is_shown {
            self.shown.push_back(line.number);
        }
        if is_match {
            self.matches.push_back(line.number);
        }
        self.lines.push_back(line);
        while self.lines.len() > self.limits.lines || self.bytes > self.limits.bytes {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some(line) = self.lines.pop_front() else { return };
        self.bytes -= line.cost();
        self.counts.take(line.level);
        for numbers in [&mut self.shown, &mut self.matches] {
            numbers.pop_front_if(|number| *number <= line.number);
        }
        self.looked_from = self.looked_from.max(line.number + 1);
    }

    /// Forgets the lines; the next one has the number that it would have had.
    pub fn clear(&mut self) {
        self.begin_at(self.next);
    }

    fn begin_at(&mut self, next: u64) {
        let (limits, filter) = (self.limits, std::mem::take(&mut self.filter));
        let stands_at = self.stands_at.map(|_| next);
        *self = Self { limits, filter, next, looked_from: next, stands_at, ..Self::default() };
    }

    /// Keeps another amount from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
        while self.lines.len() > limits.lines || self.bytes > limits.bytes {
            self.drop_oldest();
        }
    }

    /// Shows other lines.
    pub fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.shown.clear();
        self.matches.clear();
        self.looked_from = self.next;
    }

    /// What is shown.
    #[must_use]
    pub const fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Looks at this many lines at most that have not been looked at with this filter; whether there are more of them.
    pub fn work(&mut self, most: usize) -> bool {
        for _ in 0..most {
            let Some(line) = self.looked_from.checked_sub(1).and_then(|number| self.line(number)) else {
                break;
            };
            let (number, judged) = (line.number, self.filter.judge(line));
            if judged.0 {
                self.shown.push_front(number);
            }
            if judged.1 {
                self.matches.push_front(number);
            }
            self.looked_from = number;
        }
        self.looked_from > self.first()
    }

    /// Lets the view stand where it is while lines arrive, or go on.
    pub fn pause(&mut self, paused: bool) {
        self.stands_at = paused.then_some(self.next);
    }

    /// Whether the view stands.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.stands_at.is_some()
    }

    /// Lines that have arrived while the view stands.
    #[must_use]
    pub fn arrived_since(&self) -> u64 {
        self.stands_at.map_or(0, |stands_at| self.next - stands_at)
    }

    /// The number of the oldest line.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.next - self.lines.len() as u64
    }

    /// The number that the next line has.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// Lines that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Bytes of memory that they take.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many lines have each level, hidden ones included.
    #[must_use]
    pub const fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The line of a number, if it is still there.
    #[must_use]
    pub fn line(&self, number: u64) -> Option<&Arc<Line>> {
        let at = usize::try_from(number.checked_sub(self.first())?).ok()?;
        self.lines.get(at)
    }

    /// Lines that are shown.
    #[must_use]
    pub fn shown_len(&self) -> usize {
        self.before_stand(&self.shown)
    }

    /// The lines that are shown in these places, counted from the oldest one.
    pub fn shown(&self, places: Range<usize>) -> impl Iterator<Item = &Arc<Line>> {
        let end = places.end.min(self.shown_len());
        self.shown.range(places.start.min(end)..end).filter_map(|number| self.line(*number))
    }

    /// The place among those shown of a line, or of the next one that is.
    #[must_use]
    pub fn place_of(&self, number: u64) -> usize {
        self.shown.partition_point(|shown| *shown < number)
    }

    /// Shown lines in which something was found.
    #[must_use]
    pub fn matches(&self) -> usize {
        self.before_stand(&self.matches)
    }

    /// The next line after this one in which something was found; after the last one comes the first.
    #[must_use]
    pub fn match_after(&self, number: u64) -> Option<u64> {
        let end = self.matches();
        let at = self.matches.partition_point(|found| *found <= number);
        self.matches.get(if at < end { at } else { 0 }).filter(|_| end > 0).copied()
    }

    /// The last line before this one in which something was found; before the first one comes the last.
    #[must_use]
    pub fn match_before(&self, number: u64) -> Option<u64> {
        let end = self.matches();
        let at = self.matches.partition_point(|found| *found < number).min(end);
        let at = at.checked_sub(1).or_else(|| end.checked_sub(1))?;
        self.matches.get(at).copied()
    }

    /// In how many shown lines, up to this one, something was found.
    #[must_use]
    pub fn matches_up_to(&self, number: u64) -> usize {
        self.matches.partition_point(|found| *found <= number).min(self.matches())
    }

    /// All lines, or those that are shown, for who writes them to a file: the lines are shared, not copied.
    #[must_use]
    pub fn take_down(&self, only_shown: bool) -> Vec<Arc<Line>> {
        if only_shown {
            self.shown(0..self.shown_len()).cloned().collect()
        } else {
            self.lines.iter().cloned().collect()
        }
    }

    fn before_stand(&self, numbers: &VecDeque<u64>) -> usize {
        self.stands_at.map_or(numbers.len(), |end| numbers.partition_point(|number| *number < end))
    }
}

impl Filter {
    /// Whether a line is shown, and whether what is looked for is in it.
    #[must_use]
    pub fn judge(&self, line: &Line) -> (bool, bool) {
        if !self.levels.has(line.level) {
            return (false, false);
        }
        match &self.search {
            None => (true, false),
            Some(search) => {
                let found = search.is_in(&line.text);
                (found || !self.only_matches, found)
            }
        }
    }
}

#[cfg(test)]
#[path = "buffer_tests.rs"]
mod tests;
