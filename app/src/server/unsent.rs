//! What the kernel holds of a connection without having sent it: how much it may be, and when it has become little.
//!
//! With TCP_NOTSENT_LOWAT, Linux takes about as many bytes as that ahead of the network, and calls a socket writable
//! only when less than half of them are left (tcp(7); `tcp_stream_memory_free` in the kernel's tcp.h). So being woken
//! to write is news of what has left this computer, and a lower mark gives finer news.

use std::io;
use std::task::{Context, Poll};

use socket2::Socket;
use tokio::net::TcpStream;

/// Bytes unsent at which the kernel takes no more. A device on WiFi then wakes this program every 64 KiB.
const MARK: u32 = 128 * 1024;
/// Bytes that the kernel puts into one segment, before the network card cuts it, at most (GSO_LEGACY_MAX_SIZE).
const SEGMENT: u32 = 64 * 1024;
/// The lowest mark: writable means that nothing is unsent.
#[cfg(target_os = "linux")]
const NOTHING: u32 = 2;
/// Where there are no marks, a small send buffer keeps the progress shown near the truth.
const SEND_BUFFER: usize = 128 * 1024;

/// Limits what the kernel takes ahead, for all sockets that a listening one accepts.
#[cfg(target_os = "linux")]
pub(crate) fn limit(listening: &Socket) -> io::Result<()> {
    // Sandboxes such as gVisor do not know the option.
    listening.set_tcp_notsent_lowat(MARK).or_else(|_| listening.set_send_buffer_size(SEND_BUFFER))
}

/// Limits what the kernel takes ahead, for all sockets that a listening one accepts.
#[cfg(not(target_os = "linux"))]
pub(crate) fn limit(listening: &Socket) -> io::Result<()> {
    listening.set_send_buffer_size(SEND_BUFFER)
}

/// What is known of the unsent bytes of one connection.
pub(crate) struct Unsent {
    /// Nothing where the kernel has no marks.
    mark: Option<u32>,
}

impl Unsent {
    /// The most bytes unsent when the socket has just become writable, where that is known.
    pub(crate) fn when_writable(&self) -> Option<u64> {
        self.mark.map(|mark| u64::from(mark / 2))
    }

    /// The most bytes that can be unsent at any time, where that is known: the last segment may go beyond the mark.
    pub(crate) fn at_most(&self) -> Option<u64> {
        self.mark.map(|_| u64::from(MARK + SEGMENT))
    }
}

#[cfg(target_os = "linux")]
impl Unsent {
    pub(crate) fn of(stream: &TcpStream) -> Self {
        let mark = socket2::SockRef::from(stream).tcp_notsent_lowat();
        Self { mark: mark.ok().filter(|&mark| mark == MARK) }
    }

    /// Waits until less is unsent than the last time, and gives the most that it can be. 0 is the end: everything is
    /// sent. Called when there is nothing left to write.
    pub(crate) fn poll_less(&mut self, stream: &TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let Some(mark) = self.mark else { return Poll::Ready(Ok(0)) };
        if mark == MARK {
            self.set(stream, lower(mark))?;
        }
        loop {
            std::task::ready!(stream.poll_write_ready(cx))?;
            match stream.try_io(tokio::io::Interest::WRITABLE, || writable(stream)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(()) => return Poll::Ready(self.next(stream)),
            }
        }
    }

    fn next(&mut self, stream: &TcpStream) -> io::Result<u64> {
        match self.mark {
            Some(mark) if mark > NOTHING => {
                self.set(stream, lower(mark))?;
                Ok(u64::from(mark / 2))
            }
            _ => self.set(stream, MARK).map(|()| 0),
        }
    }

    fn set(&mut self, stream: &TcpStream, mark: u32) -> io::Result<()> {
        self.mark = Some(mark);
        socket2::SockRef::from(stream).set_tcp_notsent_lowat(mark)
    }
}

/// Steps in which a client on WiFi is seen to come to its end: 8 KiB, 2 KiB, nothing.
#[cfg(target_os = "linux")]
fn lower(mark: u32) -> u32 {
    if mark > 4096 { mark / 4 } else { NOTHING }
}

/// Asks the kernel, because tokio knows only of what it was woken for. Asking also makes the kernel wake it.
#[cfg(target_os = "linux")]
fn writable(stream: &TcpStream) -> io::Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    let mut asked = [PollFd::new(stream, PollFlags::OUT)];
    poll(&mut asked, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))?;
    let found = asked[0].revents();
    if found.intersects(PollFlags::ERR | PollFlags::HUP) {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    if found.contains(PollFlags::OUT) { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
}

#[cfg(not(target_os = "linux"))]
impl Unsent {
    pub(crate) fn of(_: &TcpStream) -> Self {
        Self { mark: None }
    }

    /// Nothing is known: what the kernel has taken counts as sent.
    pub(crate) fn poll_less(&mut self, _: &TcpStream, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(0))
    }
}
