//! One connection's socket under one deadline.

use edge_nal::{Close, TcpShutdown};
use embassy_time::{Duration, Instant, with_deadline, with_timeout};
use embedded_io_async::{Read, Write};

/// Why reading or writing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WireFault {
    /// The deadline passed.
    Late,
    /// The peer sent all it will send.
    End,
    /// The connection broke.
    Broken,
}

/// A socket, and until when it may be read and written.
pub(super) struct Wire<'s, S> {
    socket: &'s mut S,
    deadline: Instant,
}

impl<'s, S: Read + Write + TcpShutdown> Wire<'s, S> {
    /// A connection with this much time from now on.
    pub fn new(socket: &'s mut S, time: Duration) -> Self {
        Self { socket, deadline: Instant::now() + time }
    }

    /// The time that is left.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Sets the time from now on.
    pub fn allow(&mut self, time: Duration) {
        self.deadline = Instant::now() + time;
    }

    /// Reads some bytes, at least one.
    pub async fn read(&mut self, into: &mut [u8]) -> Result<usize, WireFault> {
        match with_deadline(self.deadline, self.socket.read(into)).await {
            Ok(Ok(0)) => Err(WireFault::End),
            Ok(Ok(read)) => Ok(read),
            Ok(Err(_)) => Err(WireFault::Broken),
            Err(_) => Err(WireFault::Late),
        }
    }

    /// Fills all of `into`.
    pub async fn read_all(&mut self, mut into: &mut [u8]) -> Result<(), WireFault> {
        while !into.is_empty() {
            let read = self.read(into).await?;
            into = into.get_mut(read..).unwrap_or_default();
        }
        Ok(())
    }

    /// Writes all bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), WireFault> {
        match with_deadline(self.deadline, self.socket.write_all(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(WireFault::Broken),
            Err(_) => Err(WireFault::Late),
        }
    }

    /// Writes all bytes and waits until the peer's stack has them, where the network stack can tell.
    pub async fn deliver(&mut self, bytes: &[u8]) -> Result<(), WireFault> {
        self.write(bytes).await?;
        match with_deadline(self.deadline, self.socket.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(WireFault::Broken),
            Err(_) => Err(WireFault::Late),
        }
    }

    /// Ends the connection so that the peer reads all of the answer: FIN, then read until the peer closes as
    /// well, for `time` and up to `bytes`. Closing with bytes unread would send a RST, which eats the answer.
    pub async fn linger(&mut self, time: Duration, mut bytes: usize) {
        self.allow(time);
        let mut scrap = [0; 128];
        let mut last = match with_deadline(self.deadline, self.socket.close(Close::Write)).await {
            Ok(Ok(())) => Ok(0),
            _ => Err(WireFault::Broken),
        };
        while let Ok(read) = last {
            bytes = bytes.saturating_sub(read);
            last = if bytes == 0 { Err(WireFault::Late) } else { self.read(&mut scrap).await };
        }
        if last != Err(WireFault::End) {
            self.abort(time).await;
        }
    }

    /// Resets the connection.
    pub async fn abort(&mut self, time: Duration) {
        let _ = with_timeout(time, self.socket.abort()).await;
    }
}
