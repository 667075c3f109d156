//! Bytes of a board in, numbered lines and panics out. Without a port and without a clock: both are its caller's.

use std::sync::Arc;
use std::time::SystemTime;

use super::assemble::{Assembler, End};
use super::line::{Line, Style};
use super::panic::{Panic, Spotter};
use super::said::{self, Voice};
use super::text;

/// Reads what a board says.
#[derive(Debug, Default)]
pub struct Reader {
    assembler: Assembler,
    state: State,
}

/// What has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Lines.
    pub lines: Vec<Arc<Line>>,
    /// Panics that are over. Their lines are in this batch, or were in those before.
    pub panics: Vec<Panic>,
}

impl Batch {
    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.panics.is_empty()
    }
}

/// All but the bytes of the line that has no end yet.
#[derive(Debug, Default)]
struct State {
    next: u64,
    style: Style,
    /// When the line began that has no end yet.
    begun: Option<SystemTime>,
    spotter: Spotter,
}

impl Reader {
    /// A reader whose first line has this number.
    #[must_use]
    pub fn new(first_line: u64) -> Self {
        Self { state: State { next: first_line, ..State::default() }, ..Self::default() }
    }

    /// Takes bytes that have arrived now.
    pub fn read(&mut self, bytes: &[u8], now: SystemTime, batch: &mut Batch) {
        let Self { assembler, state } = self;
        assembler.feed(bytes, |line, end| state.line(line, end, now, batch));
        if !assembler.is_in_line() {
            state.begun = None;
        } else if state.begun.is_none() {
            state.begun = Some(now);
        }
    }

    /// The line that has no end yet, as far as it is there: it gets the number that it shows when it is whole.
    #[must_use]
    pub fn partial(&self) -> Option<Line> {
        let (pending, state) = (self.assembler.pending(), &self.state);
        let at = state.begun.filter(|_| !pending.is_empty())?;
        Some(line(pending, state.next, at, &mut state.style.clone()).0)
    }

    /// Nothing has come for a while: a panic is over, if there was one.
    pub fn quiet(&mut self, batch: &mut Batch) {
        batch.panics.extend(self.state.spotter.end());
    }

    /// Whether a panic is not over.
    #[must_use]
    pub const fn is_in_panic(&self) -> bool {
        self.state.spotter.is_in_panic()
    }

    /// The board is gone, or another baud rate is set: the line that has no end gets none. What comes next may be said
    /// by another firmware.
    pub fn break_off(&mut self, now: SystemTime, batch: &mut Batch) {
        let Self { assembler, state } = self;
        assembler.break_off(|line, end| state.line(line, end, now, batch));
        state.begun = None;
        state.style = Style::default();
        batch.panics.extend(state.spotter.end());
        state.spotter.forget();
    }
}

impl State {
    fn line(&mut self, bytes: &[u8], end: End, now: SystemTime, batch: &mut Batch) {
        let at = self.begun.take().unwrap_or(now);
        let (mut read, voice) = line(bytes, self.next, at, &mut self.style);
        if voice == Voice::Reset {
            // Colours that were left on are not those of the program that starts.
            self.style = Style::default();
        }
        read.cut = end == End::Cut;
        self.next += 1;
        batch.panics.extend(self.spotter.line(read.number, at, &read.text, voice));
        batch.lines.push(Arc::new(read));
    }
}

fn line(bytes: &[u8], number: u64, at: SystemTime, style: &mut Style) -> (Line, Voice) {
    let (text, spans) = text::read(bytes, style);
    let said = said::read(&text);
    let (text, spans) = (text.into_boxed_str(), spans.into_boxed_slice());
    let line =
        Line { number, at, level: said.level, text, spans, cut: false, tag: said.tag, message: said.message };
    (line, said.voice)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::usb::monitor::line::Level;

    fn at(millis: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
    }

    #[test]
    fn lines_are_numbered_and_have_the_time_of_their_first_byte() {
        let (mut reader, mut batch) = (Reader::new(7), Batch::default());
        reader.read(b"I (1) wifi: jo", at(1), &mut batch);
        assert!(batch.is_empty());
        let partial = reader.partial().unwrap();
        assert_eq!((partial.number, partial.at, partial.message()), (7, at(1), "jo"));
        reader.read(b"ined\nsecond\nthi", at(2), &mut batch);
        let shown: Vec<_> = batch.lines.iter().map(|line| (line.number, line.at, line.message())).collect();
        assert_eq!(shown, [(7, at(1), "joined"), (8, at(2), "second")]);
        assert_eq!((batch.lines[0].level, batch.lines[0].tag()), (Level::Info, Some("wifi")));
        batch = Batch::default();
        reader.break_off(at(3), &mut batch);
        assert_eq!((&*batch.lines[0].text, batch.lines[0].at, batch.lines[0].number), ("thi", at(2), 9));
        assert_eq!(reader.partial(), None);
    }

    #[test]
    fn a_panic_is_told_once_it_is_over() {
        let (mut reader, mut batch) = (Reader::default(), Batch::default());
        reader.read(b"\x1b[31m\npanic: no sensor\nat src/main.rs:7\n0x42000000\n", at(1), &mut batch);
        assert!(batch.panics.is_empty() && reader.is_in_panic());
        reader.quiet(&mut batch);
        assert!(!reader.is_in_panic());
        assert_eq!((batch.panics[0].message.as_str(), batch.panics[0].lines.clone()), ("no sensor", 1..4));
        // The colour that was left on lasts until the next start.
        assert!(!batch.lines[1].spans.is_empty());
        batch = Batch::default();
        reader.read(b"ESP-ROM:esp32c3-api1-20210207\nhello\n", at(2), &mut batch);
        assert!(batch.lines[1].spans.is_empty());
    }
}
