//! TCP of embassy-net behind edge-nal's traits: a few sockets with their buffers, each used for one connection after
//! the other.
//!
//! edge-nal-embassy's own TCP is not used: to whoever accepts it tells the local address for the peer's, and it panics
//! if the peer resets before it has told it.

use core::cell::{RefCell, RefMut};
use core::fmt;
use core::net::{IpAddr, SocketAddr};

use edge_nal::{Close, Readable, TcpShutdown, TcpSplit};
use embassy_net::tcp::{ConnectError, Error, State, TcpReader, TcpSocket, TcpWriter};
use embassy_net::{IpEndpoint, IpListenEndpoint, Stack};
use embassy_time::{Duration, with_timeout};
use embedded_io_async::{ErrorKind, ErrorType, Read, Write};
use heapless::Vec;

/// How long a handshake may be half done, so that nobody holds a socket with a SYN alone.
const HANDSHAKE: Duration = Duration::from_secs(3);
/// How long a peer may leave data unacknowledged; the node's own deadlines are shorter.
const SILENCE: Duration = Duration::from_secs(30);
/// How long the reset of the connection before gets to go out.
const FAREWELL: Duration = Duration::from_millis(50);

/// The memory of `N` sockets: `N * (RX + TX)` bytes.
pub struct Buffers<const N: usize, const RX: usize, const TX: usize> {
    received: [[u8; RX]; N],
    sent: [[u8; TX]; N],
}

impl<const N: usize, const RX: usize, const TX: usize> Buffers<N, RX, TX> {
    /// Empty.
    pub const fn new() -> Self {
        Self { received: [[0; RX]; N], sent: [[0; TX]; N] }
    }
}

/// Some sockets.
pub struct Tcp<const N: usize>(Vec<RefCell<TcpSocket<'static>>, N>);

impl<const N: usize> Tcp<N> {
    /// Sockets in these buffers. The stack has to have room for them, or it panics.
    pub fn new<const RX: usize, const TX: usize>(
        stack: Stack<'static>,
        buffers: &'static mut Buffers<N, RX, TX>,
    ) -> Self {
        let pairs = buffers.received.iter_mut().zip(&mut buffers.sent);
        Self(pairs.map(|(received, sent)| RefCell::new(TcpSocket::new(stack, received, sent))).collect())
    }

    /// Has them accept connections to this port, which is not 0.
    pub const fn listen(&self, port: u16) -> Acceptor<'_, N> {
        Acceptor { sockets: self, local: IpListenEndpoint { addr: None, port } }
    }

    /// A socket that nobody uses.
    async fn take(&self) -> Result<Socket<'_>, TcpFault> {
        let mut free = self.0.iter().filter_map(|socket| socket.try_borrow_mut().ok());
        let mut socket = Socket(free.next().ok_or(TcpFault::NoSocket)?);
        let _ = with_timeout(FAREWELL, socket.0.flush()).await;
        socket.0.set_timeout(Some(HANDSHAKE));
        // One write is one answer, or one request: waiting for more to send would only delay it.
        socket.0.set_nagle_enabled(false);
        Ok(socket)
    }
}

impl<const N: usize> edge_nal::TcpConnect for Tcp<N> {
    type Error = TcpFault;
    type Socket<'a> = Socket<'a>;

    async fn connect(&self, remote: SocketAddr) -> Result<Socket<'_>, TcpFault> {
        let remote = endpoint(remote)?;
        let mut socket = self.take().await?;
        socket.0.connect(remote).await?;
        socket.0.set_timeout(Some(SILENCE));
        Ok(socket)
    }
}

/// Sockets that listen: as many connections can come in at once as there are calls of `accept` under way.
pub struct Acceptor<'a, const N: usize> {
    sockets: &'a Tcp<N>,
    local: IpListenEndpoint,
}

impl<const N: usize> edge_nal::TcpAccept for Acceptor<'_, N> {
    type Error = TcpFault;
    type Socket<'a>
        = Socket<'a>
    where
        Self: 'a;

    async fn accept(&self) -> Result<(SocketAddr, Socket<'_>), TcpFault> {
        let mut socket = self.sockets.take().await?;
        socket.0.accept(self.local).await.map_err(|_| TcpFault::Reset)?;
        // There is none if the peer has reset, or never finished the handshake.
        let peer = socket.0.remote_endpoint().ok_or(TcpFault::Reset)?;
        socket.0.set_timeout(Some(SILENCE));
        Ok((SocketAddr::new(peer.addr.into(), peer.port), socket))
    }
}

fn endpoint(address: SocketAddr) -> Result<IpEndpoint, TcpFault> {
    match address.ip() {
        IpAddr::V4(ip) => Ok((ip, address.port()).into()),
        IpAddr::V6(_) => Err(TcpFault::NoIpv6),
    }
}

/// A connection. Dropped before it is closed, it is reset.
pub struct Socket<'a>(RefMut<'a, TcpSocket<'static>>);

impl Drop for Socket<'_> {
    fn drop(&mut self) {
        if !matches!(self.0.state(), State::Closed | State::TimeWait) {
            self.0.abort();
        }
    }
}

impl ErrorType for Socket<'_> {
    type Error = TcpFault;
}

impl Read for Socket<'_> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, TcpFault> {
        Ok(self.0.read(buf).await?)
    }
}

impl Write for Socket<'_> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, TcpFault> {
        Ok(self.0.write(buf).await?)
    }

    async fn flush(&mut self) -> Result<(), TcpFault> {
        Ok(self.0.flush().await?)
    }
}

impl Readable for Socket<'_> {
    async fn readable(&mut self) -> Result<(), TcpFault> {
        if self.0.may_recv() {
            self.0.wait_read_ready().await;
        }
        Ok(())
    }
}

impl TcpShutdown for Socket<'_> {
    async fn close(&mut self, what: Close) -> Result<(), TcpFault> {
        if what != Close::Read {
            self.0.close();
            self.0.flush().await?;
        }
        if what != Close::Write {
            let mut rest = [0; 64];
            while self.0.read(&mut rest).await? > 0 {}
        }
        Ok(())
    }

    async fn abort(&mut self) -> Result<(), TcpFault> {
        self.0.abort();
        Ok(self.0.flush().await?)
    }
}

impl TcpSplit for Socket<'_> {
    type Read<'a>
        = Reader<'a>
    where
        Self: 'a;
    type Write<'a>
        = Writer<'a>
    where
        Self: 'a;

    fn split(&mut self) -> (Reader<'_>, Writer<'_>) {
        let (reader, writer) = self.0.split();
        (Reader(reader), Writer(writer))
    }
}

/// What is received on a connection.
pub struct Reader<'a>(TcpReader<'a>);

impl ErrorType for Reader<'_> {
    type Error = TcpFault;
}

impl Read for Reader<'_> {
    async fn read(&mut self, buf: &mut [u8]) -> Result<usize, TcpFault> {
        Ok(self.0.read(buf).await?)
    }
}

impl Readable for Reader<'_> {
    async fn readable(&mut self) -> Result<(), TcpFault> {
        self.0.wait_read_ready().await;
        Ok(())
    }
}

/// What is sent on a connection.
pub struct Writer<'a>(TcpWriter<'a>);

impl ErrorType for Writer<'_> {
    type Error = TcpFault;
}

impl Write for Writer<'_> {
    async fn write(&mut self, buf: &[u8]) -> Result<usize, TcpFault> {
        Ok(self.0.write(buf).await?)
    }

    async fn flush(&mut self) -> Result<(), TcpFault> {
        Ok(self.0.flush().await?)
    }
}

/// Why a connection cannot be made or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TcpFault {
    /// The peer refused or reset it, or did not answer for too long.
    Reset,
    /// There is no way to the peer.
    NoRoute,
    /// All sockets are in use.
    NoSocket,
    /// The address is one of IPv6, which is not spoken here.
    NoIpv6,
}

impl From<Error> for TcpFault {
    fn from(_: Error) -> Self {
        Self::Reset
    }
}

impl From<ConnectError> for TcpFault {
    fn from(error: ConnectError) -> Self {
        match error {
            ConnectError::NoRoute => Self::NoRoute,
            ConnectError::ConnectionReset | ConnectError::TimedOut | ConnectError::InvalidState => {
                Self::Reset
            }
        }
    }
}

impl fmt::Display for TcpFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reset => "the peer refused the connection or reset it",
            Self::NoRoute => "there is no way to the peer",
            Self::NoSocket => "all sockets are in use",
            Self::NoIpv6 => "the peer's address is one of IPv6",
        })
    }
}

impl core::error::Error for TcpFault {}

impl embedded_io_async::Error for TcpFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Reset => ErrorKind::ConnectionReset,
            Self::NoRoute => ErrorKind::NotConnected,
            Self::NoSocket => ErrorKind::OutOfMemory,
            Self::NoIpv6 => ErrorKind::Unsupported,
        }
    }
}
