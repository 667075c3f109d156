//! How a server is set up, and what can be wrong with that.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The port unless another is chosen, so that one firewall rule suffices.
pub const DEFAULT_PORT: u16 = 8000;

/// Where a server listens, and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerConfig {
    /// The address to listen on: 0.0.0.0 for all of IPv4, :: for all of IPv6 and IPv4.
    pub address: IpAddr,
    /// The port to listen on: 0 for any free one.
    pub port: u16,
    /// Connections served at a time, at least 1. Further ones wait unaccepted until one ends.
    pub max_connections: usize,
    /// Connections of one address at a time, at least 1; in IPv6, of one /64. Further ones are closed at once, so that
    /// nobody keeps all others out.
    pub max_connections_per_address: usize,
    /// Bytes of a request's first line and headers together; beyond it the answer is 431. More than 16,384 counts as that.
    pub max_header_bytes: usize,
    /// How long a request may take to arrive; also how long a connection may rest between two requests.
    pub header_read_timeout: Duration,
    /// How long a client may take no bytes at all, or on Linux fewer than some 64 KiB: that is when the kernel tells. A
    /// chip that erases flash between two reads needs some seconds.
    pub stalled_write_timeout: Duration,
    /// How long running answers may go on after [`shutdown`](super::FileServer::shutdown).
    pub shutdown_grace: Duration,
    /// Ended transfers kept in the log; the oldest are forgotten first.
    pub remembered_transfers: usize,
    /// Withdrawn offers still answered with 410; the oldest are forgotten first and answered with 404.
    pub remembered_withdrawals: usize,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            address: Ipv4Addr::UNSPECIFIED.into(),
            port: DEFAULT_PORT,
            max_connections: 4096,
            max_connections_per_address: 2048,
            max_header_bytes: 8 * 1024,
            header_read_timeout: Duration::from_secs(15),
            stalled_write_timeout: Duration::from_secs(60),
            shutdown_grace: Duration::from_secs(3),
            remembered_transfers: 256,
            remembered_withdrawals: 256,
        }
    }
}

/// Why a server does not start, or does not publish.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Someone else listens there.
    #[error("{0} is already used by another program: choose another port with --port, or close that program")]
    PortInUse(SocketAddr),
    /// The operating system keeps the port for itself or for administrators.
    #[error(
        "the operating system does not allow listening on {0}: choose another port with --port, above 1023"
    )]
    PortForbidden(SocketAddr),
    /// The address belongs to another computer.
    #[error("this computer has no address {}: choose one it has, or 0.0.0.0 for all of them", .0.ip())]
    NoSuchAddress(SocketAddr),
    /// The operating system refuses for another reason.
    #[error("cannot listen on {address}: {source}")]
    CannotListen {
        /// Where.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// Plain serving has one path, and so one image at a time.
    #[error("an image is served at {path} already: stop that first", path = super::PLAIN_PATH)]
    PlainTaken,
    /// Without random bytes a path could be guessed.
    #[error("the operating system gives no random bytes: {0}")]
    NoRandomBytes(getrandom::Error),
}

impl ServerError {
    pub(super) fn from_listening(address: SocketAddr, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::PortInUse(address),
            io::ErrorKind::PermissionDenied => Self::PortForbidden(address),
            io::ErrorKind::AddrNotAvailable => Self::NoSuchAddress(address),
            _ => Self::CannotListen { address, source: error },
        }
    }
}
