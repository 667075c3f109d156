//! A connection that tells how much of the body it carries has left this computer.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::server::unsent::{self, Unsent};

/// What ends the head of a request.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// How much of a body is on its way.
#[derive(Debug, Default)]
pub(in crate::engine) struct Sent {
    left: AtomicU64,
    taken: AtomicU64,
}

impl Sent {
    /// Bytes that have left this computer for certain.
    pub(in crate::engine) fn bytes(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Bytes that the kernel has: more than these cannot be anywhere else.
    pub(in crate::engine) fn handed_over(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, bytes: u64) {
        self.left.store(bytes, Ordering::Relaxed);
    }

    fn hand_over(&self, bytes: u64) {
        self.taken.store(bytes, Ordering::Relaxed);
    }
}

/// A socket on which one request is sent.
pub(super) struct Sending {
    stream: TcpStream,
    unsent: Unsent,
    /// Whether the kernel took nothing the last time.
    waiting: bool,
    /// Bytes that the kernel has taken.
    taken: u64,
    /// Bytes of them that have left for certain.
    left: u64,
    head: Head,
    sent: Arc<Sent>,
}

/// The head of the request, which is no part of what is counted.
#[derive(Default)]
struct Head {
    length: u64,
    /// Bytes of [`END_OF_HEAD`] that have just been seen.
    matched: usize,
}

impl Sending {
    pub(super) fn new(stream: TcpStream, sent: Arc<Sent>) -> io::Result<Self> {
        unsent::limit(&SockRef::from(&stream))?;
        let unsent = Unsent::of(&stream);
        Ok(Self { stream, unsent, waiting: false, taken: 0, left: 0, head: Head::default(), sent })
    }

    fn watch(
        &mut self,
        slices: &[io::IoSlice<'_>],
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let Poll::Ready(written) = or_read_on(written) else {
            if let Some(unsent) = self.unsent.at_most().filter(|_| !self.waiting) {
                self.leave(self.taken.saturating_sub(unsent));
            }
            self.waiting = true;
            return Poll::Pending;
        };
        let written = written?;
        self.head.take(slices, written);
        let waited = std::mem::take(&mut self.waiting);
        match self.unsent.when_writable() {
            Some(unsent) if waited => self.leave(self.taken.saturating_sub(unsent)),
            Some(_) => {}
            None => self.leave(self.taken + written as u64),
        }
        self.taken += written as u64;
        self.sent.hand_over(self.taken.saturating_sub(self.head.length));
        Poll::Ready(Ok(written))
    }

    fn leave(&mut self, bytes: u64) {
        self.left = self.left.max(bytes);
        self.sent.set(self.left.saturating_sub(self.head.length));
    }

    /// Waits until the kernel has sent what it has.
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.left < self.taken {
            let unsent = ready!(self.unsent.poll_less(&self.stream, cx))?;
            self.leave(self.taken.saturating_sub(unsent));
            if unsent == 0 {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Head {
    /// Takes what has been written of the slices.
    fn take(&mut self, slices: &[io::IoSlice<'_>], written: usize) {
        for byte in slices.iter().flat_map(|slice| slice.iter()).take(written) {
            if self.matched == END_OF_HEAD.len() {
                return;
            }
            self.length += 1;
            let goes_on = END_OF_HEAD.get(self.matched) == Some(byte);
            self.matched = if goes_on { self.matched + 1 } else { usize::from(*byte == b'\r') };
        }
    }
}

/// A device that takes no more says why, and closes without reading the rest. What it said can still be read after
/// writing has failed, if hyper does not give up for that: reading comes to an end by itself.
fn or_read_on<T>(written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    match written {
        Poll::Ready(Err(error))
            if matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset) =>
        {
            Poll::Pending
        }
        written => written,
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        if self.left < self.taken {
            // What the kernel still has of a firmware that was called back is not sent. If it refuses, it arrives.
            let _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
        }
    }
}

impl AsyncRead for Sending {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Sending {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.watch(&[io::IoSlice::new(bytes)], written)
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
        this.watch(slices, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// hyper calls this when it has written out all it has.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(or_read_on(Pin::new(&mut this.stream).poll_flush(cx)))?;
        or_read_on(this.poll_sent(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_not_counted_however_it_is_cut() {
        let text = b"PUT / HTTP/1.1\r\n\r\r\nx: y\r\n\r\nbody\r\n\r\nbody";
        for cut in 0..text.len() {
            let mut head = Head::default();
            let (first, second) = text.split_at(cut);
            // The kernel takes less than it is offered.
            head.take(&[io::IoSlice::new(text)], cut);
            let halves = second.split_at(second.len() / 2);
            head.take(&[io::IoSlice::new(halves.0), io::IoSlice::new(halves.1)], second.len());
            assert_eq!((first.len() + second.len(), head.length), (text.len(), 27), "cut at {cut}");
        }
    }
}
