//! Sentences of bounded length out of anything that can be displayed.

use core::fmt::{self, Display, Write};

use heapless::String;

struct Cut<'a, const N: usize>(&'a mut String<N>);

impl<const N: usize> Write for Cut<'_, N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.push_str(text).is_ok() {
            return Ok(());
        }
        // What does not fit is cut at a character border; the error ends the formatting.
        let mut rest = N - self.0.len();
        while !text.is_char_boundary(rest) {
            rest -= 1;
        }
        let _ = self.0.push_str(text.get(..rest).unwrap_or_default());
        Err(fmt::Error)
    }
}

/// What `value` displays, cut to `N` bytes at a character border.
#[must_use]
pub fn sentence<const N: usize>(value: impl Display) -> String<N> {
    let mut text = String::new();
    // An error says that it was cut, or that the value could not say all of itself: what there is, is kept.
    let _ = write!(Cut(&mut text), "{value}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_at_a_character_border() {
        assert_eq!(sentence::<5>(format_args!("{}{}", "ab", "cdefg")), "abcde");
        assert_eq!(sentence::<4>("abcé"), "abc");
        assert_eq!(sentence::<5>("abcé"), "abcé");
        assert_eq!(sentence::<8>(12), "12");
    }
}
