//! One request and the place for its answer, which is the same buffer.

use core::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;
use skylift_protocol::ErrorCode;

use super::answer::{Answer, HEAD_ROOM, Refusal, body_room};
use super::head::{Head, Span};
use super::{Caller, Media, Request, json};

/// A request to be answered. Making the answer takes the exchange, because it overwrites the request.
pub struct Exchange<'a> {
    buffer: &'a mut [u8],
    head: Head,
    body: Span,
    caller: &'a Caller,
}

impl<'a> Exchange<'a> {
    pub(super) fn new(buffer: &'a mut [u8], head: Head, body: Span, caller: &'a Caller) -> Self {
        Self { buffer, head, body, caller }
    }

    /// Whose request it is.
    #[must_use]
    pub fn caller(&self) -> &'a Caller {
        self.caller
    }

    /// The request with its whole body.
    #[must_use]
    pub fn request(&self) -> Request<'_> {
        Request::new(self.buffer, self.head, self.body)
    }

    /// The request, and the bytes behind it, which are free until the answer: [`MIN_SCRATCH`](super::MIN_SCRATCH)
    /// after the longest request, some 3.5 KiB after a usual one.
    pub fn parts(&mut self) -> (Request<'_>, &mut [u8]) {
        let end = self.head.len.max(self.body.end()).min(self.buffer.len());
        let (used, free) = self.buffer.split_at_mut(end);
        (Request::new(used, self.head, self.body), free)
    }

    /// The body as JSON of this type. Unknown fields are ignored.
    ///
    /// # Errors
    /// The answer to give: 400 `malformed`.
    pub fn read_json<T: DeserializeOwned>(mut self) -> Result<(T, Self), Answer> {
        let (request, scratch) = self.parts();
        match json::read(request.body(), scratch) {
            Ok(value) => Ok((value, self)),
            Err(fault) => Err(self.error(ErrorCode::Malformed, fault)),
        }
    }

    /// `value` as JSON. One that does not fit in [`MAX_ANSWER`](super::MAX_ANSWER) becomes a 500.
    pub fn json(self, status: u16, value: &(impl Serialize + ?Sized)) -> Answer {
        match serde_json_core::to_slice(value, body_room(self.buffer)) {
            Ok(len) => Answer::json(status, len),
            Err(_) => self.error(ErrorCode::Unknown, "the answer does not fit into the device's buffer"),
        }
    }

    /// 200 with UTF-8 text: `write` fills its start and tells how many bytes.
    pub fn text(self, write: impl FnOnce(&mut [u8]) -> usize) -> Answer {
        Answer::of(Media::TEXT, 200, write(body_room(self.buffer)))
    }

    /// 200 with what was written to the first `len` of the free bytes of [`parts`](Self::parts).
    pub(crate) fn page(mut self, media: Media, len: usize) -> Answer {
        let start = self.buffer.len() - self.parts().1.len();
        let end = start.saturating_add(len).min(self.buffer.len());
        self.buffer.copy_within(start..end, HEAD_ROOM);
        Answer::of(media, 200, end - start)
    }

    /// The error's status and JSON; the sentence is cut to what the protocol allows.
    pub fn error(self, code: ErrorCode, detail: impl Display) -> Answer {
        Answer::error(self.buffer, code, detail)
    }

    /// A refusal that was prepared.
    pub fn refuse(self, refusal: Refusal) -> Answer {
        Answer::refused(self.buffer, refusal)
    }

    /// Turns the connection into a stream of the handler's events; 503 if none is left.
    pub fn events(self) -> Answer {
        Answer::events()
    }
}
