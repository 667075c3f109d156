//! An HTTP/1.1 server for a device's API: strict, bounded, one request a connection.
//!
//! What is decided here, whatever the path: one deadline a request; a head of at most [`MAX_HEAD`] bytes and
//! [`MAX_FIELDS`] fields; exactly one Content-Length where there is a body; nothing from web pages, nor for another
//! host; `Connection: close` and an exact length on every answer but a stream of events; who makes room when all slots
//! are taken. What a path does, and whose a request is, a [`Handler`] says.
//! edge-http's own server is not used: it panics on `Content-Length: abc` and ends on a client's RST.

mod answer;
mod caller;
mod connection;
mod events;
mod exchange;
mod head;
mod json;
mod media;
mod request;
mod rules;
mod server;
mod upload;
mod visitors;
mod wire;

pub use answer::{Answer, BUFFER, MAX_ANSWER, MAX_PAGE, Refusal};
pub use caller::{Caller, Seal};
pub use exchange::Exchange;
pub use head::{MAX_FIELDS, MAX_HEAD};
pub use media::Media;
pub use request::Request;
pub(crate) use rules::digits;
pub use server::{Buffers, Place, Seats, Server};
use skylift_protocol::auth::Denied;
pub use upload::{Upload, UploadFault};

/// The most bytes that a JSON body may have, whatever [`BodyKind`] says.
pub const MAX_BODY: usize = 1792;
/// Bytes that are free behind the longest request, see [`Exchange::parts`]: 1920.
pub const MIN_SCRATCH: usize = BUFFER - MAX_HEAD - MAX_BODY;

/// Which body a request may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// None: a Content-Length may be missing, or 0.
    None,
    /// JSON of at most `max` bytes (and at most [`MAX_BODY`]); a Content-Length must be there.
    Json {
        /// The limit in bytes; beyond it 413.
        max: usize,
    },
    /// `application/octet-stream` of at most `max` bytes, handed to [`Handler::upload`] as it comes.
    Stream {
        /// The limit in bytes; beyond it 413.
        max: u64,
    },
}

/// What the paths of an API do. One handler serves all connections at a time: it is shared.
pub trait Handler {
    /// A stream of events, for one connection.
    type Events<'a>: Events
    where
        Self: 'a;

    /// Whether everybody is let in. If not, who sends too much that is not the owner's is shut out for a while.
    fn is_open(&self) -> bool;

    /// Whether this host name, which may come with `.local` at its end, is the device's own.
    fn is_named(&self, host: &str) -> bool;

    /// Looks at a request before its body is read: that its path and method exist, and which body they take.
    ///
    /// # Errors
    /// The answer to give, such as [`Refusal::not_found`] or [`Refusal::method`].
    fn admit(&self, request: &Request<'_>) -> Result<BodyKind, Refusal>;

    /// Whose request it is: asked once its body is there, or before the first byte of one that is streamed. Nothing
    /// has been done for it before.
    ///
    /// # Errors
    /// It is refused with 401, and this reason.
    fn judge(&self, request: &Request<'_>) -> Result<Caller, Denied>;

    /// What is added to the head of an answer with this status and body.
    fn seal(&self, caller: &Caller, status: u16, body: &[u8]) -> Seal;

    /// Answers a request that was admitted, with its body there. Its time is the handler's own to bound; it goes
    /// on if the peer goes away meanwhile.
    async fn handle(&self, exchange: Exchange<'_>) -> Answer;

    /// Takes the body of a request that was admitted as [`BodyKind::Stream`]; [`handle`](Self::handle) makes the
    /// answer then.
    ///
    /// # Errors
    /// The answer to give instead.
    async fn upload(&self, request: &Request<'_>, body: &mut impl Upload) -> Result<(), Refusal> {
        let _ = (request, body);
        Err(Refusal::not_found())
    }

    /// Called once for each connection that [`Exchange::events`] answered; `None` is a 503 `no_stream`.
    fn events(&self) -> Option<Self::Events<'_>>;

    /// An answer that was marked with [`Answer::then`] is out, or could not be delivered.
    fn sent(&self, mark: u8) {
        let _ = mark;
    }
}

/// A stream of events.
pub trait Events {
    /// Waits for the next event, writes it as JSON without line breaks to the start of `out` (5752 bytes) and
    /// tells its length. The first call should give the present state at once. Dropped only when the stream ends.
    async fn next(&mut self, out: &mut [u8]) -> usize;
}
