//! Text from the network, made fit for a terminal or a window.

/// The text with every control character replaced: an escape sequence in a device's name must not drive a terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || is_invisible(c) { char::REPLACEMENT_CHARACTER } else { c })
        .collect()
}

/// The same for a text of several lines.
#[must_use]
pub fn printable_lines(text: &str) -> String {
    text.lines().map(|line| printable(&line.replace('\t', " ")) + "\n").collect()
}

/// Characters that reorder or hide what stands beside them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_lose_their_teeth() {
        assert_eq!(printable("lamp \u{1b}[2J\r\n"), "lamp \u{FFFD}[2J\u{FFFD}\u{FFFD}");
        assert_eq!(printable("a\u{202e}b"), "a\u{FFFD}b");
        assert_eq!(printable("Küche 灯"), "Küche 灯");
        assert_eq!(printable_lines("a\tb\r\n\u{1b}c"), "a b\n\u{FFFD}c\n");
    }
}
