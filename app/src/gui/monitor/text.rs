//! The text of a line as it is drawn: its colours, what was searched for, and of long lines only what is in sight.

use std::ops::Range;

use egui::Color32;
use egui::text::{LayoutJob, TextFormat};

use super::ink::{of_level, of_style};
use crate::gui::fonts::Face;
use crate::gui::theme::Tokens;
use crate::usb::monitor::{Level, Line, Span};

/// What was found in a line.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// Where in its text, in bytes, in order.
    pub bytes: Vec<Range<usize>>,
    /// It is the one that was gone to.
    pub current: bool,
}

/// What a line says, without level, time and tag, from the first of these letters to the last.
#[must_use]
pub fn message(line: &Line, letters: Range<usize>, marks: &Marks, tokens: &Tokens) -> LayoutJob {
    let shown = part(&line.text, line.message_at(), letters);
    let usual = of_level(line.level, tokens).text;
    let mut job = LayoutJob::default();
    for piece in pieces(line, shown, &marks.bytes) {
        let found = hit(&marks.bytes, piece.start);
        let asked = span(line, piece.start).filter(|span| !is_a_loggers(line, span));
        let color = asked.map_or(usual, |span| of_style(span.style, usual, tokens));
        let (color, background) = match (found, marks.current) {
            (false, _) => (color, Color32::TRANSPARENT),
            (true, false) => (tokens.t1, tokens.sel),
            (true, true) => (tokens.on_accent, tokens.accent),
        };
        let format = TextFormat { font_id: Face::Mono.font(), color, background, ..TextFormat::default() };
        job.append(line.text.get(piece).unwrap_or_default(), 0.0, format);
    }
    job.wrap.max_rows = 1;
    job.break_on_newline = false;
    job
}

/// Where these letters of a text are, counted from a byte on.
fn part(text: &str, from: usize, letters: Range<usize>) -> Range<usize> {
    let rest = text.get(from..).unwrap_or_default();
    // Letters of one byte each need not be counted.
    if rest.is_ascii() {
        return from + letters.start.min(rest.len())..from + letters.end.min(rest.len());
    }
    let mut starts = rest.char_indices().map(|(at, _)| from + at).skip(letters.start);
    let start = starts.next().unwrap_or(text.len());
    let end = starts.nth(letters.len().saturating_sub(1)).unwrap_or(text.len());
    start..end
}

/// A part of a line, cut wherever its look changes.
fn pieces(line: &Line, shown: Range<usize>, marks: &[Range<usize>]) -> Vec<Range<usize>> {
    let from = line.spans.partition_point(|span| span.bytes.end <= shown.start);
    let spans = line.spans.get(from..).unwrap_or_default().iter().map(|span| &span.bytes);
    let in_sight = spans.take_while(|bytes| bytes.start < shown.end);
    let mut cuts: Vec<usize> = in_sight.chain(marks).flat_map(|bytes| [bytes.start, bytes.end]).collect();
    cuts.retain(|cut| shown.start < *cut && *cut < shown.end);
    cuts.extend([shown.start, shown.end]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

fn hit(marks: &[Range<usize>], at: usize) -> bool {
    let next = marks.partition_point(|mark| mark.end <= at);
    marks.get(next).is_some_and(|mark| mark.contains(&at))
}

fn span(line: &Line, at: usize) -> Option<&Span> {
    let next = line.spans.partition_point(|span| span.bytes.end <= at);
    line.spans.get(next).filter(|span| span.bytes.contains(&at))
}

/// A logger colours the whole line by its level; that is known already, and ours can be read on both grounds.
fn is_a_loggers(line: &Line, span: &Span) -> bool {
    line.level != Level::None && span.bytes.start <= line.message_at() && span.bytes.end >= line.text.len()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::usb::monitor::{Batch, Reader};

    const TOKENS: Tokens = Tokens::DARK;

    fn line(bytes: &[u8]) -> Line {
        let mut batch = Batch::default();
        Reader::default().read(&[bytes, b"\n"].concat(), SystemTime::UNIX_EPOCH, &mut batch);
        Line::clone(&batch.lines[0])
    }

    /// The pieces with their colours, and the colours behind them.
    fn drawn(line: &Line, letters: Range<usize>, marks: &Marks) -> Vec<(String, Color32, Color32)> {
        let job = message(line, letters, marks, &TOKENS);
        let piece = |section: &egui::text::LayoutSection| {
            let bytes = section.byte_range.start.0..section.byte_range.end.0;
            (job.text[bytes].to_owned(), section.format.color, section.format.background)
        };
        job.sections.iter().map(piece).collect()
    }

    const CLEAR: Color32 = Color32::TRANSPARENT;

    #[test]
    fn a_board_may_colour_parts_and_its_logger_colours_nothing() {
        let line = line(b"\x1b[0;33mW (2) bme280: short read\x1b[0m");
        let drawn = drawn(&line, 0..100, &Marks::default());
        assert_eq!(drawn, [("short read".to_owned(), TOKENS.pending.ink, CLEAR)]);
        let line = self::line(b"one \x1b[31mtwo\x1b[0m three");
        let inks =
            self::drawn(&line, 0..100, &Marks::default()).into_iter().map(|(text, ink, _)| (text, ink));
        let expected = [("one ", TOKENS.t1), ("two", TOKENS.failed.ink), (" three", TOKENS.t1)];
        assert_eq!(inks.collect::<Vec<_>>(), expected.map(|(text, ink)| (text.to_owned(), ink)));
    }

    #[test]
    fn what_was_found_stands_out() {
        let line = line(b"I (1) a: one two one");
        let marks = |current| Marks { bytes: vec![9..12, 17..20], current };
        let grounds = |current| -> Vec<_> {
            drawn(&line, 0..100, &marks(current))
                .into_iter()
                .map(|(text, _, ground)| (text, ground))
                .collect()
        };
        let expected = |ground| {
            [("one", ground), (" two ", CLEAR), ("one", ground)]
                .map(|(text, ground)| (text.to_owned(), ground))
        };
        assert_eq!(grounds(false), expected(TOKENS.sel));
        assert_eq!(grounds(true), expected(TOKENS.accent));
    }

    #[test]
    fn of_a_long_line_only_what_is_in_sight_is_laid_out() {
        let text = |line: &Line, letters| -> String {
            drawn(line, letters, &Marks::default()).into_iter().map(|(text, ..)| text).collect()
        };
        let ascii = line(&[b'x'; 4000]);
        assert_eq!(text(&ascii, 3990..4100).len(), 10);
        assert_eq!(text(&ascii, 5000..5100), "");
        let wide = line("aüöäß€".repeat(300).as_bytes());
        assert_eq!(text(&wide, 2..7), "öäß€a");
        assert_eq!(text(&wide, 1798..1900), "ß€");
        assert_eq!(text(&wide, 9999..10_000), "");
        // Each letter in a colour of its own, as only somebody with bad intentions does it.
        let colourful: String = (0..500).map(|number| format!("\x1b[3{}mx", number % 8)).collect();
        assert_eq!(drawn(&line(colourful.as_bytes()), 100..150, &Marks::default()).len(), 50);
    }
}
