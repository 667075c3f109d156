//! A device's stream of server-sent events, read with bounds.

use std::collections::VecDeque;

use reqwest::Response;
use skylift_protocol::Event;

/// No line of a stream is longer.
const MAX_LINE: usize = 4096;

/// The stream of one device.
#[derive(Debug)]
pub(in crate::engine) struct EventStream {
    response: Response,
    lines: EventLines,
    ready: VecDeque<Event>,
}

impl EventStream {
    pub(super) fn new(response: Response) -> Self {
        Self { response, lines: EventLines::default(), ready: VecDeque::new() }
    }

    /// The next event; `None` when the stream has ended, for whatever reason. Nothing is lost if the wait is dropped.
    pub(in crate::engine) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            let piece = self.response.chunk().await.ok()??;
            self.lines.push(&piece, &mut self.ready).ok()?;
        }
    }
}

/// A line longer than any that a device sends.
#[derive(Debug, PartialEq, Eq)]
pub struct LineTooLong;

/// Puts lines together. Each `data:` line is an event of its own: devices do not split them.
#[derive(Debug, Default)]
pub struct EventLines {
    line: Vec<u8>,
}

impl EventLines {
    /// Takes what came, and puts the events that are complete by it at the end of `events`.
    ///
    /// # Errors
    /// A line is too long; the stream is worth nothing from there on.
    pub fn push(&mut self, bytes: &[u8], events: &mut VecDeque<Event>) -> Result<(), LineTooLong> {
        for &byte in bytes {
            if byte == b'\n' {
                events.extend(event_in(&self.line));
                self.line.clear();
            } else if self.line.len() == MAX_LINE {
                return Err(LineTooLong);
            } else {
                self.line.push(byte);
            }
        }
        Ok(())
    }
}

/// Comments, and data that is not understood, are no events.
fn event_in(line: &[u8]) -> Option<Event> {
    serde_json::from_slice(line.strip_prefix(b"data:")?).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use skylift_protocol::Phase;

    use super::*;

    const STREAM: &str = ":\n\ndata: {\"phase\":\"checking\"}\n\n:\r\n\nevent: x\nretry: 5\ndata:{\"phase\":\"verifying\",\"new\":1}\r\n\n";

    fn read(pieces: &[&[u8]]) -> Result<Vec<Phase>, LineTooLong> {
        let mut lines = EventLines::default();
        let mut events = VecDeque::new();
        for piece in pieces {
            lines.push(piece, &mut events)?;
        }
        Ok(events.into_iter().map(|event| event.phase).collect())
    }

    #[test]
    fn comments_and_unknown_fields_are_passed_over() {
        assert_eq!(read(&[STREAM.as_bytes()]), Ok(vec![Phase::Checking, Phase::Verifying]));
    }

    #[test]
    fn nonsense_is_no_event() {
        assert_eq!(read(&[b"data: {\"phase\":7}\n\ndata: \xff\xfe\n\ndata\n{}\n"]), Ok(vec![]));
    }

    #[test]
    fn a_line_without_end_ends_the_stream() {
        assert_eq!(read(&[&[b'a'; MAX_LINE]]), Ok(vec![]));
        assert_eq!(read(&[&[b'a'; MAX_LINE], b"b"]), Err(LineTooLong));
    }

    proptest! {
        #[test]
        fn where_the_pieces_part_does_not_matter(cut in 0..STREAM.len()) {
            let (head, tail) = STREAM.as_bytes().split_at(cut);
            prop_assert_eq!(read(&[head, tail]), read(&[STREAM.as_bytes()]));
        }

        #[test]
        fn any_bytes_are_borne(bytes: Vec<u8>) {
            let _ = read(&[&bytes]);
        }
    }
}
