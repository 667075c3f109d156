//! A network in memory: a peer that has said all it will say, and futures that are driven without waiting.

use core::cell::{Cell, RefCell};
use core::convert::Infallible;
use core::future::{Future, pending};
use core::net::{Ipv4Addr, SocketAddr};
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use edge_nal::{Close, Readable, TcpAccept, TcpConnect, TcpShutdown, TcpSplit};
use embedded_io_async::{ErrorType, Read, Write};

/// The peer of one connection. There is no second one.
pub struct Peer<'a> {
    says: &'a [u8],
    /// Bytes that arrive at a time, at least one.
    piece: usize,
    gone: Cell<bool>,
    hears: RefCell<Vec<u8>>,
}

impl<'a> Peer<'a> {
    /// A peer that says this, in pieces of at most `piece` bytes, and then ends.
    #[must_use]
    pub fn new(says: &'a [u8], piece: usize) -> Self {
        Self { says, piece: piece.max(1), gone: Cell::new(false), hears: RefCell::default() }
    }

    /// All that was said to it.
    #[must_use]
    pub fn heard(self) -> Vec<u8> {
        self.hears.into_inner()
    }

    async fn socket(&self) -> Socket<'_> {
        if self.gone.replace(true) {
            pending::<()>().await;
        }
        Socket { says: self.says, peer: self }
    }
}

/// The connection to a [`Peer`].
pub struct Socket<'p> {
    says: &'p [u8],
    peer: &'p Peer<'p>,
}

impl ErrorType for Socket<'_> {
    type Error = Infallible;
}

impl Read for Socket<'_> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, Infallible> {
        let len = self.says.len().min(buf.len()).min(self.peer.piece);
        let (now, later) = self.says.split_at(len);
        buf[..len].copy_from_slice(now);
        self.says = later;
        Ok(len)
    }
}

impl Write for Socket<'_> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, Infallible> {
        self.peer.hears.borrow_mut().extend_from_slice(buf);
        Ok(buf.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl Readable for Socket<'_> {
    async fn readable(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl TcpShutdown for Socket<'_> {
    async fn close(&mut self, _: Close) -> Result<(), Infallible> {
        Ok(())
    }

    async fn abort(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

impl TcpSplit for Socket<'_> {
    type Read<'a>
        = Socket<'a>
    where
        Self: 'a;
    type Write<'a>
        = Socket<'a>
    where
        Self: 'a;

    fn split(&mut self) -> (Self::Read<'_>, Self::Write<'_>) {
        (Socket { says: self.says, peer: self.peer }, Socket { says: &[], peer: self.peer })
    }
}

impl TcpAccept for Peer<'_> {
    type Error = Infallible;
    type Socket<'a>
        = Socket<'a>
    where
        Self: 'a;

    async fn accept(&self) -> Result<(SocketAddr, Socket<'_>), Infallible> {
        let socket = self.socket().await;
        Ok((SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), socket))
    }
}

impl TcpConnect for Peer<'_> {
    type Error = Infallible;
    type Socket<'a>
        = Socket<'a>
    where
        Self: 'a;

    async fn connect(&self, _: SocketAddr) -> Result<Socket<'_>, Infallible> {
        Ok(self.socket().await)
    }
}

/// Drives a future until it has nothing more to do; `None` if it waits for something then.
pub fn drive<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
