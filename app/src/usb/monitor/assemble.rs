//! Bytes as they arrive are put together to lines, which are bounded.

/// Longer lines go on in another one.
pub const MAX_LINE: usize = 4096;

/// Puts lines together. Lines end with LF, CR LF, or a CR that something else follows.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    pending: Vec<u8>,
    /// The last byte was a CR: the line ends there, unless an LF follows that ends it anyway.
    after_cr: bool,
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// As lines do.
    Whole,
    /// It is too long; the next one goes on.
    Cut,
}

impl Assembler {
    /// Takes bytes, and gives the lines that end in them.
    pub fn feed(&mut self, bytes: &[u8], mut line: impl FnMut(&[u8], End)) {
        for &byte in bytes {
            match byte {
                b'\n' => self.end(&mut line),
                b'\r' => self.after_cr = true,
                _ => {
                    if self.after_cr {
                        self.end(&mut line);
                    }
                    self.pending.push(byte);
                    if self.pending.len() == MAX_LINE {
                        self.cut(&mut line);
                    }
                }
            }
        }
    }

    fn end(&mut self, line: &mut impl FnMut(&[u8], End)) {
        self.after_cr = false;
        line(&self.pending, End::Whole);
        self.pending.clear();
    }

    /// Cuts between characters, if there are any.
    fn cut(&mut self, line: &mut impl FnMut(&[u8], End)) {
        let starts = |byte: &u8| byte & 0xC0 != 0x80;
        let tail = self.pending.iter().rev().take(4).position(starts).map_or(0, |back| back + 1);
        let complete = std::str::from_utf8(&self.pending[MAX_LINE - tail..]).is_ok();
        let at = if complete { MAX_LINE } else { MAX_LINE - tail };
        line(&self.pending[..at], End::Cut);
        self.pending.drain(..at);
    }

    /// What has arrived of a line that has no end yet.
    pub fn pending(&self) -> &[u8] {
        &self.pending
    }

    /// Whether a line has begun.
    pub fn is_in_line(&self) -> bool {
        !self.pending.is_empty() || self.after_cr
    }

    /// The line that has no end will get none.
    pub fn break_off(&mut self, mut line: impl FnMut(&[u8], End)) {
        if self.is_in_line() {
            self.end(&mut line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> (Vec<(String, End)>, String) {
        let mut assembler = Assembler::default();
        let mut lines = Vec::new();
        for piece in pieces {
            assembler.feed(piece, |line, end| lines.push((String::from_utf8_lossy(line).into_owned(), end)));
        }
        (lines, String::from_utf8_lossy(assembler.pending()).into_owned())
    }

    #[test]
    fn lines_end_in_each_of_the_usual_ways_wherever_they_are_torn() {
        let whole = b"one\ntwo\r\nthree\r\r\nfour\rfive\n\nsix";
        let expected = ["one", "two", "three", "four", "five", ""];
        for tear in 0..=whole.len() {
            let (lines, pending) = lines(&[&whole[..tear], &whole[tear..]]);
            assert_eq!(
                lines.iter().map(|line| line.0.as_str()).collect::<Vec<_>>(),
                expected,
                "torn at {tear}"
            );
            assert_eq!(pending, "six");
        }
    }

    #[test]
    fn long_lines_are_cut_between_characters_and_nothing_is_lost() {
        let text = format!("x{}", "ü".repeat(MAX_LINE));
        let (lines, pending) = lines(&[text.as_bytes()]);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|(line, end)| line.len() >= MAX_LINE - 3 && *end == End::Cut));
        assert_eq!(format!("{}{}{pending}", lines[0].0, lines[1].0), text);
    }

    #[test]
    fn noise_without_end_is_cut_as_well() {
        let mut assembler = Assembler::default();
        let mut sizes = Vec::new();
        assembler.feed(&[0xBF; 3 * MAX_LINE], |line, _| sizes.push(line.len()));
        assert!(
            sizes.len() >= 3 && sizes.iter().all(|size| (MAX_LINE - 4..=MAX_LINE).contains(size)),
            "{sizes:?}"
        );
    }
}
