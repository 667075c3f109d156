//! One connection, from its first byte to its end: one request, one answer.

use core::cell::Cell;

use edge_nal::TcpShutdown;
use embedded_io_async::{Read, Write};
use skylift_protocol::ErrorCode;

use super::answer::{Answer, BUFFER, Refusal};
use super::events::{self, Seat};
use super::head::{self, Head, HeadFault, Span};
use super::upload::Body;
use super::wire::{Wire, WireFault};
use super::{BodyKind, Exchange, Handler, Request, rules};
use crate::HttpConfig;

/// What all connections share.
pub(super) struct Context<'a, H> {
    pub handler: &'a H,
    pub config: &'a HttpConfig,
    /// Streams of events that are open.
    pub streams: &'a Cell<u8>,
}

/// A request that came to nothing.
enum Rejection {
    /// There is nobody to answer.
    Gone,
    /// The answer.
    Refused(Refusal),
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Serves one connection and ends it.
pub(super) async fn serve<S, H>(socket: &mut S, buffer: &mut [u8; BUFFER], context: &Context<'_, H>)
where
    S: Read + Write + TcpShutdown,
    H: Handler,
{
    let config = context.config;
    let mut wire = Wire::new(socket, config.request_time);
    let mut head_only = false;
    let mut answer = match receive(&mut wire, buffer, context.handler).await {
        Err(Rejection::Gone) => return wire.abort(config.linger_time).await,
        Err(Rejection::Refused(refusal)) => Answer::refused(buffer, refusal),
        Ok(Received::Stream { head, filled, length }) => {
            let room = buffer.split_at_mut(head.len);
            let request = Request::new(room.0, head, Span::default());
            let ready = filled - head.len;
            let mut body = Body::new(&mut wire, room.1, ready, length, config.upload_stall);
            let taken = context.handler.upload(&request, &mut body).await;
            wire.allow(config.request_time);
            match taken {
                Ok(()) => context.handler.handle(Exchange::new(buffer, head, Span::default())).await,
                Err(refusal) => Answer::refused(buffer, refusal),
            }
        }
        Ok(Received::Whole { head, body }) => {
            head_only = head.method.text(buffer) == "HEAD";
            let left = wire.left();
            let answer = context.handler.handle(Exchange::new(buffer, head, body)).await;
            wire.allow(left);
            answer
        }
    };
    if answer.is_events() {
        let seat = Seat::take(context.streams, config.event_streams);
        if let Some((_seat, events)) = seat.and_then(|seat| Some((seat, context.handler.events()?))) {
            events::stream(&mut wire, events, buffer, config).await;
            return wire.abort(config.linger_time).await;
        }
        answer = Answer::error(buffer, ErrorCode::NoStream, "all streams of events are taken");
    }
    wire.allow(wire.left().max(config.answer_time));
    match wire.write(answer.encode(buffer, head_only)).await {
        Ok(()) => wire.linger(config.linger_time, config.linger_bytes).await,
        Err(_) => wire.abort(config.linger_time).await,
    }
    if let Some(mark) = answer.mark() {
        context.handler.sent(mark);
    }
}

/// A request that may be answered.
enum Received {
    /// Its body is in the buffer.
    Whole { head: Head, body: Span },
    /// Its body is still to come, but for what was read along with the head.
    Stream {
        head: Head,
        /// Bytes in the buffer.
        filled: usize,
        /// Bytes of the body.
        length: u64,
    },
}

/// Receives a request, and its body into the buffer behind the head unless it is streamed.
async fn receive<S, H>(
    wire: &mut Wire<'_, S>,
    buffer: &mut [u8; BUFFER],
    handler: &H,
) -> Result<Received, Rejection>
where
    S: Read + Write + TcpShutdown,
    H: Handler,
{
    let (head, filled) = receive_head(wire, buffer).await?;
    let request = Request::new(buffer, head, Span::default());
    rules::no_web_page(&request)?;
    let kind = handler.admit(&request)?;
    rules::content_type(&request, kind)?;
    let length = rules::body_length(&request, kind)?;
    let expects_continue = rules::expects_continue(&request) && filled == head.len && length > 0;
    if expects_continue {
        wire.write(b"HTTP/1.1 100 Continue\r\n\r\n").await.map_err(|_| Rejection::Gone)?;
    }
    if let BodyKind::Stream { .. } = kind {
        return Ok(Received::Stream { head, filled, length });
    }
    // Within the buffer: the rules bound it.
    let body = Span::new(head.len, head.len.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)));
    if let Some(missing) = buffer.get_mut(filled..body.end()) {
        wire.read_all(missing).await.map_err(cut_short)?;
    }
    Ok(Received::Whole { head, body })
}

/// Reads until a whole head is there; the second value is how many bytes were read.
async fn receive_head<S>(
    wire: &mut Wire<'_, S>,
    buffer: &mut [u8; BUFFER],
) -> Result<(Head, usize), Rejection>
where
    S: Read + Write + TcpShutdown,
{
    let mut filled = 0;
    loop {
        // Never past a full buffer: `parse` calls a head of more than `MAX_HEAD` bytes too large before.
        let room = buffer.get_mut(filled..).unwrap_or_default();
        match wire.read(room).await {
            Ok(read) => filled += read,
            // A connection without a request, such as a browser opens in advance, needs no answer.
            Err(_) if filled == 0 => return Err(Rejection::Gone),
            Err(fault) => return Err(cut_short(fault)),
        }
        match head::parse(buffer.get(..filled).unwrap_or_default()) {
            Ok(Some(head)) => return Ok((head, filled)),
            Ok(None) => {}
            Err(HeadFault::Malformed(detail)) => {
                return Err(Refusal::new(ErrorCode::BadRequest, detail).into());
            }
            Err(HeadFault::TooLarge(detail)) => {
                return Err(Refusal::new(ErrorCode::HeaderTooLarge, detail).into());
            }
        }
    }
}

/// The answer to a request that did not arrive completely.
fn cut_short(fault: WireFault) -> Rejection {
    match fault {
        WireFault::Late => Refusal::new(ErrorCode::Timeout, "the request did not arrive in time").into(),
        WireFault::End => {
            Refusal::new(ErrorCode::BadRequest, "the request ended before it was complete").into()
        }
        WireFault::Broken => Rejection::Gone,
    }
}
