//! The downloader: one file over HTTP into a [`Sink`], with resume, through every way a host may misbehave.
//!
//! The first attempt and every further one asks for what the sink still wants (`Range`, with `If-Range` on the
//! file's digest). A host that answers 200 instead of 206 sends the whole file again: its first bytes are dropped
//! and counted, and the sink goes on where it was; what it holds is checked by its digest in the end in any case.
//! A sink that finds out on the way that it has more already is given a new answer, or, where that would cost more
//! than it saves, the bytes in between are dropped. Redirects are not followed. edge-http's own client is not used: it panics on `Content-Length: abc`.

mod fault;
mod get;
mod reply;
mod retry;
mod url;

use edge_nal::TcpConnect;
use embassy_time::{Instant, Timer};
use embedded_io_async::{Read, Write};
use rand_core::Rng;
use skylift_protocol::Digest;

pub use fault::{DownloadError, Failure, Fault};
pub(crate) use get::{close, connect, receive, request, until};
use reply::Reply;
use retry::Retry;
pub use url::{Url, UrlFault};

use crate::DownloadConfig;

/// Bytes of the downloader's buffer, which are the most that a sink is given at a time.
pub const PIECE: usize = 4096;

/// Where the bytes go.
pub trait Sink {
    /// Why bytes are not taken.
    type Error;

    /// The next byte wanted, counted from the start of the file: where a new attempt resumes.
    fn position(&self) -> u32;

    /// Takes the bytes at [`position`](Self::position), 1 to [`PIECE`] of them. It stands behind them then; or further
    /// on, if the sink does not need what lies between.
    ///
    /// # Errors
    /// Whatever ends the download: the bytes are wrong, or cannot be kept.
    async fn write(&mut self, bytes: &[u8]) -> Result<(), Self::Error>;
}

/// A file to be fetched.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Where it is.
    pub url: Url<'a>,
    /// Its size in bytes.
    pub size: u32,
    /// The digest of all its bytes, which is its ETag. The bytes are not checked against it here.
    pub sha256: Digest,
    /// Bytes that the sink makes of it, which take their time as well.
    pub unpacked: u32,
}

/// What a download came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Connections, or tries to get one.
    pub attempts: u16,
    /// Bytes of bodies that arrived.
    pub fetched: u64,
    /// How many of them were dropped, because the sink did not need them.
    pub refetched: u64,
}

/// Fetches a file from the sink's position to its end. Ends when the sink was given the last byte.
///
/// # Errors
/// [`DownloadError::Sink`] as soon as the sink refuses bytes; [`DownloadError::Network`] once the host has answered
/// something that will not change, or no attempt brought a new byte as often as `config` allows, or it takes too long.
pub async fn download<T, S, R>(
    stack: &T,
    file: &File<'_>,
    sink: &mut S,
    piece: &mut [u8; PIECE],
    config: &DownloadConfig,
    rng: &mut R,
) -> Result<Summary, DownloadError<S::Error>>
where
    T: TcpConnect,
    S: Sink,
    R: Rng,
{
    let mut summary = Summary::default();
    let mut retry = Retry::new(config, file.size.max(file.unpacked));
    loop {
        let position = sink.position();
        if position >= file.size {
            return Ok(summary);
        }
        summary.attempts = summary.attempts.saturating_add(1);
        let fault = match attempt(stack, file, sink, piece, &retry, config, &mut summary).await {
            Ok(()) => return Ok(summary),
            Err(Stop::Jump) => continue,
            Err(Stop::Sink(error)) => return Err(DownloadError::Sink(error)),
            Err(Stop::Network(fault)) => fault,
        };
        match retry.pause(fault, sink.position() > position, rng) {
            Ok(pause) => Timer::after(pause).await,
            Err(fault) => {
                let (address, attempts, position) = (file.url.address(), summary.attempts, sink.position());
                return Err(DownloadError::Network(Failure { fault, address, attempts, position }));
            }
        }
    }
}

/// Bytes that are rather dropped than asked past: a new connection takes as long.
const NEAR: u32 = 16 * 1024;

/// Why an attempt ended before the last byte.
enum Stop<E> {
    Network(Fault),
    /// The sink goes on at a byte that is far away.
    Jump,
    Sink(E),
}

impl<E> From<Fault> for Stop<E> {
    fn from(fault: Fault) -> Self {
        Self::Network(fault)
    }
}

async fn attempt<T: TcpConnect, S: Sink>(
    stack: &T,
    file: &File<'_>,
    sink: &mut S,
    piece: &mut [u8; PIECE],
    retry: &Retry<'_>,
    config: &DownloadConfig,
    summary: &mut Summary,
) -> Result<(), Stop<S::Error>> {
    let mut socket = connect(stack, file.url, config.connect_time).await?;
    let ended = fetch(&mut socket, file, sink, piece, retry, config, summary).await;
    close(&mut socket, ended.is_ok(), config.close_time).await;
    ended
}

async fn fetch<C: Read + Write, S: Sink>(
    socket: &mut C,
    file: &File<'_>,
    sink: &mut S,
    piece: &mut [u8; PIECE],
    retry: &Retry<'_>,
    config: &DownloadConfig,
    summary: &mut Summary,
) -> Result<(), Stop<S::Error>> {
    let position = sink.position();
    let resume = (position > 0).then_some((position, file.sha256));
    request(socket, file.url, resume, piece, config.stall_time).await?;
    let (reply, filled) = receive(socket, piece, config.stall_time).await?;
    let first = first_byte(&reply, position, file.size)?;

    let mut drop = position - first;
    let mut left = file.size - first;
    let mut bytes = piece.get(reply.len..filled).unwrap_or_default();
    loop {
        // A host that sends more than it said is not listened to any further.
        bytes = bytes.get(..within(left, bytes.len())).unwrap_or_default();
        left -= bytes.len() as u32;
        summary.fetched += bytes.len() as u64;
        let dropped = within(drop, bytes.len());
        drop -= dropped as u32;
        summary.refetched += dropped as u64;
        match bytes.get(dropped..) {
            None | Some([]) => {}
            Some(new) => {
                sink.write(new).await.map_err(Stop::Sink)?;
                drop = jumped(sink.position(), file.size - left)?;
            }
        }
        if drop >= left {
            return Ok(());
        }
        retry.in_time()?;
        let deadline = retry.deadline().min(Instant::now() + config.stall_time);
        let room = within(left, PIECE);
        let read = until(deadline, config.stall_time, socket.read(piece.get_mut(..room).unwrap_or_default()))
            .await?;
        if read == 0 {
            return Err(Fault::Lost.into());
        }
        bytes = piece.get(..read).unwrap_or_default();
    }
}

/// How many bytes are to be dropped for a sink at `position` to go on, when all before `come` have come.
fn jumped<E>(position: u32, come: u32) -> Result<u32, Stop<E>> {
    let gap = position.saturating_sub(come);
    if gap <= NEAR { Ok(gap) } else { Err(Stop::Jump) }
}

/// `most`, unless that is more than `limit`.
fn within(limit: u32, most: usize) -> usize {
    usize::try_from(limit).map_or(most, |limit| limit.min(most))
}

/// The place in the file of the first byte of an answer's body, if the answer is the right one to a request for the
/// bytes from `position` on.
fn first_byte(reply: &Reply, position: u32, size: u32) -> Result<u32, Fault> {
    let (start, ordered) = (u64::from(position), u64::from(size));
    match reply.status {
        200 => match reply.length.ok_or(Fault::NoLength)? {
            served if served == ordered => Ok(0),
            served => Err(Fault::WrongSize { ordered, served }),
        },
        206 => {
            let range = reply.range.filter(|_| position > 0).ok_or(Fault::WrongRange)?;
            if range.total != ordered {
                return Err(Fault::WrongSize { ordered, served: range.total });
            }
            let length = reply.length.ok_or(Fault::NoLength)?;
            let right = range.first == start && range.last == ordered - 1 && length == ordered - start;
            if right { Ok(position) } else { Err(Fault::WrongRange) }
        }
        410 => Err(Fault::Withdrawn),
        status => Err(Fault::Status(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::reply::Range;
    use super::*;

    #[test]
    fn answers() {
        let whole = Reply { status: 200, length: Some(100), range: None, len: 0 };
        let range = |first, last, total| Some(Range { first, last, total });
        let part = Reply { status: 206, length: Some(60), range: range(40, 99, 100), len: 0 };
        assert_eq!(first_byte(&whole, 0, 100), Ok(0));
        assert_eq!(first_byte(&whole, 40, 100), Ok(0));
        assert_eq!(first_byte(&part, 40, 100), Ok(40));
        let wrong = |reply: Reply| first_byte(&reply, 40, 100);
        assert_eq!(wrong(Reply { length: None, ..whole }), Err(Fault::NoLength));
        assert_eq!(
            wrong(Reply { length: Some(99), ..whole }),
            Err(Fault::WrongSize { ordered: 100, served: 99 })
        );
        assert_eq!(wrong(Reply { length: None, ..part }), Err(Fault::NoLength));
        for other in [range(0, 99, 100), range(41, 99, 100), range(40, 98, 100), range(40, 100, 100), None] {
            assert_eq!(wrong(Reply { range: other, ..part }), Err(Fault::WrongRange));
        }
        assert_eq!(wrong(Reply { length: Some(100), ..part }), Err(Fault::WrongRange));
        let longer = Reply { range: range(40, 100, 101), ..part };
        assert_eq!(wrong(longer), Err(Fault::WrongSize { ordered: 100, served: 101 }));
        assert_eq!(first_byte(&part, 0, 100), Err(Fault::WrongRange));
        assert_eq!(wrong(Reply { status: 410, ..whole }), Err(Fault::Withdrawn));
        for status in [100, 204, 301, 304, 404, 416, 500] {
            assert_eq!(wrong(Reply { status, ..whole }), Err(Fault::Status(status)));
        }
    }
}
