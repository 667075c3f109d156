//! Watching a device during its update: its stream of events where it has one to give, and questions beside it.

use std::time::Instant;

use skylift_protocol::Event;
use tokio::time::{sleep_until, timeout};

use super::Step;
use crate::engine::client::{ClientError, DeviceClient, EventStream};
use crate::engine::config::Timing;
use crate::engine::sighting::{Sighting, look_for};
use crate::engine::snapshot::Device;

/// What was seen.
pub(super) enum Seen {
    /// The device answered a question.
    Answer(Box<Sighting>),
    /// The device sent an event.
    Event(Event),
    /// The device did not answer.
    Nothing(ClientError),
}

/// Watches one device.
pub(super) struct Watch<'c> {
    client: &'c DeviceClient,
    timing: Timing,
    stream: Option<EventStream>,
    next_question: Instant,
    next_stream: Instant,
}

impl<'c> Watch<'c> {
    pub(super) fn new(client: &'c DeviceClient, timing: Timing) -> Self {
        let now = Instant::now();
        Self { client, timing, stream: None, next_question: now, next_stream: now }
    }

    /// Waits for the next thing to be seen. Dropping the wait loses at most one answer.
    pub(super) async fn next(&mut self, device: &Device, step: Step) -> Seen {
        // From its restart on there is no progress to be streamed, and silence is best filled with questions.
        if !step.is_past_recall() {
            self.open_stream(device).await;
        }
        if let Some(event) = self.event_before_question().await {
            return Seen::Event(event);
        }
        let found = look_for(self.client, device).await;
        let pause = if self.stream.is_some() { self.timing.poll_beside_stream } else { self.timing.poll };
        self.next_question = Instant::now() + pause;
        match found {
            Ok(sighting) => Seen::Answer(Box::new(sighting)),
            Err(error) => Seen::Nothing(error),
        }
    }

    /// Asks for a stream now and then: it may be taken, and it ends when the device restarts.
    async fn open_stream(&mut self, device: &Device) {
        if self.stream.is_some() || Instant::now() < self.next_stream {
            return;
        }
        self.next_stream = Instant::now() + self.timing.stream_pause;
        // A device that cannot be reached must not keep the question waiting.
        let opened = timeout(self.timing.connect, self.client.events(&device.peer())).await;
        self.stream = opened.ok().and_then(Result::ok);
    }

    /// The next event, if one comes before it is time to ask.
    async fn event_before_question(&mut self) -> Option<Event> {
        let due = sleep_until(self.next_question.into());
        let Some(stream) = &mut self.stream else {
            due.await;
            return None;
        };
        tokio::select! {
            // When both are ready the question goes first: events alone prove nothing.
            biased;
            () = due => None,
            event = stream.next() => {
                if event.is_none() {
                    // Perhaps it restarts: ask at once.
                    self.stream = None;
                }
                event
            }
        }
    }
}
