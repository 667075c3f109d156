//! A log of more than 100,000 lines: what a line costs, and what a frame of a window costs, does not grow. Operations are
//! counted, time is not.

use std::sync::Arc;
use std::time::SystemTime;

use skylift::usb::monitor::{Batch, Filter, Level, Levels, Limits, LogBuffer, Reader, Search};

const LINES: u64 = 250_000;

fn log() -> Vec<Arc<skylift::usb::monitor::Line>> {
    let (mut reader, mut batch) = (Reader::default(), Batch::default());
    for number in 0..LINES {
        let level = ["I", "W", "D", "I", "I", "E", "I"][number as usize % 7];
        let line = format!("\x1b[0;32m{level} ({number}) sensor: reading {}\x1b[0m\r\n", number % 1000);
        reader.read(line.as_bytes(), SystemTime::UNIX_EPOCH, &mut batch);
    }
    batch.lines
}

#[test]
fn a_hundred_thousand_lines_are_kept_filtered_and_searched() {
    let lines = log();
    let mut buffer = LogBuffer::new(Limits::default());
    let search = Some(Search::typed("/reading 99\\d/").unwrap());
    buffer.set_filter(Filter { levels: Levels::from(Level::Info), search, only_matches: false });
    for line in &lines {
        buffer.push(Arc::clone(line));
        // Each line was judged when it came: there is nothing left to look at.
        assert!(!buffer.work(0));
    }
    assert_eq!((buffer.len(), buffer.first(), buffer.next()), (100_000, LINES - 100_000, LINES));
    let kept = &lines[lines.len() - 100_000..];
    let debug = kept.iter().filter(|line| line.level == Level::Debug).count();
    assert_eq!((buffer.counts().of(Level::Debug), buffer.shown_len()), (debug, 100_000 - debug));
    let is_match = |line: &&Arc<skylift::usb::monitor::Line>| {
        line.level != Level::Debug
            && ["990", "991", "992", "993", "994", "995", "996", "997", "998", "999"]
                .iter()
                .any(|end| line.text.ends_with(&format!(" {end}")))
    };
    assert_eq!(buffer.matches(), kept.iter().filter(is_match).count());
    assert!(buffer.bytes() <= Limits::default().bytes);
}

#[test]
fn another_search_is_done_in_steps_of_a_bounded_number_of_lines() {
    let mut buffer = LogBuffer::new(Limits::default());
    log().into_iter().for_each(|line| buffer.push(line));
    let step = 5000;
    buffer.set_filter(Filter {
        search: Some(Search::typed("reading 7").unwrap()),
        only_matches: true,
        ..Filter::default()
    });
    let mut steps = 0;
    loop {
        let before = buffer.shown_len();
        let more = buffer.work(step);
        steps += 1;
        assert!(buffer.shown_len() - before <= step);
        if !more {
            break;
        }
    }
    assert_eq!(steps, 100_000 / step);
    assert!(buffer.shown(0..50).all(|line| line.text.contains("reading 7")));
}
