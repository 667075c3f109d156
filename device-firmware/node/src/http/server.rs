//! Connection slots around one acceptor; no error and no peer ends them.

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::future::Future;

use edge_nal::{TcpAccept, TcpShutdown};
use embassy_futures::join::join_array;
use embassy_futures::select::{Either, select};
use embassy_time::{Instant, Timer, with_timeout};

use super::Handler;
use super::answer::BUFFER;
use super::connection::{self, Context};
use super::visitors::Visitors;
use crate::HttpConfig;

/// The memory of an HTTP server: [`BUFFER`] (4736) bytes for each of its `SLOTS` connections, and a few.
pub struct Server<const SLOTS: usize = 4> {
    buffers: [[u8; BUFFER]; SLOTS],
    streams: Cell<u8>,
    visitors: RefCell<Visitors<SLOTS>>,
}

impl<const SLOTS: usize> Server<SLOTS> {
    /// A server that does nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffers: [[0; BUFFER]; SLOTS], streams: Cell::new(0), visitors: RefCell::new(Visitors::new()) }
    }

    /// Serves for ever, up to `SLOTS` connections at a time.
    ///
    /// The future is to be pinned where it is made (`pin!`, or a task of its own): moving it into another `async fn`
    /// doubles its memory.
    pub fn serve<'a, A, H>(
        &'a mut self,
        acceptor: &'a A,
        handler: &'a H,
        config: &'a HttpConfig,
    ) -> impl Future<Output = [Infallible; SLOTS]> + use<'a, A, H, SLOTS>
    where
        A: TcpAccept,
        H: Handler,
    {
        let Self { buffers, streams, visitors } = self;
        // A server that was dropped in the midst of it starts without connections again.
        streams.set(0);
        visitors.replace(Visitors::new());
        let (streams, visitors) = (&*streams, &*visitors);
        let mut places = 0..SLOTS;
        join_array(buffers.each_mut().map(|buffer| {
            let place = Place { slot: places.next().unwrap_or(SLOTS), visitors };
            slot(acceptor, buffer, Context { handler, config, streams }, place)
        }))
    }
}

impl<const SLOTS: usize> Default for Server<SLOTS> {
    fn default() -> Self {
        Self::new()
    }
}

/// A slot among the others.
struct Place<'a, const SLOTS: usize> {
    slot: usize,
    visitors: &'a RefCell<Visitors<SLOTS>>,
}

/// Serves one connection after the other.
async fn slot<A, H, const SLOTS: usize>(
    acceptor: &A,
    buffer: &mut [u8; BUFFER],
    context: Context<'_, H>,
    place: Place<'_, SLOTS>,
) -> Infallible
where
    A: TcpAccept,
    H: Handler,
{
    let Place { slot, visitors } = place;
    let config = context.config;
    loop {
        // A peer that reset before it was accepted, or no more descriptors: neither ends the server.
        let Ok((peer, mut socket)) = acceptor.accept().await else {
            Timer::after(config.accept_pause).await;
            continue;
        };
        if !visitors.borrow_mut().enter(slot, peer.ip(), Instant::now()) {
            let _ = with_timeout(config.linger_time, socket.abort()).await;
            continue;
        }
        let judged = |standing| visitors.borrow_mut().judged(slot, standing);
        let served =
            select(connection::serve(&mut socket, buffer, &context, judged), make_room(&place, config)).await;
        if matches!(served, Either::Second(())) {
            let _ = with_timeout(config.linger_time, socket.abort()).await;
        }
        let stranger = visitors.borrow_mut().leave(slot);
        if let Some(visit) = stranger.filter(|_| !context.handler.is_open()) {
            visitors.borrow_mut().count(visit, Instant::now(), &config.strangers);
        }
    }
}

/// Ends when the connection in this place has to make room for others.
async fn make_room<const SLOTS: usize>(place: &Place<'_, SLOTS>, config: &HttpConfig) {
    let mut wait = config.scarce_time;
    loop {
        Timer::after(wait).await;
        if place.visitors.borrow().gives_way(place.slot) {
            return;
        }
        wait = config.scarce_time / 4;
    }
}
