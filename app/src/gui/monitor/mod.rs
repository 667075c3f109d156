//! The monitor page: what a board on a cable logs, kept over changes of the page.

mod act;
mod body;
mod card;
mod cards;
mod columns;
mod filters;
mod find;
mod head;
mod ink;
mod layout;
mod line;
mod link;
mod nothing;
mod order;
mod page;
mod ports;
mod send;
mod status;
#[cfg(test)]
mod tests;
mod text;

use std::path::PathBuf;
use std::sync::Arc;

pub use act::{act, hear, open};
pub use cards::{Cards, Reading};
pub use find::Find;
pub use layout::{Layout, Placed, Spot};
pub use link::Link;
pub use order::{Action, Event, Order};
pub use page::draw;
pub use status::status;

use self::text::Marks;
use super::figures::clock_millis;
use crate::usb::monitor::{Ending, Filter, Level, Levels, Line, LogBuffer};

/// The rate of most firmware, and of ROMs.
pub const USUAL_BAUD: u32 = 115_200;
/// The rates that can be chosen, the usual one first. 74,880 is that of ROMs with a crystal of 26 MHz.
const BAUD_RATES: [u32; 10] =
    [USUAL_BAUD, 9_600, 19_200, 38_400, 57_600, 74_880, 230_400, 460_800, 921_600, 2_000_000];

/// What the page shows.
#[derive(Debug)]
pub struct View {
    /// The port, once there was one.
    pub port: Option<String>,
    /// Its rate.
    pub baud: u32,
    /// How it is.
    pub link: Link,
    /// What the board has said.
    pub log: LogBuffer,
    /// The line that has no end yet.
    pub partial: Option<Arc<Line>>,
    /// Its panics.
    pub cards: Cards,
    /// Which levels are shown.
    pub levels: Levels,
    /// What is shown of each line.
    pub show: Show,
    /// What is searched for.
    pub find: Find,
    /// What of the log is in sight.
    pub sight: Sight,
    /// How many rows of it there is room for.
    pub page: f32,
    /// The lines that are selected, from where to where.
    pub selected: Option<Selected>,
    /// What is to be sent.
    pub draft: String,
    /// What is sent behind it.
    pub ending: Ending,
    /// The file that everything is written to.
    pub saved_to: Option<PathBuf>,
    /// The longest line so far, in letters.
    widest: usize,
    /// Lines wait to be looked at with another filter.
    looking: bool,
}

/// What is shown of each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Show {
    /// When it arrived.
    pub time: bool,
    /// Panics as cards, not as the lines that they are.
    pub panics: bool,
}

/// What of the log is in sight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sight {
    /// The end, wherever it is.
    End,
    /// What begins so many rows below the top of a spot.
    At(Spot, f32),
}

/// Lines that are selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selected {
    /// Where it began.
    anchor: u64,
    /// Where it has got to.
    head: u64,
}

impl Default for View {
    fn default() -> Self {
        Self {
            port: None,
            baud: USUAL_BAUD,
            link: Link::Closed,
            log: LogBuffer::default(),
            partial: None,
            cards: Cards::default(),
            levels: Levels::ALL,
            show: Show { time: true, panics: true },
            find: Find::default(),
            sight: Sight::End,
            page: 0.0,
            selected: None,
            draft: String::new(),
            ending: Ending::default(),
            saved_to: None,
            widest: 0,
            looking: false,
        }
    }
}

impl View {
    /// Whether a port has been chosen in this session.
    #[must_use]
    pub const fn has_begun(&self) -> bool {
        self.port.is_some()
    }

    /// Whether the view stands.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.log.is_paused()
    }

    /// Which line stands in which row.
    #[must_use]
    pub fn layout(&self) -> Layout<'_> {
        let stands_at = self.log.next() - self.log.arrived_since();
        let shown = self.show.panics && self.levels.has(Level::Error);
        let cards = self.cards.told_before(stands_at).filter(|_| shown);
        Layout::new(&self.log, cards)
    }

    /// What was found in a line.
    #[must_use]
    pub fn marks(&self, line: &Line) -> Marks {
        let Some(search) = self.find.search() else { return Marks::default() };
        Marks { bytes: search.places(&line.text).collect(), current: self.find.at == Some(line.number) }
    }

    /// Whether a line is selected.
    #[must_use]
    pub fn is_selected(&self, number: u64) -> bool {
        self.selected.is_some_and(|selected| selected.lines().contains(&number))
    }

    /// The lines that are selected and shown, as text.
    #[must_use]
    pub fn selected_text(&self) -> String {
        let Some(selected) = self.selected else { return String::new() };
        let (first, last) = selected.lines().into_inner();
        let lines = self.log.shown(self.log.place_of(first)..self.log.place_of(last + 1));
        let mut text = String::new();
        for line in lines {
            if self.show.time {
                text.push_str(&clock_millis(line.at));
                text.push_str("  ");
            }
            text.push_str(&line.text);
            text.push('\n');
        }
        text
    }

    fn filter(&self) -> Filter {
        Filter { levels: self.levels, search: self.find.search().cloned(), only_matches: false }
    }
}

impl Selected {
    /// From the first to the last.
    #[must_use]
    pub fn lines(self) -> std::ops::RangeInclusive<u64> {
        self.anchor.min(self.head)..=self.anchor.max(self.head)
    }
}
