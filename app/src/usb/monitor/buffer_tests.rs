//! The buffer of lines.

use std::time::SystemTime;

use super::*;
use crate::usb::monitor::line::Level;
use crate::usb::monitor::reader::{Batch, Reader};

/// Lines of these texts.
fn lines(texts: &[&str]) -> Vec<Arc<Line>> {
    let mut batch = Batch::default();
    Reader::default().read(format!("{}\n", texts.join("\n")).as_bytes(), SystemTime::UNIX_EPOCH, &mut batch);
    batch.lines
}

fn filled(limits: Limits, texts: &[&str]) -> LogBuffer {
    let mut buffer = LogBuffer::new(limits);
    lines(texts).into_iter().for_each(|line| buffer.push(line));
    buffer
}

fn texts(buffer: &LogBuffer) -> Vec<&str> {
    buffer.shown(0..usize::MAX).map(|line| &*line.text).collect()
}

const FIVE: [&str; 5] = ["I (1) a: one", "W (2) a: two", "three", "E (4) a: four", "I (5) a: five"];

fn search(typed: &str, only_matches: bool) -> Filter {
    Filter { search: Some(Search::typed(typed).unwrap()), only_matches, ..Filter::default() }
}

#[test]
fn the_oldest_lines_go_with_all_that_was_counted_of_them() {
    let mut buffer = filled(Limits { lines: 3, ..Limits::default() }, &FIVE);
    assert_eq!(texts(&buffer), ["three", "E (4) a: four", "I (5) a: five"]);
    assert_eq!((buffer.first(), buffer.next(), buffer.len()), (2, 5, 3));
    assert_eq!(Level::ALL.map(|level| buffer.counts().of(level)), [1, 0, 1, 0, 0, 1]);
    assert!(buffer.line(1).is_none() && buffer.line(5).is_none());
    assert_eq!(&*buffer.line(2).unwrap().text, "three");
    buffer.set_limits(Limits { lines: 1, ..Limits::default() });
    assert_eq!((texts(&buffer), buffer.shown_len()), (vec!["I (5) a: five"], 1));
}

#[test]
fn memory_is_bounded_in_bytes_as_well() {
    let long = "x".repeat(4000);
    let limits = Limits { bytes: 10_000, ..Limits::default() };
    let buffer = filled(limits, &[&long, &long, &long, "short"]);
    assert_eq!(buffer.len(), 3);
    assert!(buffer.bytes() <= limits.bytes);
    let nothing = filled(Limits { bytes: 10, ..Limits::default() }, &["one"]);
    assert_eq!((nothing.len(), nothing.bytes(), nothing.shown_len()), (0, 0, 0));
}

#[test]
fn a_filter_is_applied_in_steps_the_newest_lines_first() {
    let mut buffer = filled(Limits::default(), &FIVE);
    buffer.set_filter(Filter { levels: Levels::from(Level::Warn), ..Filter::default() });
    assert_eq!(texts(&buffer), [""; 0]);
    assert!(buffer.work(2));
    assert_eq!(texts(&buffer), ["E (4) a: four"]);
    lines(&["", "", "", "", "", "E (6) a: six"]).into_iter().skip(5).for_each(|line| buffer.push(line));
    assert!(!buffer.work(3));
    assert_eq!(texts(&buffer), ["W (2) a: two", "E (4) a: four", "E (6) a: six"]);
    assert!(!buffer.work(100));
    assert_eq!((buffer.place_of(2), buffer.place_of(3), buffer.place_of(6)), (1, 1, 3));
}

#[test]
fn lines_that_go_before_they_were_looked_at_are_not_looked_at() {
    let mut buffer = filled(Limits { lines: 5, ..Limits::default() }, &FIVE);
    buffer.set_filter(search("e", true));
    assert!(buffer.work(1));
    let more = ["e"; 12];
    lines(&more).into_iter().skip(5).for_each(|line| buffer.push(line));
    assert!(!buffer.work(100));
    assert_eq!((buffer.shown_len(), buffer.matches()), (5, 5));
}

#[test]
fn matches_are_found_forwards_and_backwards() {
    let mut buffer = filled(Limits::default(), &FIVE);
    assert_eq!((buffer.match_after(0), buffer.match_before(0)), (None, None));
    buffer.set_filter(search("/t[wh]/", false));
    assert!(!buffer.work(100));
    assert_eq!((buffer.matches(), buffer.shown_len()), (2, 5));
    assert_eq!(
        (buffer.match_after(0), buffer.match_after(1), buffer.match_after(2)),
        (Some(1), Some(2), Some(1))
    );
    assert_eq!(
        (buffer.match_before(2), buffer.match_before(1), buffer.match_before(9)),
        (Some(1), Some(2), Some(2))
    );
    buffer.set_filter(search("/t[wh]/", true));
    buffer.work(100);
    assert_eq!(texts(&buffer), ["W (2) a: two", "three"]);
}

#[test]
fn the_view_stands_while_the_buffer_goes_on() {
    let mut buffer = filled(Limits::default(), &FIVE[..2]);
    buffer.pause(true);
    lines(&FIVE).into_iter().skip(2).for_each(|line| buffer.push(line));
    assert_eq!((texts(&buffer), buffer.arrived_since(), buffer.len()), (FIVE[..2].to_vec(), 3, 5));
    buffer.set_filter(search("o", false));
    buffer.work(100);
    // "four" has one too, but it is not to be seen yet.
    assert_eq!((buffer.matches(), buffer.match_after(1), buffer.match_before(0)), (2, Some(0), Some(1)));
    buffer.pause(false);
    assert_eq!((buffer.shown_len(), buffer.matches(), buffer.match_before(0)), (5, 3, Some(3)));
}

#[test]
fn what_is_cleared_is_gone_and_numbers_go_on() {
    let mut buffer = filled(Limits::default(), &FIVE[..3]);
    buffer.pause(true);
    buffer.clear();
    assert_eq!((buffer.len(), buffer.bytes(), buffer.next(), buffer.is_paused()), (0, 0, 3, true));
    lines(&FIVE).into_iter().skip(3).for_each(|line| buffer.push(line));
    assert_eq!((buffer.first(), buffer.shown_len(), buffer.len()), (3, 0, 2));
    // Another log.
    lines(&FIVE[..1]).into_iter().for_each(|line| buffer.push(line));
    buffer.pause(false);
    assert_eq!((buffer.first(), texts(&buffer)), (0, vec!["I (1) a: one"]));
}

#[test]
fn what_is_written_to_a_file_is_all_or_what_is_shown() {
    let mut buffer = filled(Limits::default(), &FIVE);
    buffer.set_filter(search("two", true));
    buffer.work(100);
    assert_eq!((buffer.take_down(false).len(), buffer.take_down(true).len()), (5, 1));
}
