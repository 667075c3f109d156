//! One accepted connection: what of its writes the kernel has taken, and when to give up on it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Sleep, sleep};

use super::lock;
use super::transfer_log::RunningTransfer;
use super::transfers::{AbortReason, TransferState};

/// What the stream of a connection and the answers on it share.
pub(super) struct Connection {
    peer: SocketAddr,
    cut: Arc<Notify>,
    carried: Mutex<Vec<Arc<RunningTransfer>>>,
}

impl Connection {
    pub(super) fn new(peer: SocketAddr) -> Self {
        // A socket for both IP versions names IPv4 clients ::ffff:a.b.c.d, which nobody wants to read.
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        Self { peer, cut: Arc::new(Notify::new()), carried: Mutex::default() }
    }

    pub(super) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// Told when the connection must be closed, whatever it is doing.
    pub(super) fn cut(&self) -> &Arc<Notify> {
        &self.cut
    }

    /// The next body on this connection. The one before may not have left quite yet.
    pub(super) fn carry(&self, transfer: Arc<RunningTransfer>) {
        lock(&self.carried).push(transfer);
    }

    fn flushed(&self) {
        lock(&self.carried).retain(|transfer| {
            transfer.flushed();
            !transfer.is_handed_over()
        });
    }

    fn lost(&self, reason: AbortReason) {
        for transfer in lock(&self.carried).drain(..) {
            transfer.end(TransferState::Aborted(reason));
        }
    }
}

/// A socket that tells its [`Connection`] of every flush, and fails a write that makes no progress for too long.
pub(super) struct WatchedStream {
    stream: TcpStream,
    connection: Arc<Connection>,
    patience: Duration,
    /// Runs while a write waits.
    stall: Option<Pin<Box<Sleep>>>,
}

impl WatchedStream {
    pub(super) fn new(stream: TcpStream, connection: Arc<Connection>, patience: Duration) -> Self {
        Self { stream, connection, patience, stall: None }
    }

    fn give_up_if_stalled(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stall = None;
            return written;
        }
        let patience = self.patience;
        let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stall.as_mut().poll(cx));
        self.connection.lost(AbortReason::Stalled);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Drop for WatchedStream {
    fn drop(&mut self) {
        self.connection.lost(AbortReason::ConnectionLost);
    }
}

impl AsyncRead for WatchedStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.give_up_if_stalled(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.give_up_if_stalled(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper calls this when it has written out its whole buffer, and only then.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
        this.connection.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::super::transfer_log::{Beginning, TransferLog};
    use super::super::transfers::{OfferId, PathKind};
    use super::*;

    /// A request may be read, and its answer begun, while the end of the answer before waits in hyper's buffer.
    #[tokio::test]
    async fn two_answers_may_overlap() {
        let log = TransferLog::start(8);
        let connection = Connection::new(([127, 0, 0, 1], 1).into());
        let carry = |length| {
            let transfer = log.begin(Beginning {
                offer: OfferId(1),
                kind: PathKind::Plain,
                peer: connection.peer(),
                start: 0,
                length,
                image_length: length,
                cut: Arc::clone(connection.cut()),
            });
            connection.carry(Arc::clone(&transfer));
            transfer
        };
        carry(10).take(10);
        let second = carry(20);
        connection.flushed();
        second.take(5);
        connection.flushed();
        connection.lost(AbortReason::Stalled);
        log.publish();
        let transfers = log.subscribe().borrow().transfers.clone();
        assert_eq!((transfers[0].handed, transfers[0].state), (10, TransferState::Finished));
        let stalled = TransferState::Aborted(AbortReason::Stalled);
        assert_eq!((transfers[1].handed, transfers[1].state), (5, stalled));
    }
}
