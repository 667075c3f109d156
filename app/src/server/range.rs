//! What a Range header selects of an image (RFC 9110, section 14).

use std::ops::Range;

/// The bytes a request gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All of them: there is no range, or none that is understood, or several.
    Whole,
    /// These, never empty and within the image.
    Part(Range<u64>),
    /// None: the range lies beyond the end of the image.
    Unsatisfiable,
}

/// Reads the value of a Range header for an image of `length` bytes.
///
/// A header that is malformed, of another unit or of several ranges is ignored, as the RFC allows: the answer is then
/// the whole image under the status 200, which no client can take for its range.
#[must_use]
pub fn select(header: &str, length: u64) -> Selection {
    let Some(list) = list_of_byte_ranges(header) else { return Selection::Whole };
    let mut ranges = list.split(',').map(trim_blanks).filter(|range| !range.is_empty());
    match (ranges.next(), ranges.next()) {
        (Some(only), None) => select_one(only, length).unwrap_or(Selection::Whole),
        _ => Selection::Whole,
    }
}

fn list_of_byte_ranges(header: &str) -> Option<&str> {
    let (unit, list) = header.split_once('=')?;
    unit.eq_ignore_ascii_case("bytes").then_some(list)
}

/// `None` if the range is malformed.
fn select_one(range: &str, length: u64) -> Option<Selection> {
    let bytes = match range.split_once('-')? {
        ("", count) => length.saturating_sub(number(count)?)..length,
        (first, "") => number(first)?..length,
        (first, last) => between(number(first)?, number(last)?, length)?,
    };
    Some(if bytes.is_empty() { Selection::Unsatisfiable } else { Selection::Part(bytes) })
}

fn between(first: u64, last: u64, length: u64) -> Option<Range<u64>> {
    (first <= last).then(|| first..last.saturating_add(1).min(length))
}

/// A number too large for 64 bits lies beyond every image, as the largest one does.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

fn trim_blanks(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Selection::{Part, Unsatisfiable, Whole};
    use super::*;

    #[test]
    fn the_three_forms() {
        assert_eq!(select("bytes=0-0", 10), Part(0..1));
        assert_eq!(select("bytes=2-5", 10), Part(2..6));
        assert_eq!(select("bytes=2-", 10), Part(2..10));
        assert_eq!(select("bytes=-3", 10), Part(7..10));
    }

    #[test]
    fn the_end_is_cut_to_the_image() {
        assert_eq!(select("bytes=2-9", 10), Part(2..10));
        assert_eq!(select("bytes=2-10", 10), Part(2..10));
        assert_eq!(select("bytes=-10", 10), Part(0..10));
        assert_eq!(select("bytes=-11", 10), Part(0..10));
        assert_eq!(select("bytes=2-18446744073709551615", 10), Part(2..10));
        assert_eq!(select("bytes=2-99999999999999999999999999", 10), Part(2..10));
        assert_eq!(select("bytes=-99999999999999999999999999", 10), Part(0..10));
    }

    #[test]
    fn beyond_the_end_is_unsatisfiable() {
        for header in ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999999999-"] {
            assert_eq!(select(header, 10), Unsatisfiable, "{header}");
        }
        for header in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
            assert_eq!(select(header, 0), Unsatisfiable, "{header} of an empty image");
        }
    }

    #[test]
    fn lenient_where_the_grammar_is() {
        assert_eq!(select("Bytes=2-5", 10), Part(2..6));
        assert_eq!(select("bytes= 2-5\t", 10), Part(2..6));
        assert_eq!(select("bytes=,2-5, ,", 10), Part(2..6));
        assert_eq!(select("bytes=002-0005", 10), Part(2..6));
    }

    #[test]
    fn anything_else_is_ignored() {
        let ignored = [
            "",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=-",
            "bytes=--",
            "bytes=5",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=+1-5",
            "bytes=1-+5",
            "bytes=1 - 5",
            "bytes=1--5",
            "bytes=--5",
            "bytes=0x1-0x5",
            "bytes =1-5",
            " bytes=1-5",
            "seconds=1-5",
            "bytes=0-1,4-5",
            "bytes=0-1,junk",
            "bytes=20-,30-",
            "bytes=1-5=",
            "bytes=٣-٥",
        ];
        for header in ignored {
            assert_eq!(select(header, 10), Whole, "{header:?}");
        }
    }

    proptest! {
        #[test]
        fn a_part_is_never_empty_and_always_inside(header in "\\PC*", length: u64) {
            check_bounds(&select(&header, length), length)?;
        }

        #[test]
        fn nor_in_something_that_looks_like_a_range(header in "bytes=[-, 0-9]{0,40}", length in 0..100u64) {
            check_bounds(&select(&header, length), length)?;
        }

        #[test]
        fn first_and_last(first in 0..40u64, last in 0..40u64, length in 0..30u64) {
            let wanted: Vec<u64> = (first..=last).filter(|at| *at < length).collect();
            let expected = match (first <= last, wanted.first(), wanted.last()) {
                (false, ..) => Whole,
                (true, Some(from), Some(to)) => Part(*from..to + 1),
                _ => Unsatisfiable,
            };
            prop_assert_eq!(select(&format!("bytes={first}-{last}"), length), expected);
        }

        #[test]
        fn from_the_first_on(first in 0..40u64, length in 0..30u64) {
            let expected = if first < length { Part(first..length) } else { Unsatisfiable };
            prop_assert_eq!(select(&format!("bytes={first}-"), length), expected);
        }

        #[test]
        fn the_last_bytes(count in 0..40u64, length in 0..30u64) {
            let expected = match count.min(length) {
                0 => Unsatisfiable,
                found => Part(length - found..length),
            };
            prop_assert_eq!(select(&format!("bytes=-{count}"), length), expected);
        }
    }

    fn check_bounds(selection: &Selection, length: u64) -> Result<(), TestCaseError> {
        if let Part(bytes) = selection {
            prop_assert!(bytes.start < bytes.end && bytes.end <= length);
        }
        Ok(())
    }
}
