//! What a monitor tells, on standard output; what is not said by the board, on standard error.

use std::collections::VecDeque;
use std::io::Write as _;

use super::super::moments::time_of_day;
use super::super::output::Output;
use super::colours::Colours;
use super::json;
use crate::advice::Advice as _;
use crate::engine::printable;
use crate::usb::UsbError;
use crate::usb::monitor::{Batch, Decoded, Filter, Heard, Levels, Line, Panic, Unread};

/// Panics that may wait to be decoded.
const PANICS: usize = 16;

/// Shows what a monitor tells.
pub(super) struct Show<'a> {
    filter: Filter,
    timestamps: bool,
    json: bool,
    colours: Colours,
    output: &'a Output,
    /// The line without end that is on the screen: its number, and what of it is there.
    begun: Option<(u64, String)>,
    /// Those that are not decoded yet.
    panics: VecDeque<Panic>,
}

impl<'a> Show<'a> {
    pub fn new(filter: Filter, timestamps: bool, json: bool, output: &'a Output) -> Self {
        let colours = Colours::wanted();
        Self { filter, timestamps, json, colours, output, begun: None, panics: VecDeque::new() }
    }

    pub fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Read(batch) => self.read(batch),
            Heard::Partial(line) => self.begin(&line),
            Heard::Decoded { first_line, reading } if self.json => {
                self.output.json(&json::reading(first_line, &reading))
            }
            Heard::Decoded { first_line, reading } => self.reading(first_line, &reading),
            Heard::Connected { port, baud } if self.json => self.output.json(&json::connected(&port, baud)),
            Heard::Connected { port, baud } => {
                let name = printable(&port.name());
                self.note(&format!("Connected to {}, {name}, at {baud} baud. Ctrl-C ends.", port.path()));
            }
            Heard::Away if self.json => self.output.json(&json::away()),
            Heard::Away => self.note("The board is gone; waiting for it."),
            Heard::NotDone(error) => self.not_done(&error),
            Heard::LogsTo(_) | Heard::Ended(_) => {}
        }
    }

    /// Ends the line that has none.
    pub fn end(&mut self) {
        if self.begun.take().is_some() {
            self.output.line("");
        }
    }

    fn read(&mut self, batch: Batch) {
        for line in &batch.lines {
            if self.filter.judge(line).0 {
                self.line(line);
            }
        }
        for panic in batch.panics {
            if self.json {
                self.output.json(&json::panic(&panic));
            } else {
                self.panics.push_back(panic);
                if self.panics.len() > PANICS {
                    self.panics.pop_front();
                }
            }
        }
    }

    fn line(&mut self, line: &Line) {
        if self.json {
            return self.output.json(&json::line(line));
        }
        let begun = self.begun.take_if(|(number, _)| *number == line.number);
        match begun.as_ref().and_then(|(_, begun)| line.text.strip_prefix(begun.as_str())) {
            Some(rest) => self.output.line(rest),
            None => {
                if begun.is_some() {
                    self.output.line("");
                }
                self.end();
                self.output.line(format_args!("{}{}", self.time(line), self.colours.line(line)));
            }
        }
    }

    /// Shows a line that has no end yet to a person: a prompt, say.
    fn begin(&mut self, line: &Line) {
        if self.json || !self.shows_all() || !Output::is_terminal() {
            return;
        }
        match &self.begun {
            Some((number, begun)) if *number == line.number => {
                let Some(rest) = line.text.strip_prefix(begun.as_str()) else { return };
                self.output.part(rest);
            }
            _ => self.output.part(format_args!("{}{}", self.time(line), line.text)),
        }
        self.begun = Some((line.number, line.text.to_string()));
    }

    fn shows_all(&self) -> bool {
        self.filter.levels == Levels::ALL && self.filter.search.is_none()
    }

    fn time(&self, line: &Line) -> String {
        if self.timestamps {
            self.colours.faint(&format!("{}  ", time_of_day(line.at)))
        } else {
            String::new()
        }
    }

    fn reading(&mut self, first_line: u64, reading: &Result<Decoded, Unread>) {
        let Some(at) = self.panics.iter().position(|panic| panic.lines.start == first_line) else { return };
        let Some(panic) = self.panics.remove(at) else { return };
        if *reading == Err(Unread::NoAddresses) && self.shows_all() {
            // All that there is to it has been shown.
            return;
        }
        self.end();
        let message = if panic.message.is_empty() { "without a word" } else { &panic.message };
        let place = panic.place.as_ref().map_or(String::new(), |place| format!(", at {place}"));
        self.output.line(self.colours.bad(&format!("--- panic: {message}{place}")));
        match reading {
            Ok(decoded) => {
                for (frame, number) in decoded.frames.iter().zip(0..) {
                    let perhaps = if number < decoded.certain { "" } else { "perhaps " };
                    self.output.line(format_args!("---   {perhaps}{}", printable(&frame.to_string())));
                }
                let which = if decoded.named_by_board { "of the build that runs" } else { "as you say" };
                self.output.line(format_args!("--- decoded with {}, {which}", decoded.elf.display()));
            }
            Err(Unread::NoAddresses) => {}
            Err(why) => {
                self.output.line(format_args!("--- not decoded: {why}"));
                if let Some(advice) = why.advice() {
                    self.output.line(format_args!("---   try: {advice}"));
                }
            }
        }
    }

    fn not_done(&mut self, error: &UsbError) {
        self.note(&format!("warning: {error}"));
        error.advice().iter().for_each(|advice| self.note(&format!("  try: {advice}")));
    }

    fn note(&mut self, note: &str) {
        self.end();
        // If nobody reads it, nobody wants to know.
        let _ = writeln!(std::io::stderr(), "{note}");
    }
}
