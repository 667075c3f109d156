//! What a board says over its cable: lines, levels, colours, panics and WiFi, and the buffer that keeps them.
#![no_main]

use std::time::SystemTime;

use libfuzzer_sys::fuzz_target;
use skylift::usb::monitor::{
    Batch, Filter, Level, Levels, Limits, Line, LogBuffer, MAX_LINE, Reader, Search, wifi_news,
};
use skylift_fuzz::Input;

/// A tab becomes eight letters, and no byte becomes more.
const MAX_TEXT: usize = 8 * MAX_LINE;

/// What is read of a log that arrives in these pieces, and is broken off then.
fn read(pieces: &[&[u8]]) -> Batch {
    let (mut reader, mut batch) = (Reader::new(5), Batch::default());
    for piece in pieces {
        reader.read(piece, SystemTime::UNIX_EPOCH, &mut batch);
        if let Some(partial) = reader.partial() {
            sound(&partial);
            assert_eq!(partial.number, 5 + batch.lines.len() as u64);
        }
    }
    reader.break_off(SystemTime::UNIX_EPOCH, &mut batch);
    assert_eq!(reader.partial(), None);
    batch
}

fn sound(line: &Line) {
    assert!(line.text.len() <= MAX_TEXT && !line.text.contains(char::is_control), "{line:?}");
    let mut at = 0;
    for span in &line.spans {
        assert!(
            span.bytes.start >= at && !span.bytes.is_empty() && line.text.get(span.bytes.clone()).is_some()
        );
        at = span.bytes.end;
    }
    assert!(
        line.text.ends_with(line.message()) && line.text.len() - line.message().len() == line.message_at()
    );
    assert!(line.tag().is_none_or(|tag| line.text.find(tag).is_some_and(|at| at < line.message_at())));
    assert_eq!(wifi_news(&line.text), wifi_news(&line.text.to_string()));
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let [first, second, most] = input.array();
    let log = input.rest();
    let (first, second) = (usize::from(first).min(log.len()), usize::from(second));
    let (one, rest) = log.split_at(first);
    let (two, three) = rest.split_at(second.min(rest.len()));
    let batch = read(&[log]);
    assert_eq!(read(&[one, two, three]), batch, "in pieces it reads the same");
    for (line, number) in batch.lines.iter().zip(5..) {
        sound(line);
        assert_eq!(line.number, number);
    }
    let mut end = 5;
    for panic in &batch.panics {
        assert!(panic.lines.start >= end && !panic.lines.is_empty(), "they do not overlap");
        end = panic.lines.end;
        assert!(panic.lines.end <= 5 + batch.lines.len() as u64);
        assert!(panic.message.len() <= 600 && panic.addresses.len() <= 100 + 64);
    }
    keep(&batch, usize::from(most), log);
});

/// A buffer of `most` lines, filtered before the lines come or after: it shows the same.
fn keep(batch: &Batch, most: usize, log: &[u8]) {
    let word: String = String::from_utf8_lossy(log).chars().filter(|c| !c.is_control()).take(3).collect();
    let search = Search::typed(&word).ok();
    let filter = Filter { levels: Levels::from(Level::Info), search, only_matches: word.len() % 2 == 0 };
    let limits = Limits { lines: most, bytes: 100_000 };
    let (mut before, mut after) = (LogBuffer::new(limits), LogBuffer::new(limits));
    before.set_filter(filter.clone());
    for line in &batch.lines {
        before.push(line.clone());
        after.push(line.clone());
    }
    after.set_filter(filter.clone());
    while after.work(7) {}
    for buffer in [&before, &after] {
        assert!(buffer.len() <= most && buffer.bytes() <= limits.bytes);
        let counted: usize = Level::ALL.iter().map(|level| buffer.counts().of(*level)).sum();
        assert_eq!(counted, buffer.len());
        let kept = batch.lines.iter().skip(batch.lines.len() - buffer.len());
        assert!(buffer.shown(0..usize::MAX).eq(kept.filter(|line| filter.judge(line).0)));
        assert_eq!(buffer.matches(), buffer.shown(0..usize::MAX).filter(|line| filter.judge(line).1).count());
    }
}
