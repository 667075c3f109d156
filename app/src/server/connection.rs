//! One accepted connection: what of its answers has left this computer, and when to give up on it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::lock;
use super::stall::Stall;
use super::transfer_log::RunningTransfer;
use super::transfers::{AbortReason, TransferState};
use super::unsent::Unsent;

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

    /// All that hyper took has left this computer, but for at most the last `behind` bytes.
    fn left(&self, behind: u64) {
        let mut carried = lock(&self.carried);
        let mut behind = behind;
        for transfer in carried.iter().rev() {
            behind = transfer.left(behind);
        }
        carried.retain(|transfer| !transfer.is_sent());
    }

    fn carries_nothing(&self) -> bool {
        lock(&self.carried).is_empty()
    }

    fn lost(&self, reason: AbortReason) {
        for transfer in lock(&self.carried).drain(..) {
            transfer.end(TransferState::Aborted(reason));
        }
    }
}

/// A socket that tells its [`Connection`] what has left, and fails when a client takes nothing for too long.
pub(super) struct WatchedStream {
    stream: TcpStream,
    connection: Arc<Connection>,
    unsent: Unsent,
    stall: Stall,
    /// Whether the kernel took nothing the last time.
    waiting: bool,
}

impl WatchedStream {
    pub(super) fn new(stream: TcpStream, connection: Arc<Connection>, patience: Duration) -> Self {
        let unsent = Unsent::of(&stream);
        Self { stream, connection, unsent, stall: Stall::new(patience), waiting: false }
    }

    /// `held` is all that hyper has left to write, this write included.
    fn watch(
        &mut self,
        cx: &mut Context<'_>,
        held: usize,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let Poll::Ready(written) = written else {
            if let Some(unsent) = self.unsent.at_most().filter(|_| !self.waiting) {
                self.connection.left(held as u64 + unsent);
            }
            self.waiting = true;
            return self.poll_stalled(cx);
        };
        let written = written?;
        self.stall.over();
        let waited = std::mem::take(&mut self.waiting);
        match self.unsent.when_writable() {
            Some(unsent) if waited => self.connection.left(held as u64 + unsent),
            Some(_) => {}
            None => self.connection.left(held.saturating_sub(written) as u64),
        }
        Poll::Ready(Ok(written))
    }

    /// Pending, as whatever it is that waits, until that has lasted too long.
    fn poll_stalled<T>(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        ready!(self.stall.poll_too_long(cx));
        self.connection.lost(AbortReason::Stalled);
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Waits until the kernel has sent what it has.
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.connection.carries_nothing() {
            let Poll::Ready(unsent) = self.unsent.poll_less(&self.stream, cx) else {
                return self.poll_stalled(cx);
            };
            let unsent = unsent?;
            self.stall.over();
            self.connection.left(unsent);
            if unsent == 0 {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Drop for WatchedStream {
    fn drop(&mut self) {
        if !self.connection.carries_nothing() {
            // What is still to be sent of an image that was withdrawn is not sent. If the kernel refuses, it arrives.
            let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        }
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
        this.watch(cx, bytes.len(), written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // After a write of one slice that the kernel took in part, tokio waits without asking the kernel again.
        if let [bytes] = slices {
            return self.poll_write(cx, bytes);
        }
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.watch(cx, slices.iter().map(|slice| slice.len()).sum(), written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper calls this when it has written out all it has, and only then; it begins no other answer before it is done.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
        this.poll_sent(cx)
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
        second.take(8);
        // First all of the second and a bit of the first have not left, then a bit of the second only.
        connection.left(11);
        connection.left(3);
        connection.lost(AbortReason::Stalled);
        log.publish();
        let transfers = log.subscribe().borrow().transfers.clone();
        assert_eq!((transfers[0].sent, transfers[0].state), (10, TransferState::Finished));
        let stalled = TransferState::Aborted(AbortReason::Stalled);
        assert_eq!((transfers[1].sent, transfers[1].state), (5, stalled));
    }
}
