//! What can go wrong between a device and the host that serves it, and what each means for the update.

use core::fmt;
use core::net::SocketAddr;

use embassy_time::Duration;
use skylift_protocol::{Detail, Reason};

use crate::sentence;

/// Why one attempt, and in the end the download, came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request does not fit into the buffer.
    UrlTooLong,
    /// Nobody listens at that address.
    Refused,
    /// The network stack could not connect, and does not tell more: chips do not say "refused".
    NotConnected,
    /// All of the device's own sockets are taken.
    NoSocket,
    /// Nobody answered the connection in this time.
    ConnectTimeout(Duration),
    /// The connection broke, or ended, before all bytes had come.
    Lost,
    /// No byte came for this time.
    Stalled(Duration),
    /// Bytes came, but not enough of them in the time that the whole download may take.
    TooSlow(Duration),
    /// The answer's head is longer than 1 KiB, or has more than 24 fields.
    HeadTooLarge,
    /// The answer is not HTTP/1; the text says which part.
    Malformed(&'static str),
    /// Another status than 200 or 206.
    Status(u16),
    /// 410.
    Withdrawn,
    /// The answer does not say how long it is.
    NoLength,
    /// The host serves another size than ordered.
    WrongSize {
        /// Bytes that were ordered.
        ordered: u64,
        /// Bytes that the host would send in all.
        served: u64,
    },
    /// A 206 for another part than was asked for.
    WrongRange,
}

impl Fault {
    /// Whether another attempt can help.
    #[must_use]
    pub const fn is_passing(self) -> bool {
        match self {
            Self::Refused
            | Self::NotConnected
            | Self::NoSocket
            | Self::ConnectTimeout(_)
            | Self::Lost
            | Self::Stalled(_) => true,
            Self::Status(status) => status >= 500 || status == 408 || status == 429,
            Self::UrlTooLong
            | Self::TooSlow(_)
            | Self::HeadTooLarge
            | Self::Malformed(_)
            | Self::Withdrawn
            | Self::NoLength
            | Self::WrongSize { .. }
            | Self::WrongRange => false,
        }
    }

    /// The word for it in `/status`.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Self::UrlTooLong
            | Self::Refused
            | Self::NotConnected
            | Self::NoSocket
            | Self::ConnectTimeout(_) => Reason::Unreachable,
            Self::Lost => Reason::LinkLost,
            Self::Stalled(_) | Self::TooSlow(_) => Reason::Stalled,
            Self::HeadTooLarge | Self::Malformed(_) | Self::Status(_) | Self::WrongRange => {
                Reason::HttpStatus
            }
            Self::Withdrawn => Reason::Withdrawn,
            Self::NoLength => Reason::NoContentLength,
            Self::WrongSize { .. } => Reason::WrongSize,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UrlTooLong => f.write_str("was not asked: the URL is too long"),
            Self::Refused => f.write_str("refused the connection"),
            Self::NotConnected => f.write_str("could not be connected to"),
            Self::NoSocket => f.write_str("was not asked: all of the device's sockets are taken"),
            Self::ConnectTimeout(time) => write!(f, "did not answer for {} ms", time.as_millis()),
            Self::Lost => f.write_str("closed the connection before all bytes had come"),
            Self::Stalled(time) => write!(f, "sent nothing for {} ms", time.as_millis()),
            Self::TooSlow(time) => write!(f, "did not send all bytes in {} s", time.as_secs()),
            Self::HeadTooLarge => f.write_str("sent a head of more than 1 KiB or 24 fields"),
            Self::Malformed(what) => write!(f, "did not answer with HTTP: {what}"),
            Self::Status(status) => write!(f, "answered with status {status}"),
            Self::Withdrawn => f.write_str("has withdrawn the image (status 410)"),
            Self::NoLength => f.write_str("did not say how long its answer is"),
            Self::WrongSize { ordered, served } => write!(f, "serves {served} bytes instead of {ordered}"),
            Self::WrongRange => f.write_str("sent another part of the file than was asked for"),
        }
    }
}

/// How a download failed that the sink is not to blame for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What the last attempt came to.
    pub fault: Fault,
    /// Whom it was fetched from.
    pub address: SocketAddr,
    /// Attempts in all.
    pub attempts: u16,
    /// The byte that would have come next.
    pub position: u32,
}

impl Failure {
    /// The word for it in `/status`.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.fault.reason()
    }

    /// A sentence for people, such as "192.168.1.5:8000 refused the connection (6 attempts)".
    #[must_use]
    pub fn detail(&self) -> Detail {
        sentence(self)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.address, self.fault)?;
        match (self.attempts, self.position) {
            (0 | 1, 0) => Ok(()),
            (0 | 1, position) => write!(f, " (at byte {position})"),
            (attempts, 0) => write!(f, " ({attempts} attempts)"),
            (attempts, position) => write!(f, " ({attempts} attempts, at byte {position})"),
        }
    }
}

/// Why a download failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DownloadError<E> {
    /// The network, or the host.
    Network(Failure),
    /// The sink did not take the bytes.
    Sink(E),
}

impl<E: fmt::Display> fmt::Display for DownloadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(failure) => failure.fmt(f),
            Self::Sink(error) => error.fmt(f),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for DownloadError<E> {}
