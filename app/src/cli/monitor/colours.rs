//! Lines in the colours of a terminal: those that the board gives them, or those of their levels.

use std::io::IsTerminal as _;

use crate::usb::monitor::{Colour, Level, Line, Style};

const PLAIN: &str = "\x1b[0m";
const FAINT: &str = "\x1b[2m";

/// Whether lines are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    On,
    Off,
}

impl Colours {
    /// On for a terminal, unless its user wants none: <https://no-color.org>.
    pub fn wanted() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if !refused && std::io::stdout().is_terminal() { Self::On } else { Self::Off }
    }

    /// The text of a line.
    pub fn line(self, line: &Line) -> String {
        let text: &str = &line.text;
        if self == Self::Off {
            return text.to_owned();
        }
        if line.spans.is_empty() {
            return match line.level {
                Level::Error => self.styled(text, Style { colour: Some(Colour::Red), bold: false }),
                Level::Warn => self.styled(text, Style { colour: Some(Colour::Yellow), bold: false }),
                Level::Debug | Level::Trace => self.faint(text),
                Level::Info | Level::None => text.to_owned(),
            };
        }
        let (mut out, mut at) = (String::new(), 0);
        for span in &line.spans {
            out.push_str(text.get(at..span.bytes.start).unwrap_or_default());
            out.push_str(&self.styled(text.get(span.bytes.clone()).unwrap_or_default(), span.style));
            at = span.bytes.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        out
    }

    /// What stands beside the text.
    pub fn faint(self, text: &str) -> String {
        if self == Self::On { format!("{FAINT}{text}{PLAIN}") } else { text.to_owned() }
    }

    /// What is as bad as an error.
    pub fn bad(self, text: &str) -> String {
        self.styled(text, Style { colour: Some(Colour::Red), bold: true })
    }

    fn styled(self, text: &str, style: Style) -> String {
        if self == Self::Off {
            return text.to_owned();
        }
        let bold = if style.bold { "\x1b[1m" } else { "" };
        let colour = style.colour.map_or(String::new(), |colour| format!("\x1b[{}m", 30 + colour as u8));
        format!("{bold}{colour}{text}{PLAIN}")
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::usb::monitor::{Batch, Reader};

    #[test]
    fn a_line_has_its_own_colours_or_those_of_its_level() {
        let mut batch = Batch::default();
        let log = b"a \x1b[1;32mb\x1b[0m c\nE (1) x: y\nI (1) x: y\n";
        Reader::default().read(log, SystemTime::UNIX_EPOCH, &mut batch);
        let shown: Vec<_> = batch.lines.iter().map(|line| Colours::On.line(line)).collect();
        assert_eq!(shown, ["a \x1b[1m\x1b[32mb\x1b[0m c", "\x1b[31mE (1) x: y\x1b[0m", "I (1) x: y"]);
        assert_eq!(Colours::Off.line(&batch.lines[0]), "a b c");
    }
}
