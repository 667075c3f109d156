//! One GET: connect, one write, the head of the answer. The body is the caller's to read.

use core::fmt::Write as _;
use core::future::Future;

use edge_nal::{Close, TcpConnect, TcpShutdown};
use embassy_time::{Duration, Instant, with_deadline, with_timeout};
use embedded_io_async::{Error as _, ErrorKind, Read, Write};
use heapless::String;
use skylift_protocol::Digest;

use super::fault::Fault;
use super::reply::{self, MAX_HEAD, Reply};
use super::url::Url;

/// The longest request: a target of 160 bytes, two addresses and a digest.
const MAX_REQUEST: usize = 512;

/// Connects, for `time` at most.
pub(crate) async fn connect<'s, T: TcpConnect>(
    stack: &'s T,
    url: Url<'_>,
    time: Duration,
) -> Result<T::Socket<'s>, Fault> {
    match with_timeout(time, stack.connect(url.address())).await {
        Ok(Ok(socket)) => Ok(socket),
        Ok(Err(error)) => Err(match error.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Fault::Refused,
            ErrorKind::TimedOut => Fault::ConnectTimeout(time),
            ErrorKind::OutOfMemory => Fault::NoSocket,
            _ => Fault::NotConnected,
        }),
        Err(_) => Err(Fault::ConnectTimeout(time)),
    }
}

/// Sends a GET; with `resume` for the bytes from there on, of a file that is still the one with this digest.
/// `buffer` is overwritten.
pub(crate) async fn request<S: Write>(
    socket: &mut S,
    url: Url<'_>,
    resume: Option<(u32, Digest)>,
    buffer: &mut [u8],
    time: Duration,
) -> Result<(), Fault> {
    let request = compose(url, resume, buffer)?;
    let sending = async {
        socket.write_all(request).await?;
        socket.flush().await
    };
    until(Instant::now() + time, time, sending).await
}

/// The request as bytes in `buffer`: not a value of its own, which would be part of every future above.
fn compose<'b>(url: Url<'_>, resume: Option<(u32, Digest)>, buffer: &'b mut [u8]) -> Result<&'b [u8], Fault> {
    let text = request_text(url, resume).map_err(|_| Fault::UrlTooLong)?;
    let room = buffer.get_mut(..text.len()).ok_or(Fault::UrlTooLong)?;
    room.copy_from_slice(text.as_bytes());
    Ok(room)
}

fn request_text(
    url: Url<'_>,
    resume: Option<(u32, Digest)>,
) -> Result<String<MAX_REQUEST>, core::fmt::Error> {
    let mut request = String::new();
    write!(request, "GET {} HTTP/1.1\r\nHost: {}\r\n", url.target(), url.address())?;
    if let Some((from, digest)) = resume {
        write!(request, "Range: bytes={from}-\r\nIf-Range: \"{digest}\"\r\n")?;
    }
    request
        .write_str("User-Agent: skylift-device\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n")?;
    Ok(request)
}

/// Reads the head of the answer into `buffer`, all of it within `time`. The second value is how many bytes were
/// read: what lies behind the head is the start of the body.
pub(crate) async fn receive<S: Read>(
    socket: &mut S,
    buffer: &mut [u8],
    time: Duration,
) -> Result<(Reply, usize), Fault> {
    let deadline = Instant::now() + time;
    let mut filled = 0;
    loop {
        let end = buffer.len().min(MAX_HEAD);
        let room = buffer.get_mut(filled..end).filter(|room| !room.is_empty()).ok_or(Fault::HeadTooLarge)?;
        match until(deadline, time, socket.read(room)).await? {
            0 => return Err(Fault::Lost),
            read => filled += read,
        }
        if let Some(reply) = reply::parse(buffer.get(..filled).unwrap_or_default())? {
            return Ok((reply, filled));
        }
    }
}

/// Awaits I/O until `deadline`; `time` is what is told of it.
pub(crate) async fn until<T, E>(
    deadline: Instant,
    time: Duration,
    io: impl Future<Output = Result<T, E>>,
) -> Result<T, Fault> {
    match with_deadline(deadline, io).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) => Err(Fault::Lost),
        Err(_) => Err(Fault::Stalled(time)),
    }
}

/// Ends a connection: properly after a whole answer, or the host would take the last bytes for lost; else by RST.
pub(crate) async fn close<S: TcpShutdown>(socket: &mut S, properly: bool, time: Duration) {
    let closed = properly && matches!(with_timeout(time, socket.close(Close::Both)).await, Ok(Ok(())));
    if !closed {
        let _ = with_timeout(time, socket.abort()).await;
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;

    #[test]
    fn requests() {
        let url = Url::parse("http://192.168.1.5:8000/a?b").unwrap();
        let text = request_text(url, None).unwrap();
        assert!(text.starts_with("GET /a?b HTTP/1.1\r\nHost: 192.168.1.5:8000\r\nUser-Agent: "));
        assert!(text.ends_with("\r\nConnection: close\r\n\r\n"));
        assert!(!text.contains("Range"));
        let text = request_text(url, Some((4096, Digest([0xab; 32])))).unwrap();
        assert!(text.contains("\r\nRange: bytes=4096-\r\nIf-Range: \"abababab"));
    }

    #[test]
    fn the_longest_request_fits() {
        let text = std::format!("http://[{}]:65535/{}", "1111:".repeat(7) + "1111", "x".repeat(105));
        assert_eq!(text.len(), 160);
        let url = Url::parse(&text).unwrap();
        assert!(compose(url, Some((u32::MAX, Digest([0xff; 32]))), &mut [0; MAX_REQUEST]).is_ok());
        assert_eq!(compose(url, None, &mut [0; 100]), Err(Fault::UrlTooLong));
    }
}
