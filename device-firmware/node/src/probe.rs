//! Reachability: which URLs of a host this device can fetch.
//!
//! A device must not be made into somebody's port scanner, so it asks for one path only, tells nothing but whether
//! the answer was the nonce that is part of that path, and never goes to addresses that only it can reach.

use core::cell::Cell;
use core::net::{IpAddr, SocketAddr};

use edge_nal::TcpConnect;
use embassy_futures::join::join_array;
use embassy_time::{Duration, Instant, with_timeout};
use embedded_io_async::Read;
use skylift_protocol::{MAX_PROBE_URLS, ProbeResults};

use crate::Config;
use crate::download::{Fault, Url, close, connect, receive, request, until};

/// How many URLs are tried at a time, if the scratch memory allows it. Each needs a socket, and 600 bytes in every
/// connection slot of the server, because the handler's future is part of them.
pub const WIDTH: usize = 2;
/// Scratch memory in bytes for each URL that is tried at a time.
pub const LANE: usize = 512;

/// Tries up to [`MAX_PROBE_URLS`] URLs and tells which answered 200 with exactly their nonce; a URL that breaks the
/// rules counts as not reached, so that one odd candidate does not spoil the others.
///
/// `scratch` is overwritten; [`LANE`] bytes of it let one URL be tried at a time, `WIDTH * LANE` (1 KiB) two: eight
/// URLs that nobody answers then take 6 s.
pub async fn probe<T, U>(stack: &T, urls: &[U], scratch: &mut [u8], config: &Config) -> ProbeResults
where
    T: TcpConnect,
    U: AsRef<str>,
{
    let turn = Cell::new(0);
    let reached = [const { Cell::new(false) }; MAX_PROBE_URLS];
    let mut lanes = scratch.chunks_exact_mut(LANE);
    let lanes: [_; WIDTH] = core::array::from_fn(|_| lanes.next());
    join_array(lanes.map(|lane| run_lane(stack, urls, lane.unwrap_or_default(), &turn, &reached, config)))
        .await;
    ProbeResults { reached: reached.iter().take(urls.len()).map(Cell::get).collect() }
}

/// Tries one URL after the other, each that no other lane has taken.
async fn run_lane<T, U>(
    stack: &T,
    urls: &[U],
    lane: &mut [u8],
    turn: &Cell<usize>,
    reached: &[Cell<bool>; MAX_PROBE_URLS],
    config: &Config,
) where
    T: TcpConnect,
    U: AsRef<str>,
{
    while !lane.is_empty() {
        let index = turn.replace(turn.get() + 1);
        let (Some(url), Some(reached)) = (urls.get(index), reached.get(index)) else { return };
        if let Some((url, nonce)) = candidate(url.as_ref(), config.allow_loopback) {
            let answered =
                with_timeout(config.probe_time, answers(stack, url, nonce, lane, config.probe_time)).await;
            reached.set(matches!(answered, Ok(Ok(true))));
        }
    }
}

/// The URL and its nonce, if a device may probe it.
fn candidate(text: &str, allow_loopback: bool) -> Option<(Url<'_>, &str)> {
    let url = Url::parse(text).ok()?;
    let nonce = url.target().strip_prefix("/probe/")?;
    let is_nonce = (16..=64).contains(&nonce.len()) && nonce.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_nonce && may_probe(url.address(), allow_loopback)).then_some((url, nonce))
}

fn may_probe(address: SocketAddr, allow_loopback: bool) -> bool {
    // `::ffff:127.0.0.1` is 127.0.0.1.
    let ip = address.ip().to_canonical();
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    !ip.is_unspecified() && !ip.is_multicast() && !broadcast && (allow_loopback || !ip.is_loopback())
}

/// Whether the answer is 200 with the nonce as its whole body.
async fn answers<T: TcpConnect>(
    stack: &T,
    url: Url<'_>,
    nonce: &str,
    lane: &mut [u8],
    time: Duration,
) -> Result<bool, Fault> {
    let mut socket = connect(stack, url, time).await?;
    request(&mut socket, url, None, lane, time).await?;
    let (reply, filled) = receive(&mut socket, lane, time).await?;
    let expected = reply.status == 200 && reply.length == Some(nonce.len() as u64);
    let right = expected && body_is(&mut socket, nonce.as_bytes(), lane, reply.len, filled, time).await?;
    close(&mut socket, right, time).await;
    Ok(right)
}

/// Whether the body, of which `lane[head..filled]` is there already, is `expected`.
async fn body_is<S: Read>(
    socket: &mut S,
    expected: &[u8],
    lane: &mut [u8],
    head: usize,
    mut filled: usize,
    time: Duration,
) -> Result<bool, Fault> {
    let end = head + expected.len();
    while filled < end {
        let Some(room) = lane.get_mut(filled..end) else { return Ok(false) };
        match until(Instant::now() + time, time, socket.read(room)).await? {
            0 => return Ok(false),
            read => filled += read,
        }
    }
    Ok(lane.get(head..end) == Some(expected))
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use super::*;

    #[test]
    fn rules() {
        let nonce = "0123456789abcdefABCDEF0123456789";
        let allowed = |host: &str, path: &str| candidate(&format!("http://{host}{path}"), false).is_some();
        let path = format!("/probe/{nonce}");
        for host in [
            "192.168.1.5:8000",
            "10.0.0.1",
            "8.8.8.8",
            "[fe80::1]:8000",
            "[::ffff:192.168.1.5]",
            "169.254.3.4",
        ] {
            assert!(allowed(host, &path), "{host}");
        }
        for host in [
            "127.0.0.1:8000",
            "127.1.2.3",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "0.0.0.0",
            "[::]",
            "224.0.0.251",
            "239.1.1.1",
            "[ff02::fb]",
            "255.255.255.255",
            "localhost",
        ] {
            assert!(!allowed(host, &path), "{host}");
        }
        assert!(candidate(&format!("http://127.0.0.1:1{path}"), true).is_some());
        assert!(candidate(&format!("http://[::1]:1{path}"), true).is_some());
        assert!(candidate(&format!("http://0.0.0.0:1{path}"), true).is_none());
    }

    #[test]
    fn paths() {
        let allowed =
            |path: &str| candidate(&format!("http://10.0.0.1{path}"), false).map(|(_, nonce)| nonce.len());
        assert_eq!(allowed(&format!("/probe/{}", "a".repeat(16))), Some(16));
        assert_eq!(allowed(&format!("/probe/{}", "F".repeat(64))), Some(64));
        for path in [
            format!("/probe/{}", "a".repeat(15)),
            format!("/probe/{}", "a".repeat(65)),
            format!("/probe/{}/", "a".repeat(20)),
            format!("/probe/{}?x", "a".repeat(20)),
            format!("/probe//{}", "a".repeat(20)),
            format!("/x/probe/{}", "a".repeat(20)),
            format!("/probe/../{}", "a".repeat(20)),
            format!("/probe/{}g", "a".repeat(20)),
            format!("/probe/%41{}", "a".repeat(20)),
            "/".into(),
        ] {
            assert_eq!(allowed(&path), None, "{path}");
        }
    }
}
