//! Connection slots around one acceptor; no error and no peer ends them.

use core::cell::Cell;
use core::convert::Infallible;
use core::future::Future;

use edge_nal::TcpAccept;
use embassy_futures::join::join_array;
use embassy_time::Timer;

use super::Handler;
use super::answer::BUFFER;
use super::connection::{self, Context};
use crate::HttpConfig;

/// The memory of an HTTP server: [`BUFFER`] (4352) bytes for each of its `SLOTS` connections, and a few.
pub struct Server<const SLOTS: usize = 4> {
    buffers: [[u8; BUFFER]; SLOTS],
    streams: Cell<u8>,
}

impl<const SLOTS: usize> Server<SLOTS> {
    /// A server that does nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { buffers: [[0; BUFFER]; SLOTS], streams: Cell::new(0) }
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
        let Self { buffers, streams } = self;
        let streams = &*streams;
        // A server that was dropped in mid-stream starts with all its streams again.
        streams.set(0);
        join_array(
            buffers.each_mut().map(|buffer| slot(acceptor, buffer, Context { handler, config, streams })),
        )
    }
}

impl<const SLOTS: usize> Default for Server<SLOTS> {
    fn default() -> Self {
        Self::new()
    }
}

/// Serves one connection after the other.
async fn slot<A, H>(acceptor: &A, buffer: &mut [u8; BUFFER], context: Context<'_, H>) -> Infallible
where
    A: TcpAccept,
    H: Handler,
{
    loop {
        match acceptor.accept().await {
            Ok((_, mut socket)) => connection::serve(&mut socket, buffer, &context).await,
            // A peer that reset before it was accepted, or no more descriptors: neither ends the server.
            Err(_) => Timer::after(context.config.accept_pause).await,
        }
    }
}
