//! Downloads that must fail: hosts that serve something else, nobody there, drips, a sink that refuses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "support/fetch.rs"]
mod fetch;
#[path = "support/host.rs"]
mod host;
#[path = "support/random.rs"]
mod random;

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use edge_nal::{NoopNet, TcpConnect};
use embassy_time::Duration as Ticks;
use fetch::{
    Full, Memory, SIZE, answer, config, failure, fetch_from, fetch_into, good, image, script, serve_up_to,
};
use host::{Host, Script, nobody};
use random::Random;
use skylift_node::DownloadConfig;
use skylift_node::download::{DownloadError, Fault, File, PIECE, Url, download};
use skylift_protocol::{Digest, Reason};

/// The host's one answer must end the download at once, with this fault and reason.
#[track_caller]
fn is_final(position: usize, script: Script, fault: Fault, reason: Reason) {
    let (ended, bytes, _) = fetch_from(position, vec![script]);
    let failure = failure(ended);
    assert_eq!((failure.fault, failure.reason(), failure.attempts), (fault, reason, 1));
    assert_eq!(bytes, image()[..position]);
    assert!(failure.detail().starts_with("127.0.0.1:"), "{}", failure.detail());
}

/// A network that swallows everything.
struct Blackhole;

impl TcpConnect for Blackhole {
    type Error = Infallible;
    type Socket<'a> = NoopNet;

    async fn connect(&self, _: SocketAddr) -> Result<NoopNet, Infallible> {
        pending().await
    }
}

#[test]
fn answers_that_are_final() {
    let length = "Content-Length: 100000\r\n";
    is_final(0, answer("200 OK", ""), Fault::NoLength, Reason::NoContentLength);
    is_final(0, answer("200 OK", "Transfer-Encoding: chunked\r\n"), Fault::NoLength, Reason::NoContentLength);
    is_final(
        0,
        answer("200 OK", "Content-Length: 100000\r\nTransfer-Encoding: chunked\r\n"),
        Fault::NoLength,
        Reason::NoContentLength,
    );
    is_final(0, answer("404 Not Found", length), Fault::Status(404), Reason::HttpStatus);
    is_final(0, answer("410 Gone", length), Fault::Withdrawn, Reason::Withdrawn);
    is_final(0, answer("302 Found", "Location: /\r\n"), Fault::Status(302), Reason::HttpStatus);
    is_final(0, answer("204 No Content", ""), Fault::Status(204), Reason::HttpStatus);
    is_final(5, answer("416 x", length), Fault::Status(416), Reason::HttpStatus);
    for served in [0, 99_999, 100_001, u64::MAX] {
        let fault = Fault::WrongSize { ordered: SIZE as u64, served };
        let other = script(move |peer| peer.head("200 OK", &format!("Content-Length: {served}\r\n")));
        is_final(0, other, fault, Reason::WrongSize);
    }
}

#[test]
fn ranges_that_were_not_asked_for() {
    for range in [
        "Content-Length: 99995\r\nContent-Range: bytes 6-99999/100000\r\n",
        "Content-Length: 99995\r\nContent-Range: bytes 5-99998/100000\r\n",
        "Content-Length: 99994\r\nContent-Range: bytes 5-99999/100000\r\n",
        "Content-Length: 99995\r\nContent-Range: bytes 5-99999/*\r\n",
        "Content-Length: 99995\r\nContent-Range: garbage\r\n",
        "Content-Length: 99995\r\n",
        "Content-Length: 100000\r\nContent-Type: multipart/byteranges; boundary=x\r\n",
    ] {
        is_final(5, answer("206 Partial Content", range), Fault::WrongRange, Reason::HttpStatus);
    }
    let whole = "Content-Length: 100000\r\nContent-Range: bytes 0-99999/100000\r\n";
    is_final(0, answer("206 Partial Content", whole), Fault::WrongRange, Reason::HttpStatus);
    let larger = "Content-Length: 100000\r\nContent-Range: bytes 5-100004/100005\r\n";
    let fault = Fault::WrongSize { ordered: SIZE as u64, served: 100_005 };
    is_final(5, answer("206 Partial Content", larger), fault, Reason::WrongSize);
    let unbounded = "Content-Range: bytes 5-99999/100000\r\n";
    is_final(5, answer("206 Partial Content", unbounded), Fault::NoLength, Reason::NoContentLength);
}

#[test]
fn heads_that_are_none() {
    for garbage in
        ["SSH-2.0-OpenSSH_9.6\r\n", "\0\0\0\0\0\0\0\0", "HTTP/2 200\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"]
    {
        let fault = Fault::Malformed("the status line");
        is_final(
            0,
            script(move |peer| {
                peer.send(garbage);
            }),
            fault,
            Reason::HttpStatus,
        );
    }
    for length in ["abc", "-1", "", "1, 1"] {
        let other = script(move |peer| peer.head("200 OK", &format!("Content-Length: {length}\r\n")));
        is_final(0, other, Fault::Malformed("the Content-Length"), Reason::HttpStatus);
    }
    let twice = "Content-Length: 100000\r\nContent-Length: 100000\r\n";
    is_final(0, answer("200 OK", twice), Fault::Malformed("a field that comes twice"), Reason::HttpStatus);
    is_final(0, answer("200 OK", "A\x01: b\r\n"), Fault::Malformed("a field"), Reason::HttpStatus);
    let many = script(|peer| peer.head("200 OK", &"A: b\r\n".repeat(25)));
    is_final(0, many, Fault::HeadTooLarge, Reason::HttpStatus);
    let endless = script(|peer| {
        peer.send("HTTP/1.1 200 OK\r\nA: ");
        while peer.send([b'x'; 4096]) {}
    });
    is_final(0, endless, Fault::HeadTooLarge, Reason::HttpStatus);
}

#[test]
fn nobody_there() {
    let (_held, address) = nobody();
    let mut sink = Memory::with(Vec::new());
    let failure = failure(fetch_into(&mut sink, address, &config()));
    assert_eq!((failure.fault, failure.reason(), failure.attempts), (Fault::Refused, Reason::Unreachable, 3));
    assert_eq!(failure.detail(), format!("{address} refused the connection (3 attempts)").as_str());
}

#[test]
fn nobody_answers() {
    let config = DownloadConfig { connect_time: Ticks::from_millis(20), ..config() };
    let file = File {
        url: Url::parse("http://192.0.2.1:8000/x").unwrap(),
        size: 1,
        sha256: Digest::default(),
        unpacked: 0,
    };
    let mut sink = Memory::with(Vec::new());
    let (mut piece, mut rng) = ([0; PIECE], Random(1));
    let ended = async_io::block_on(download(&Blackhole, &file, &mut sink, &mut piece, &config, &mut rng));
    let failure = failure(ended);
    let fault = Fault::ConnectTimeout(Ticks::from_millis(20));
    assert_eq!((failure.fault, failure.reason(), failure.attempts), (fault, Reason::Unreachable, 3));
    assert_eq!(failure.detail(), "192.0.2.1:8000 did not answer for 20 ms (3 attempts)");
}

#[test]
fn a_drip_ends() {
    let drip = script(|peer| {
        peer.head("200 OK", "Content-Length: 100000\r\n");
        while peer.send("x") {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let host = Host::start(vec![drip]);
    let config = DownloadConfig { grace_time: Ticks::from_millis(500), least_rate: SIZE as u32, ..config() };
    let mut sink = Memory::with(Vec::new());
    let begun = Instant::now();
    let failure = failure(fetch_into(&mut sink, host.address, &config));
    assert_eq!(
        (failure.fault, failure.reason()),
        (Fault::TooSlow(Ticks::from_millis(1500)), Reason::Stalled)
    );
    assert!(begun.elapsed() >= Duration::from_millis(1500), "{:?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert!(sink.bytes.len() > 10 && sink.bytes.len() < 1000, "{}", sink.bytes.len());
}

#[test]
fn one_byte_an_attempt_ends() {
    let config = DownloadConfig { grace_time: Ticks::from_millis(200), least_rate: u32::MAX, ..config() };
    let scripts = (1..2000).map(|end| script(move |peer| serve_up_to(peer, end))).collect();
    let host = Host::start(scripts);
    let mut sink = Memory::with(Vec::new());
    let failure = failure(fetch_into(&mut sink, host.address, &config));
    assert_eq!(failure.fault, Fault::TooSlow(Ticks::from_millis(200)));
    assert!(failure.attempts > 3, "progress begins the count anew: {failure:?}");
}

#[test]
fn a_slow_sink_has_a_limit_as_well() {
    let host = Host::start(vec![good()]);
    let config = DownloadConfig { grace_time: Ticks::from_millis(200), least_rate: u32::MAX, ..config() };
    let mut sink = Memory { delay: Ticks::from_millis(50), ..Memory::with(Vec::new()) };
    let failure = failure(fetch_into(&mut sink, host.address, &config));
    assert_eq!(failure.fault, Fault::TooSlow(Ticks::from_millis(200)));
    assert!(sink.bytes.len() < SIZE / 2, "{}", sink.bytes.len());
}

#[test]
fn a_sink_that_refuses_ends_it_at_once() {
    let host = Host::start(vec![good()]);
    let mut sink = Memory { refuses_at: 50_000, ..Memory::with(Vec::new()) };
    assert_eq!(fetch_into(&mut sink, host.address, &config()), Err(DownloadError::Sink(Full)));
    assert!(sink.bytes.len() <= 50_000 && sink.bytes.len() > 50_000 - PIECE);
    assert_eq!(host.requests().len(), 1);
}
