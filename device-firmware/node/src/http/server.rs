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
use super::visitors::{Parting, REPEATED, Visitors};
use crate::HttpConfig;

/// The memory of connections. Zeros: as a static, it takes no room in an image.
pub type Buffers<const SLOTS: usize> = [[u8; BUFFER]; SLOTS];

/// The memory of an HTTP server: [`BUFFER`] (5760) bytes for each of its `SLOTS` connections, and a few.
pub struct Server<const SLOTS: usize = 4> {
    buffers: Buffers<SLOTS>,
    seats: Seats<SLOTS>,
}

impl<const SLOTS: usize> Server<SLOTS> {
    /// A server that does nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffers: [[0; BUFFER]; SLOTS], seats: Seats::new() }
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
        let Self { buffers, seats } = self;
        join_array(seats.places(buffers).map(|place| place.serve(acceptor, handler, config)))
    }
}

impl<const SLOTS: usize> Default for Server<SLOTS> {
    fn default() -> Self {
        Self::new()
    }
}

/// The places of a server, for who serves each of them in a task of its own: that takes the stack of one connection at a
/// time, and [`Server::serve`] that of all.
pub struct Seats<const SLOTS: usize> {
    streams: Cell<u8>,
    visitors: RefCell<Visitors<SLOTS>>,
}

impl<const SLOTS: usize> Seats<SLOTS> {
    /// All free.
    #[must_use]
    pub const fn new() -> Self {
        Self { streams: Cell::new(0), visitors: RefCell::new(Visitors::new()) }
    }

    /// The places one by one.
    pub fn places<'a>(&'a mut self, buffers: &'a mut Buffers<SLOTS>) -> [Place<'a, SLOTS>; SLOTS] {
        let Self { streams, visitors } = self;
        // A server that was dropped in the midst of it starts without connections again.
        streams.set(0);
        visitors.replace(Visitors::new());
        let (streams, visitors) = (&*streams, &*visitors);
        let mut slots = 0..SLOTS;
        buffers.each_mut().map(|buffer| {
            let slot = slots.next().unwrap_or(SLOTS);
            Place { buffer, streams, seat: Seat { slot, visitors } }
        })
    }
}

impl<const SLOTS: usize> Default for Seats<SLOTS> {
    fn default() -> Self {
        Self::new()
    }
}

/// A place for one connection at a time.
pub struct Place<'a, const SLOTS: usize> {
    buffer: &'a mut [u8; BUFFER],
    streams: &'a Cell<u8>,
    seat: Seat<'a, SLOTS>,
}

impl<const SLOTS: usize> Place<'_, SLOTS> {
    /// Serves one connection after the other, for ever.
    pub async fn serve<A: TcpAccept, H: Handler>(
        self,
        acceptor: &A,
        handler: &H,
        config: &HttpConfig,
    ) -> Infallible {
        let Self { buffer, streams, seat } = self;
        slot(acceptor, buffer, Context { handler, config, streams }, seat).await
    }
}

/// A slot among the others.
struct Seat<'a, const SLOTS: usize> {
    slot: usize,
    visitors: &'a RefCell<Visitors<SLOTS>>,
}

/// Serves one connection after the other.
async fn slot<A, H, const SLOTS: usize>(
    acceptor: &A,
    buffer: &mut [u8; BUFFER],
    context: Context<'_, H>,
    seat: Seat<'_, SLOTS>,
) -> Infallible
where
    A: TcpAccept,
    H: Handler,
{
    let Seat { slot, visitors } = seat;
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
            select(connection::serve(&mut socket, buffer, &context, judged), make_room(&seat, config)).await;
        let parting = match served {
            Either::First(()) => Parting::Over,
            Either::Second(()) => {
                let _ = with_timeout(config.linger_time, socket.abort()).await;
                Parting::CutOff
            }
        };
        let stranger = visitors.borrow_mut().leave(slot);
        if let Some(visit) = stranger.filter(|_| !context.handler.is_open()) {
            visitors.borrow_mut().count(visit, parting, Instant::now(), &config.strangers);
        }
    }
}

/// Ends when the connection in this place has to make room for others.
async fn make_room<const SLOTS: usize>(seat: &Seat<'_, SLOTS>, config: &HttpConfig) {
    loop {
        Timer::after(config.scarce_time / REPEATED).await;
        if seat.visitors.borrow().gives_way(seat.slot, Instant::now(), config) {
            return;
        }
    }
}
