//! One connection, from its first byte to its end: one request, one answer.

use core::cell::Cell;

use edge_nal::TcpShutdown;
use embedded_io_async::{Read, Write};
use skylift_protocol::ErrorCode;
use skylift_protocol::auth::Denied;

use super::answer::{Answer, BUFFER, Refusal};
use super::events::{self, Seat};
use super::head::{self, Head, HeadFault, Span};
use super::upload::Body;
use super::visitors::Standing;
use super::wire::{Wire, WireFault};
use super::{BodyKind, Caller, Exchange, Handler, Request, rules};
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
    /// It is not believed.
    Denied(Denied),
}

impl From<Denied> for Rejection {
    fn from(why: Denied) -> Self {
        Self::Denied(why)
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Serves one connection and ends it. `judged` is told who it is, once that is known.
pub(super) async fn serve<S, H>(
    socket: &mut S,
    buffer: &mut [u8; BUFFER],
    context: &Context<'_, H>,
    judged: impl Fn(Standing),
) where
    S: Read + Write + TcpShutdown,
    H: Handler,
{
    let (config, handler) = (context.config, context.handler);
    let mut wire = Wire::new(socket, config.request_time);
    let mut head_only = false;
    let received = match receive_head(&mut wire, buffer).await {
        Ok(arrived) => {
            head_only = arrived.head.method.text(buffer) == "HEAD";
            receive(&mut wire, buffer, arrived, handler, judged).await
        }
        Err(rejection) => Err(rejection),
    };
    let (mut answer, caller) = match received {
        Err(Rejection::Gone) => return wire.abort(config.linger_time).await,
        Err(Rejection::Refused(refusal)) => (Answer::refused(buffer, refusal), Caller::Stranger),
        Err(Rejection::Denied(why)) => (Answer::denied(buffer, why), Caller::Stranger),
        Ok(Received::Stream { head, filled, length, caller }) => {
            let room = buffer.split_at_mut(head.len);
            let request = Request::new(room.0, head, Span::default());
            let ready = filled - head.len;
            let mut body = Body::new(&mut wire, room.1, ready, length, config.upload_stall);
            let taken = handler.upload(&request, &mut body).await;
            wire.allow(config.request_time);
            let answer = match taken {
                Ok(()) => handler.handle(Exchange::new(buffer, head, Span::default(), &caller)).await,
                Err(refusal) => Answer::refused(buffer, refusal),
            };
            (answer, caller)
        }
        Ok(Received::Whole { head, body, caller }) => {
            let left = wire.left();
            let answer = handler.handle(Exchange::new(buffer, head, body, &caller)).await;
            wire.allow(left);
            (answer, caller)
        }
    };
    if answer.is_events() {
        let seat = Seat::take(context.streams, config.event_streams);
        if let Some((_seat, events)) = seat.and_then(|seat| Some((seat, handler.events()?))) {
            wire.allow(config.request_time);
            // Not signed: nothing is concluded from events.
            let head = sealed(&answer, buffer, handler, &Caller::Stranger, true);
            if wire.deliver(head).await.is_ok() {
                events::stream(&mut wire, events, buffer, config).await;
            }
            return wire.abort(config.linger_time).await;
        }
        answer = Answer::error(buffer, ErrorCode::NoStream, "all streams of events are taken");
    }
    wire.allow(wire.left().max(config.answer_time));
    match wire.write(sealed(&answer, buffer, handler, &caller, head_only)).await {
        Ok(()) => wire.linger(config.linger_time, config.linger_bytes).await,
        Err(_) => wire.abort(config.linger_time).await,
    }
    if let Some(mark) = answer.mark() {
        handler.sent(mark);
    }
}

/// The bytes of an answer.
fn sealed<'b, H: Handler>(
    answer: &Answer,
    buffer: &'b mut [u8; BUFFER],
    handler: &H,
    caller: &Caller,
    head_only: bool,
) -> &'b [u8] {
    let seal = handler.seal(caller, answer.status(), answer.body(buffer, head_only));
    answer.encode(buffer, head_only, &seal)
}

/// A request that may be answered.
enum Received {
    /// Its body is in the buffer.
    Whole { head: Head, body: Span, caller: Caller },
    /// Its body is still to come, but for what was read along with the head.
    Stream {
        head: Head,
        /// Bytes in the buffer.
        filled: usize,
        /// Bytes of the body.
        length: u64,
        caller: Caller,
    },
}

/// A head that has come, and how many bytes came with it in all.
struct Arrived {
    head: Head,
    filled: usize,
}

/// Receives the rest of a request: its body goes into the buffer behind the head unless it is streamed. Then it is judged.
async fn receive<S, H>(
    wire: &mut Wire<'_, S>,
    buffer: &mut [u8; BUFFER],
    Arrived { head, filled }: Arrived,
    handler: &H,
    judged: impl Fn(Standing),
) -> Result<Received, Rejection>
where
    S: Read + Write + TcpShutdown,
    H: Handler,
{
    let request = Request::new(buffer, head, Span::default());
    let (kind, length) = admit(&request, handler)?;
    let expects_continue = rules::expects_continue(&request) && filled == head.len && length > 0;
    let judge = |request: &Request<'_>| {
        let caller = handler.judge(request)?;
        judged(standing(&caller));
        Ok::<_, Denied>(caller)
    };
    if let BodyKind::Stream { .. } = kind {
        let caller = judge(&request)?;
        go_on(wire, expects_continue).await?;
        return Ok(Received::Stream { head, filled, length, caller });
    }
    go_on(wire, expects_continue).await?;
    // Within the buffer: the rules bound it.
    let body = Span::new(head.len, head.len.saturating_add(usize::try_from(length).unwrap_or(usize::MAX)));
    if let Some(missing) = buffer.get_mut(filled..body.end()) {
        wire.read_all(missing).await.map_err(cut_short)?;
    }
    let caller = judge(&Request::new(buffer, head, body))?;
    Ok(Received::Whole { head, body, caller })
}

/// What can be said of a head without knowing whose it is: what body it has, and how long.
fn admit<H: Handler>(request: &Request<'_>, handler: &H) -> Result<(BodyKind, u64), Refusal> {
    rules::no_web_page(request)?;
    rules::for_this_host(request, |name| handler.is_named(name))?;
    let kind = handler.admit(request)?;
    rules::content_type(request, kind)?;
    Ok((kind, rules::body_length(request, kind)?))
}

const fn standing(caller: &Caller) -> Standing {
    match caller {
        Caller::Anybody => Standing::Guest,
        Caller::Stranger => Standing::Stranger,
        Caller::Owner(_) => Standing::Owner,
    }
}

/// Has a peer that waits for it send the body.
async fn go_on<S>(wire: &mut Wire<'_, S>, expected: bool) -> Result<(), Rejection>
where
    S: Read + Write + TcpShutdown,
{
    if expected {
        wire.write(b"HTTP/1.1 100 Continue\r\n\r\n").await.map_err(|_| Rejection::Gone)?;
    }
    Ok(())
}

/// Reads until a whole head is there.
async fn receive_head<S>(wire: &mut Wire<'_, S>, buffer: &mut [u8; BUFFER]) -> Result<Arrived, Rejection>
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
            Ok(Some(head)) => return Ok(Arrived { head, filled }),
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
