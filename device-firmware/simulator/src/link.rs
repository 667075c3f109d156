//! The device's link to the host it downloads from, with faults: drop, stall, flipped bit, rate limit.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use edge_nal::{Close, Readable, TcpConnect, TcpShutdown, TcpSplit};
use edge_nal_std::{Stack, TcpSocket};
use embassy_time::{Duration, Timer};
use embedded_io_async::{ErrorType, Read, Write};

use crate::radio::SimulatedRadio;

/// What goes wrong with the bytes that a device receives. Each happens once in the device's life; bytes are counted
/// over all its connections, from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkFaults {
    /// The connection breaks before this byte.
    pub drop_at: Option<u64>,
    /// Nothing comes any more before this byte, until the device gives the connection up.
    pub stall_at: Option<u64>,
    /// The lowest bit of this byte is flipped.
    pub flip_at: Option<u64>,
    /// Bytes per second at most.
    pub rate: Option<u32>,
}

/// The link, over all connections of one device.
#[derive(Clone, Default)]
pub(crate) struct Link(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    faults: LinkFaults,
    received: u64,
}

/// What the next bytes meet.
enum Next {
    Bytes(usize),
    Drop,
    Stall,
}

impl Link {
    pub fn new(faults: LinkFaults) -> Self {
        Self(Rc::new(RefCell::new(State { faults, received: 0 })))
    }

    /// How many of `wanted` bytes may come, or which fault is due.
    fn next(&self, wanted: usize) -> Next {
        let state = &mut *self.0.borrow_mut();
        let until = |at: Option<u64>| at.and_then(|at| at.checked_sub(state.received));
        match (until(state.faults.drop_at), until(state.faults.stall_at)) {
            (Some(0), _) => {
                state.faults.drop_at = None;
                Next::Drop
            }
            (_, Some(0)) => {
                state.faults.stall_at = None;
                Next::Stall
            }
            (drop, stall) => {
                let fault = drop.into_iter().chain(stall).min().unwrap_or(u64::MAX);
                let rate = state.faults.rate.map_or(u64::MAX, |rate| u64::from(rate / RATE_STEPS).max(1));
                let most = (wanted as u64).min(fault).min(rate);
                Next::Bytes(usize::try_from(most).unwrap_or(wanted))
            }
        }
    }

    fn arrived(&self, bytes: &mut [u8]) -> Option<Duration> {
        let state = &mut *self.0.borrow_mut();
        if let Some(at) = state.faults.flip_at.and_then(|at| at.checked_sub(state.received))
            && let Some(byte) = usize::try_from(at).ok().and_then(|at| bytes.get_mut(at))
        {
            *byte ^= 1;
            state.faults.flip_at = None;
        }
        state.received += bytes.len() as u64;
        let rate = state.faults.rate?;
        Some(Duration::from_micros(bytes.len() as u64 * 1_000_000 / u64::from(rate.max(1))))
    }
}

/// Pieces of a rate-limited second.
const RATE_STEPS: u32 = 50;

/// The network stack of a simulated device: the host's, with the device's link in between.
pub(crate) struct FaultyStack<'a> {
    stack: Stack,
    link: Link,
    radio: &'a SimulatedRadio<'a>,
}

impl<'a> FaultyStack<'a> {
    pub fn new(link: Link, radio: &'a SimulatedRadio<'a>) -> Self {
        Self { stack: Stack::new(), link, radio }
    }
}

impl TcpConnect for FaultyStack<'_> {
    type Error = io::Error;
    type Socket<'s>
        = FaultySocket
    where
        Self: 's;

    async fn connect(&self, remote: SocketAddr) -> Result<FaultySocket, io::Error> {
        if !self.radio.is_reachable() {
            return Err(io::ErrorKind::NetworkUnreachable.into());
        }
        Ok(FaultySocket { socket: self.stack.connect(remote).await?, link: self.link.clone() })
    }
}

/// A connection over the link.
pub(crate) struct FaultySocket {
    socket: TcpSocket,
    link: Link,
}

impl ErrorType for FaultySocket {
    type Error = io::Error;
}

impl Read for FaultySocket {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, io::Error> {
        read_over(&mut self.socket, &self.link, buf).await
    }
}

async fn read_over(
    socket: &mut impl Read<Error = io::Error>,
    link: &Link,
    buf: &mut [u8],
) -> Result<usize, io::Error> {
    let most = match link.next(buf.len()) {
        Next::Bytes(most) => most,
        Next::Drop => return Err(io::ErrorKind::ConnectionReset.into()),
        Next::Stall => std::future::pending().await,
    };
    let room = buf.get_mut(..most).unwrap_or_default();
    let len = socket.read(room).await?;
    if let Some(pause) = link.arrived(room.get_mut(..len).unwrap_or_default()) {
        Timer::after(pause).await;
    }
    Ok(len)
}

impl Write for FaultySocket {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, io::Error> {
        self.socket.write(buf).await
    }

    async fn flush(&mut self) -> Result<(), io::Error> {
        self.socket.flush().await
    }
}

impl Readable for FaultySocket {
    async fn readable(&mut self) -> Result<(), io::Error> {
        self.socket.readable().await
    }
}

impl TcpShutdown for FaultySocket {
    async fn close(&mut self, what: Close) -> Result<(), io::Error> {
        self.socket.close(what).await
    }

    async fn abort(&mut self) -> Result<(), io::Error> {
        self.socket.abort().await
    }
}

/// The receiving half, over the same link.
pub(crate) struct FaultyRead<'a> {
    socket: &'a TcpSocket,
    link: Link,
}

impl ErrorType for FaultyRead<'_> {
    type Error = io::Error;
}

impl Read for FaultyRead<'_> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, io::Error> {
        read_over(&mut self.socket, &self.link, buf).await
    }
}

impl Readable for FaultyRead<'_> {
    async fn readable(&mut self) -> Result<(), io::Error> {
        self.socket.readable().await
    }
}

impl TcpSplit for FaultySocket {
    type Read<'a> = FaultyRead<'a>;
    type Write<'a> = &'a TcpSocket;

    fn split(&mut self) -> (FaultyRead<'_>, &TcpSocket) {
        let socket = &self.socket;
        (FaultyRead { socket, link: self.link.clone() }, socket)
    }
}
