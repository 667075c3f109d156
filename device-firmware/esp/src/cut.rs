//! Texts cut to the room that a crash record has for them.

use core::fmt;

use heapless::String;

/// Keeps the first part of a text that is too long.
pub struct FirstOf<'a, const N: usize>(pub &'a mut String<N>);

impl<const N: usize> fmt::Write for FirstOf<'_, N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            self.0.push(character).map_err(|_| fmt::Error)?;
        }
        Ok(())
    }
}

/// The last part of a path that is too long: it tells more than the first.
pub fn last_of<const N: usize>(path: &str) -> String<N> {
    let from = path.len().saturating_sub(N);
    let from = (from..path.len()).find(|&at| path.is_char_boundary(at)).unwrap_or(0);
    path.get(from..).and_then(|end| String::try_from(end).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use core::fmt::Write as _;

    use super::*;

    fn first_of(text: &str) -> String<8> {
        let mut kept = String::new();
        let _ = write!(FirstOf(&mut kept), "{text}");
        kept
    }

    #[test]
    fn what_fits_is_kept_whole() {
        assert_eq!(first_of("sensor"), "sensor");
        assert_eq!(last_of::<8>("main.rs"), "main.rs");
        assert_eq!(
            (first_of("12345678"), last_of("12345678")),
            (last_of::<8>("12345678"), first_of("12345678"))
        );
        assert_eq!((first_of(""), last_of::<8>("")), (String::new(), String::new()));
    }

    #[test]
    fn what_does_not_is_cut_between_characters() {
        assert_eq!(first_of("sensor bus"), "sensor b");
        assert_eq!(first_of("sensor \u{fc}n"), "sensor ");
        assert_eq!(last_of::<8>("/home/me/src/main.rs"), "/main.rs");
        assert_eq!(last_of::<8>("\u{fc}\u{fc}1234567"), "1234567");
    }
}
