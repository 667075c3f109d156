//! Which line stands in which row: a panic's card takes the rows of its lines, and has a height of its own.

use std::ops::Range;

use super::Sight;
use super::cards::Card;
use crate::usb::monitor::LogBuffer;

/// What stands in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// A line, by its number.
    Line(u64),
    /// The card of a panic, by the number of its first line.
    Card(u64),
}

impl Spot {
    /// The number of its first line.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Line(number) | Self::Card(number) => number,
        }
    }
}

/// A spot with its first row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// What stands there.
    pub spot: Spot,
    /// Its first row.
    pub row: usize,
}

/// The rows of a log at this moment. To make one takes a while for each card, and nothing for lines.
#[derive(Debug)]
pub struct Layout<'a> {
    buffer: &'a LogBuffer,
    cards: Vec<Held>,
    rows: usize,
}

/// A card with its place.
#[derive(Clone, Debug)]
struct Held {
    lines: Range<u64>,
    row: usize,
    height: usize,
    /// The place among the lines that are shown where it stands.
    place: usize,
    /// How many of them it hides.
    hidden: usize,
}

impl Held {
    /// The row behind it.
    const fn end(&self) -> usize {
        self.row + self.height
    }
}

impl<'a> Layout<'a> {
    /// Lays out the lines that a buffer shows, with these cards.
    pub(super) fn new<'c>(buffer: &'a LogBuffer, shown: impl IntoIterator<Item = &'c Card>) -> Self {
        let lines = buffer.shown_len();
        let mut cards: Vec<Held> = Vec::new();
        let (mut more, mut fewer) = (0, 0);
        for card in shown {
            let place = buffer.place_of(card.panic.lines.start);
            let end = buffer.place_of(card.panic.lines.end).min(lines);
            let hidden = if card.raw { 0 } else { end.saturating_sub(place) };
            let row = place + more - fewer;
            cards.push(Held { lines: card.panic.lines.clone(), row, height: card.height(), place, hidden });
            more += card.height();
            fewer += hidden;
        }
        Self { buffer, cards, rows: lines + more - fewer }
    }

    /// How many rows there are.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// What stands in a row, and in those behind it.
    pub fn placed_from(&self, row: usize) -> impl Iterator<Item = Placed> {
        std::iter::successors(self.at(row), move |placed| self.at(self.behind(*placed)))
    }

    /// What stands in a row.
    #[must_use]
    pub fn at(&self, row: usize) -> Option<Placed> {
        if row >= self.rows {
            return None;
        }
        let card = self.cards.partition_point(|card| card.row <= row).checked_sub(1);
        let place = match card.and_then(|card| self.cards.get(card)) {
            Some(card) if row < card.end() => {
                return Some(Placed { spot: Spot::Card(card.lines.start), row: card.row });
            }
            Some(card) => card.place + card.hidden + (row - card.end()),
            None => row,
        };
        let number = self.buffer.shown(place..place + 1).next()?.number;
        Some(Placed { spot: Spot::Line(number), row })
    }

    /// The row behind something.
    fn behind(&self, placed: Placed) -> usize {
        match placed.spot {
            Spot::Line(_) => placed.row + 1,
            Spot::Card(number) => self.card(number).map_or(placed.row + 1, Held::end),
        }
    }

    /// The row of something; of a line that a card hides, that of the card; of one that is not shown, that of the next.
    #[must_use]
    pub fn row_of(&self, spot: Spot) -> usize {
        let number = match spot {
            Spot::Line(number) => number,
            Spot::Card(number) => match self.card(number) {
                Some(card) => return card.row,
                None => number,
            },
        };
        let place = self.buffer.place_of(number);
        let before = self.cards.partition_point(|card| card.lines.start <= number).checked_sub(1);
        match before.and_then(|card| self.cards.get(card)) {
            Some(card) if place < card.place + card.hidden => card.row,
            Some(card) => card.end() + (place - card.place - card.hidden),
            None => place,
        }
    }

    /// What is in sight if this row is at the top.
    #[must_use]
    pub fn sight(&self, top: f32) -> Sight {
        let top = top.max(0.0);
        match self.at(top as usize) {
            Some(placed) => Sight::At(placed.spot, top - placed.row as f32),
            None => Sight::End,
        }
    }

    fn card(&self, number: u64) -> Option<&Held> {
        self.cards
            .binary_search_by_key(&number, |card| card.lines.start)
            .ok()
            .and_then(|at| self.cards.get(at))
    }
}
