//! The downloader against hosts that behave, break and misbehave, over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "support/host.rs"]
mod host;
#[path = "support/random.rs"]
mod random;

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use critical_section as _;
use edge_nal::{NoopNet, TcpConnect};
use edge_nal_std::Stack;
use embassy_time::{Duration as Ticks, Timer};
use host::{Host, Peer, Script, nobody};
use random::Random;
use skylift_node::DownloadConfig;
use skylift_node::download::{DownloadError, Failure, Fault, File, PIECE, Sink, Summary, Url, download};
use skylift_protocol::{Digest, Reason};

/// A sink in memory, which may refuse bytes.
struct Memory {
    bytes: Vec<u8>,
    largest: usize,
    refuses_at: usize,
    delay: Ticks,
}

impl Memory {
    fn with(bytes: Vec<u8>) -> Self {
        Self { bytes, largest: 0, refuses_at: SIZE, delay: Ticks::MIN }
    }
}

#[derive(Debug, PartialEq)]
struct Full;

impl Sink for Memory {
    type Error = Full;

    fn position(&self) -> u32 {
        self.bytes.len() as u32
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Full> {
        assert!(!bytes.is_empty());
        if self.bytes.len() + bytes.len() > self.refuses_at {
            return Err(Full);
        }
        Timer::after(self.delay).await;
        self.largest = self.largest.max(bytes.len());
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }
}

/// Times that make a test short, and all the same longer than loopback needs.
fn config() -> DownloadConfig {
    DownloadConfig {
        connect_time: Ticks::from_secs(5),
        stall_time: Ticks::from_millis(600),
        first_pause: Ticks::from_millis(1),
        longest_pause: Ticks::from_millis(4),
        fruitless_attempts: 3,
        ..DownloadConfig::default()
    }
}

const SIZE: usize = 100_000;

fn image() -> Vec<u8> {
    (0..SIZE).map(|at| (at * 7 + at / 256) as u8).collect()
}

/// Serves as a good host does, the file or the rest of it, but ends the connection before byte `end` of it.
fn serve_up_to(peer: &mut Peer, end: usize) {
    let range = peer.request.lines().find_map(|line| line.strip_prefix("Range: bytes="));
    let first = range.map_or(0, |range| range.strip_suffix('-').unwrap().parse().unwrap());
    let length = SIZE - first;
    if range.is_some() {
        let range = format!("Content-Range: bytes {first}-{}/{SIZE}", SIZE - 1);
        peer.head("206 Partial Content", &format!("Content-Length: {length}\r\n{range}\r\n"));
    } else {
        peer.head("200 OK", &format!("Content-Length: {length}\r\n"));
    }
    peer.send(&image()[first..end.max(first)]);
}

type Ended = Result<Summary, DownloadError<Full>>;

fn fetch_into(sink: &mut Memory, address: SocketAddr, config: &DownloadConfig) -> Ended {
    let url = format!("http://{address}/token/ota.bin");
    let file = File { url: Url::parse(&url).unwrap(), size: SIZE as u32, sha256: Digest([0xab; 32]) };
    let (mut piece, mut rng) = ([0; PIECE], Random(1));
    async_io::block_on(download(&Stack::new(), &file, sink, &mut piece, config, &mut rng))
}

/// Fetches from a host that runs these scripts, with some bytes there already.
fn fetch_from(position: usize, scripts: Vec<Script>) -> (Ended, Vec<u8>, Vec<String>) {
    let host = Host::start(scripts);
    let mut sink = Memory::with(image()[..position].to_vec());
    let ended = fetch_into(&mut sink, host.address, &config());
    assert!(sink.largest <= PIECE);
    (ended, sink.bytes, host.requests())
}

fn script(run: impl FnOnce(&mut Peer) + Send + 'static) -> Script {
    Box::new(run)
}

fn good() -> Script {
    script(|peer| serve_up_to(peer, SIZE))
}

/// Answers so, without a body.
fn answer(status: &'static str, fields: &'static str) -> Script {
    script(move |peer| peer.head(status, fields))
}

#[track_caller]
fn failure(ended: Ended) -> Failure {
    match ended {
        Err(DownloadError::Network(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

/// The host's one answer must end the download at once, with this fault and reason.
#[track_caller]
fn is_final(position: usize, script: Script, fault: Fault, reason: Reason) {
    let (ended, bytes, _) = fetch_from(position, vec![script]);
    let failure = failure(ended);
    assert_eq!((failure.fault, failure.reason(), failure.attempts), (fault, reason, 1));
    assert_eq!(bytes, image()[..position]);
    assert!(failure.detail().starts_with("127.0.0.1:"), "{}", failure.detail());
}

#[test]
fn a_whole_file() {
    let (ended, bytes, requests) = fetch_from(0, vec![good()]);
    assert_eq!(ended, Ok(Summary { attempts: 1, fetched: SIZE as u64, refetched: 0 }));
    assert!(bytes == image());
    assert!(requests[0].starts_with("GET /token/ota.bin HTTP/1.1\r\nHost: 127.0.0.1:"), "{}", requests[0]);
    assert!(!requests[0].contains("Range"), "{}", requests[0]);
}

#[test]
fn nothing_is_fetched_when_all_is_there() {
    let mut sink = Memory::with(image());
    let nowhere = "127.0.0.1:1".parse().unwrap();
    assert_eq!(fetch_into(&mut sink, nowhere, &config()), Ok(Summary::default()));
}

#[test]
fn the_rest_of_a_file() {
    let (ended, bytes, requests) = fetch_from(40_000, vec![good()]);
    assert_eq!(ended, Ok(Summary { attempts: 1, fetched: SIZE as u64 - 40_000, refetched: 0 }));
    assert!(bytes == image());
    assert!(requests[0].contains("\r\nRange: bytes=40000-\r\n"), "{}", requests[0]);
    assert!(requests[0].contains(&format!("\r\nIf-Range: \"{}\"\r\n", "ab".repeat(32))), "{}", requests[0]);
}

#[test]
fn a_host_without_ranges_sends_it_all_again() {
    let whole = || {
        script(|peer| {
            peer.head("200 OK", "ETag: \"other\"\r\nContent-Length: 100000\r\n");
            peer.send(image());
        })
    };
    for position in [1, PIECE, 40_000, SIZE - 1] {
        let (ended, bytes, _) = fetch_from(position, vec![whole()]);
        assert_eq!(ended, Ok(Summary { attempts: 1, fetched: SIZE as u64, refetched: position as u64 }));
        assert!(bytes == image());
    }
}

#[test]
fn a_link_that_breaks_is_resumed() {
    let up_to = |end: usize| script(move |peer| serve_up_to(peer, end));
    let (ended, bytes, requests) =
        fetch_from(0, vec![up_to(1), up_to(5000), up_to(5001), up_to(99_999), good()]);
    assert_eq!(ended, Ok(Summary { attempts: 5, fetched: SIZE as u64, refetched: 0 }));
    assert!(bytes == image());
    for (request, from) in requests.iter().zip([0, 1, 5000, 5001, 99_999]) {
        assert_eq!(request.contains(&format!("Range: bytes={from}-")), from > 0, "{request}");
    }
}

#[test]
fn a_reset_is_resumed() {
    let reset = script(|peer| {
        serve_up_to(peer, 50_000);
        peer.reset = true;
    });
    let (ended, bytes, _) = fetch_from(0, vec![reset, good()]);
    assert_eq!(ended.unwrap().attempts, 2);
    assert!(bytes == image());
}

#[test]
fn errors_that_pass() {
    for status in ["500 x", "503 x", "408 x", "429 x"] {
        let (ended, bytes, _) = fetch_from(0, vec![answer(status, "Content-Length: 0\r\n"), good()]);
        assert_eq!(ended.unwrap().attempts, 2);
        assert!(bytes == image());
    }
    let (ended, _, _) = fetch_from(0, (0..3).map(|_| answer("503 x", "")).collect());
    let failure = failure(ended);
    assert_eq!(
        (failure.fault, failure.reason(), failure.attempts),
        (Fault::Status(503), Reason::HttpStatus, 3)
    );
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
fn connections_that_end_in_the_head() {
    let nothing = || script(|_| {});
    let part = || {
        script(|peer| {
            peer.send("HTTP/1.1 200 OK\r\nContent-Le");
        })
    };
    let (ended, bytes, _) = fetch_from(0, vec![nothing(), part(), good()]);
    assert_eq!(ended.unwrap().attempts, 3);
    assert!(bytes == image());
    let (ended, _, _) = fetch_from(0, vec![nothing(), part(), nothing()]);
    let failure = failure(ended);
    assert_eq!((failure.fault, failure.reason(), failure.attempts), (Fault::Lost, Reason::LinkLost, 3));
}

#[test]
fn a_stall_is_resumed() {
    let silent_after = |end: usize| {
        script(move |peer| {
            serve_up_to(peer, end);
            peer.wait_for_end();
        })
    };
    let (ended, bytes, _) = fetch_from(0, vec![silent_after(5000), good()]);
    assert_eq!(ended, Ok(Summary { attempts: 2, fetched: SIZE as u64, refetched: 0 }));
    assert!(bytes == image());
    // Silence before the head is the same.
    let silent = || script(Peer::wait_for_end);
    let (ended, bytes, _) = fetch_from(0, vec![silent(), good()]);
    assert_eq!(ended.unwrap().attempts, 2);
    assert!(bytes == image());
    let (ended, bytes, _) = fetch_from(0, vec![silent_after(5000), silent(), silent(), silent()]);
    let failure = failure(ended);
    assert_eq!((failure.fault, failure.reason()), (Fault::Stalled(config().stall_time), Reason::Stalled));
    assert_eq!((failure.attempts, failure.position as usize, bytes.len()), (4, 5000, 5000));
    assert!(
        failure.detail().ends_with(" sent nothing for 600 ms (4 attempts, at byte 5000)"),
        "{}",
        failure.detail()
    );
}

#[test]
fn a_head_that_drips_is_a_stall() {
    let drip = || {
        script(|peer| {
            peer.send("HTTP/1.1 200 OK\r\nA: ");
            while peer.send("x") {
                thread::sleep(Duration::from_millis(20));
            }
        })
    };
    let (ended, _, _) = fetch_from(0, (0..3).map(|_| drip()).collect());
    assert_eq!(failure(ended).fault, Fault::Stalled(config().stall_time));
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
fn more_bytes_than_said_are_not_taken() {
    for position in [0, SIZE - 1] {
        let more = script(move |peer| {
            let mut file = image();
            file.extend([b'x'; 10_000]);
            let length = SIZE - position;
            let range = format!("Content-Range: bytes {position}-{}/{SIZE}\r\n", SIZE - 1);
            let status = if position > 0 { "206 x" } else { "200 x" };
            // In one piece, so that the surplus comes with the head.
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{range}\r\n");
            peer.send([head.as_bytes(), &file[position..]].concat());
        });
        let (ended, bytes, _) = fetch_from(position, vec![more]);
        assert_eq!(ended.unwrap().fetched as usize, SIZE - position);
        assert!(bytes == image());
    }
}

#[test]
fn nobody_there() {
    let (_held, address) = nobody();
    let mut sink = Memory::with(Vec::new());
    let failure = failure(fetch_into(&mut sink, address, &config()));
    assert_eq!((failure.fault, failure.reason(), failure.attempts), (Fault::Refused, Reason::Unreachable, 3));
    assert_eq!(failure.detail(), format!("{address} refused the connection (3 attempts)").as_str());
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
fn nobody_answers() {
    let config = DownloadConfig { connect_time: Ticks::from_millis(20), ..config() };
    let file =
        File { url: Url::parse("http://192.0.2.1:8000/x").unwrap(), size: 1, sha256: Digest::default() };
    let mut sink = Memory::with(Vec::new());
    let (mut piece, mut rng) = ([0; PIECE], Random(1));
    let ended = async_io::block_on(download(&Blackhole, &file, &mut sink, &mut piece, &config, &mut rng));
    let failure = failure(ended);
    let fault = Fault::ConnectTimeout(Ticks::from_millis(20));
    assert_eq!((failure.fault, failure.reason(), failure.attempts), (fault, Reason::Unreachable, 3));
    assert_eq!(failure.detail(), "192.0.2.1:8000 did not answer for 20 ms (3 attempts)");
}

#[test]
fn a_sink_that_refuses_ends_it_at_once() {
    let host = Host::start(vec![good()]);
    let mut sink = Memory { refuses_at: 50_000, ..Memory::with(Vec::new()) };
    assert_eq!(fetch_into(&mut sink, host.address, &config()), Err(DownloadError::Sink(Full)));
    assert!(sink.bytes.len() <= 50_000 && sink.bytes.len() > 50_000 - PIECE);
    assert_eq!(host.requests().len(), 1);
}
