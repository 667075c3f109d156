//! Panics, as cards that stand in the log in place of their lines.

use std::collections::VecDeque;

use crate::usb::monitor::{Decoded, Panic, Unread};

/// Older ones are shown as the lines that they are.
const MOST: usize = 500;
/// The most frames that a card shows; the rest is in its text.
const FRAMES: usize = 24;
/// The most addresses in a row of those that nobody can read.
pub(super) const ADDRESSES: usize = 6;
/// The most rows of such addresses.
const ADDRESS_ROWS: usize = 4;
/// Longer messages take a second row, and are cut behind that.
const MESSAGE: usize = 90;

/// What is known of a panic's addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// They are looked up.
    Waiting,
    /// What they are.
    Done(Decoded),
    /// Why they are addresses only.
    Not(Unread),
}

/// A panic, as it is shown.
#[derive(Clone, Debug)]
pub struct Card {
    /// What the board says.
    pub panic: Panic,
    /// What its addresses are.
    pub reading: Reading,
    /// Whether its lines are shown below it.
    pub raw: bool,
    /// The line before which it was told.
    told_before: u64,
}

impl Card {
    /// Its height in rows.
    #[must_use]
    pub fn height(&self) -> usize {
        // Its head has two, and one more is the space around it.
        3 + self.message_rows() + usize::from(self.place().is_some()) + self.list_rows() + 1
    }

    /// Where it happened, in the firmware's words; nothing if the frames tell it.
    #[must_use]
    pub fn place(&self) -> Option<&str> {
        let told = matches!(&self.reading, Reading::Done(decoded) if decoded.frames.iter().any(|frame| frame.place.is_some()));
        self.panic.place.as_deref().filter(|_| !told)
    }

    /// The rows of its message.
    #[must_use]
    pub fn message_rows(&self) -> usize {
        if self.panic.message.chars().count() > MESSAGE { 2 } else { 1 }
    }

    /// The rows of its frames or addresses.
    #[must_use]
    pub fn list_rows(&self) -> usize {
        match &self.reading {
            Reading::Done(decoded) => decoded.frames.len().min(FRAMES),
            _ => self.panic.addresses.len().div_ceil(ADDRESSES).min(ADDRESS_ROWS),
        }
    }

    /// As text, for who wants to show it to somebody.
    #[must_use]
    pub fn text(&self) -> String {
        let Panic { message, place, addresses, .. } = &self.panic;
        let mut lines =
            vec![if message.is_empty() { "panic".to_owned() } else { format!("panic: {message}") }];
        lines.extend(place.as_ref().map(|place| format!("at {place}")));
        match &self.reading {
            Reading::Done(decoded) => lines.extend(decoded.frames.iter().map(|frame| format!("  {frame}"))),
            _ => lines.extend(addresses.iter().map(|address| format!("  {:#010x}", address.value()))),
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

/// All of them, in the order of their lines.
#[derive(Debug, Default)]
pub struct Cards(VecDeque<Card>);

impl Cards {
    /// Adds a panic that was told before this line.
    pub(super) fn add(&mut self, panic: Panic, before: u64) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        let raw = false;
        self.0.push_back(Card { panic, reading: Reading::Waiting, raw, told_before: before });
    }

    /// Drops those whose lines have gone.
    pub(super) fn forget_before(&mut self, number: u64) {
        while self.0.pop_front_if(|card| card.panic.lines.start < number).is_some() {}
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Those that were told before this line.
    pub fn told_before(&self, number: u64) -> impl Iterator<Item = &Card> {
        self.0.iter().filter(move |card| card.told_before <= number)
    }

    /// The one that begins with this line.
    #[must_use]
    pub fn card(&self, number: u64) -> Option<&Card> {
        self.place(number).and_then(|place| self.0.get(place))
    }

    pub(super) fn card_mut(&mut self, number: u64) -> Option<&mut Card> {
        self.place(number).and_then(|place| self.0.get_mut(place))
    }

    fn place(&self, number: u64) -> Option<usize> {
        self.0.binary_search_by_key(&number, |card| card.panic.lines.start).ok()
    }
}
