//! A device's stream of events: where its pieces part does not matter, and no line is kept that has no end.
#![no_main]

use std::collections::VecDeque;

use libfuzzer_sys::fuzz_target;
use skylift::engine::EventLines;
use skylift_fuzz::Input;
use skylift_protocol::Event;

/// The events up to the first line that is too long.
fn read(stream: &[u8], piece: usize) -> (VecDeque<Event>, bool) {
    let (mut lines, mut events) = (EventLines::default(), VecDeque::new());
    let whole = stream.chunks(piece).all(|piece| lines.push(piece, &mut events).is_ok());
    (events, whole)
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let piece = usize::from(input.byte()) + 1;
    let stream = input.rest();
    let (events, whole) = read(stream, stream.len().max(1));
    assert_eq!(read(stream, piece), (events.clone(), whole));
    let lines = stream.split(|&byte| byte == b'\n');
    assert!(events.len() <= lines.clone().filter(|line| line.starts_with(b"data:")).count());
    assert_eq!(whole, lines.clone().all(|line| line.len() <= 4096));
});
