//! Which segment of an app image holds the constants: the one Toit's programs are appended to.

use std::ops::Range;

use super::segments::Segment;

/// The segment with the highest load address in the range: it alone can grow without moving another in memory.
pub(super) fn find(segments: &[Segment], range: &Range<u32>) -> Option<usize> {
    let mut found: Option<(usize, u32)> = None;
    for (number, segment) in segments.iter().enumerate().filter(|(_, s)| range.contains(&s.address)) {
        if found.is_none_or(|(_, highest)| segment.address > highest) {
            found = Some((number, segment.address));
        }
    }
    found.map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::super::chip::Chip;
    use super::*;

    #[test]
    fn the_highest_segment_in_the_range_is_taken_and_the_first_of_equal_ones() {
        let at = |address| Segment { address, data: Vec::new() };
        let segments = [at(0x3F40_0020), at(0x3F43_0020), at(0x3F80_0000), at(0x3F43_0020), at(0x4008_0000)];
        let range = &Chip::of(0).unwrap().drom;
        assert_eq!(find(&segments, range), Some(1));
        assert_eq!(find(&segments[2..3], range), None);
    }
}
