//! What a line says: colours kept, every other escape sequence dropped, nothing left that could drive a terminal.
//!
//! Escape sequences: ECMA-48, 5th edition, 5.4 and 8.3.117 (SGR).

use super::line::{Colour, Span, Style};

/// Where tabs lead to.
const TAB: usize = 8;

/// A line's text while it is made.
struct Text {
    text: String,
    letters: usize,
    spans: Vec<Span>,
    style: Style,
}

/// Reads a line that begins in a style; how the next one begins is left there.
pub(super) fn read(bytes: &[u8], style: &mut Style) -> (String, Vec<Span>) {
    let mut text = Text { text: String::new(), letters: 0, spans: Vec::new(), style: *style };
    let lossy = String::from_utf8_lossy(bytes);
    let mut rest = lossy.as_ref();
    while let Some(letter) = rest.chars().next() {
        rest = match letter {
            '\u{1b}' => text.escape(&rest[1..]),
            _ => {
                text.push(letter);
                &rest[letter.len_utf8()..]
            }
        };
    }
    *style = text.style;
    (text.text, text.spans)
}

impl Text {
    fn push(&mut self, letter: char) {
        match letter {
            '\t' => (0..TAB - self.letters % TAB).for_each(|_| self.add(' ')),
            _ if letter.is_control() => {
                format!("\\x{:02x}", u32::from(letter)).chars().for_each(|c| self.add(c))
            }
            _ if is_invisible(letter) => self.add(char::REPLACEMENT_CHARACTER),
            _ => self.add(letter),
        }
    }

    fn add(&mut self, letter: char) {
        let from = self.text.len();
        self.text.push(letter);
        self.letters += 1;
        if self.style == Style::default() {
            return;
        }
        let to = self.text.len();
        match self.spans.last_mut() {
            Some(span) if span.bytes.end == from && span.style == self.style => span.bytes.end = to,
            _ => self.spans.push(Span { bytes: from..to, style: self.style }),
        }
    }

    /// Takes an escape sequence, whose first byte was before `rest`; what comes behind it.
    fn escape<'a>(&mut self, rest: &'a str) -> &'a str {
        match rest.as_bytes().first() {
            Some(b'[') => self.control_sequence(&rest[1..]),
            // Command strings: they end with ST or BEL, or else with the line.
            Some(b']' | b'P' | b'X' | b'^' | b'_') => {
                rest.find(['\u{7}', '\u{1b}']).map_or("", |end| rest[end..].trim_start_matches('\u{7}'))
            }
            Some(_) => {
                let rest = rest.trim_start_matches(|c| matches!(c, ' '..='/'));
                rest.strip_prefix(|c| matches!(c, '0'..='~')).unwrap_or(rest)
            }
            None => rest,
        }
    }

    fn control_sequence<'a>(&mut self, rest: &'a str) -> &'a str {
        let behind = rest.trim_start_matches(|c| matches!(c, ' '..='?'));
        let parameters = &rest[..rest.len() - behind.len()];
        if let Some(behind) = behind.strip_prefix('m') {
            self.render(parameters);
            return behind;
        }
        behind.strip_prefix(|c| matches!(c, '@'..='~')).unwrap_or(behind)
    }

    /// "Select graphic rendition".
    fn render(&mut self, parameters: &str) {
        let mut codes = parameters.split([';', ':']).map(|code| match code {
            "" => Some(0),
            _ => code.parse::<u8>().ok(),
        });
        while let Some(code) = codes.next() {
            match code {
                Some(0) => self.style = Style::default(),
                Some(1) => self.style.bold = true,
                Some(22) => self.style.bold = false,
                Some(code @ 30..=37) => self.style.colour = colour(code - 30),
                Some(code @ 90..=97) => self.style = Style { colour: colour(code - 90), bold: true },
                Some(39) => self.style.colour = None,
                Some(38 | 48) => {
                    let colour = palette(&mut codes);
                    if code == Some(38) {
                        self.style.colour = colour;
                    }
                }
                _ => {}
            }
        }
    }
}

/// A colour by one number of 256, or by red, green and blue; the latter are shown as ordinary text.
fn palette(codes: &mut impl Iterator<Item = Option<u8>>) -> Option<Colour> {
    match codes.next()? {
        Some(5) => match codes.next()?? {
            code @ 0..=15 => colour(code % 8),
            _ => None,
        },
        Some(2) => codes.nth(2).and(None),
        _ => None,
    }
}

fn colour(number: u8) -> Option<Colour> {
    use Colour::{Black, Blue, Cyan, Green, Magenta, Red, White, Yellow};
    [Black, Red, Green, Yellow, Blue, Magenta, Cyan, White].get(usize::from(number)).copied()
}

/// Characters that reorder or hide what stands beside them.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(bytes: &[u8]) -> String {
        read(bytes, &mut Style::default()).0
    }

    #[test]
    fn colours_become_spans() {
        let mut style = Style::default();
        let (text, spans) = read(b"\x1b[0;32mI (12) wifi: up\x1b[0m ok \x1b[1;31mno", &mut style);
        assert_eq!(text, "I (12) wifi: up ok no");
        let green = Style { colour: Some(Colour::Green), bold: false };
        let red = Style { colour: Some(Colour::Red), bold: true };
        assert_eq!(spans, [Span { bytes: 0..15, style: green }, Span { bytes: 19..21, style: red }]);
        // Who switches a colour on, leaves it on.
        assert_eq!(style, red);
        let (_, spans) = read("über".as_bytes(), &mut style);
        assert_eq!(spans, [Span { bytes: 0..5, style: red }]);
        assert_eq!(read(b"\x1b[m.", &mut style).1, []);
        for (code, colour) in [
            ("38;5;9", Some(Colour::Red)),
            ("38;5;200", None),
            ("38;2;1;31;3;33", Some(Colour::Yellow)),
            ("48;5;31;34", Some(Colour::Blue)),
            ("97", Some(Colour::White)),
        ] {
            let mut style = Style::default();
            read(format!("\x1b[{code}mx").as_bytes(), &mut style);
            assert_eq!(style.colour, colour, "{code}");
        }
    }

    #[test]
    fn other_escape_sequences_are_dropped() {
        for sequence in [
            "\x1b[2J",
            "\x1b[?25l",
            "\x1b[10;20H",
            "\x1b[>c",
            "\x1b]0;title\x07",
            "\x1b]8;;http://x\x1b\\",
            "\x1bP1$r\x1b\\",
            "\x1bc",
            "\x1b(B",
            "\x1b#8",
            "\x1b7",
            "\x1b[1 q",
            "\x1b[999999999999m",
        ] {
            assert_eq!(plain(format!("a{sequence}b").as_bytes()), "ab", "{sequence:?}");
        }
        for (torn, text) in [
            ("a\x1b", "a"),
            ("a\x1b[", "a"),
            ("a\x1b[3", "a"),
            ("a\x1b]0;x", "a"),
            ("a\x1b[3üb", "aüb"),
            ("\x1bü", "ü"),
        ] {
            assert_eq!(plain(torn.as_bytes()), text, "{torn:?}");
        }
    }

    #[test]
    fn control_characters_are_seen_and_drive_nothing() {
        assert_eq!(plain(b"a\0b\x07\x7f"), r"a\x00b\x07\x7f");
        assert_eq!(plain("a\u{9b}2Jb".as_bytes()), r"a\x9b2Jb");
        assert_eq!(plain(b"1\t22\tx"), "1       22      x");
        assert_eq!(plain(b"a\xffb\xc3"), "a\u{FFFD}b\u{FFFD}");
        assert_eq!(plain("a\u{202e}b".as_bytes()), "a\u{FFFD}b");
    }
}
