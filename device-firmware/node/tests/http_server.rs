//! The HTTP server against clients that behave, misbehave and attack, over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "support/device.rs"]
mod device;

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use device::{Device, Troubles};
use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::signal::Signal;
use embassy_sync::watch::{Receiver, Watch};
use embassy_time::Duration as Ticks;
use serde::{Deserialize, Serialize};
use skylift_node::HttpConfig;
use skylift_node::http::{
    Answer, BodyKind, Events, Exchange, Handler, MAX_ANSWER, MAX_BODY, MIN_SCRATCH, Refusal, Request,
};
use skylift_protocol::ErrorCode;

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the test and its device share.
struct Shared {
    state: Watch<CriticalSectionRawMutex, u32, 4>,
    go: Signal<CriticalSectionRawMutex, ()>,
    posts: AtomicU32,
    sent: AtomicU32,
}

impl Default for Shared {
    fn default() -> Self {
        Self { state: Watch::new(), go: Signal::new(), posts: AtomicU32::new(0), sent: AtomicU32::new(0) }
    }
}

struct Api(Arc<Shared>);

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Number {
    n: u32,
}

impl Handler for Api {
    type Events<'a> = States<'a>;

    fn admit(&self, request: &Request<'_>) -> Result<BodyKind, Refusal> {
        match (request.path(), request.method()) {
            ("/status" | "/log" | "/events" | "/big" | "/wait" | "/marked", "GET") => Ok(BodyKind::None),
            ("/status", "HEAD") => Ok(BodyKind::None),
            ("/update", "POST") => Ok(BodyKind::Json { max: 64 }),
            ("/large", "POST") => Ok(BodyKind::Json { max: usize::MAX }),
            ("/validate", "POST") => Ok(BodyKind::None),
            ("/update" | "/large" | "/validate", _) => Err(Refusal::method("POST")),
            ("/status" | "/log" | "/events" | "/big" | "/wait" | "/marked", _) => Err(Refusal::method("GET")),
            _ => Err(Refusal::not_found()),
        }
    }

    async fn handle(&self, mut exchange: Exchange<'_>) -> Answer {
        match exchange.request().path() {
            "/status" => {
                let n = exchange.request().query().map_or(7, |query| query.len() as u32);
                exchange.json(200, &Number { n })
            }
            "/log" => exchange.text(|out| {
                out.fill(b'l');
                out.len()
            }),
            "/big" => exchange.json(200, &[0xffff_ffff_u32; 500][..]),
            "/marked" => exchange.json(200, &Number { n: 1 }).then(7),
            "/wait" => {
                self.0.go.wait().await;
                exchange.json(200, &Number { n: 2 })
            }
            "/events" => exchange.events(),
            "/large" => {
                let (request, scratch) = exchange.parts();
                assert!(scratch.len() >= MIN_SCRATCH);
                let n = request.body().len() as u32;
                exchange.json(200, &Number { n })
            }
            path => {
                let is_update = path == "/update";
                self.0.posts.fetch_add(1, Ordering::SeqCst);
                if !is_update {
                    return exchange.json(200, &Number { n: 0 });
                }
                match exchange.read_json::<Number>() {
                    Ok((number, exchange)) if number.n == 409 => exchange.error(ErrorCode::Busy, "n is 409"),
                    Ok((number, exchange)) => exchange.json(202, &number),
                    Err(answer) => answer,
                }
            }
        }
    }

    fn events(&self) -> Option<States<'_>> {
        self.0.state.receiver().map(States)
    }

    fn sent(&self, mark: u8) {
        self.0.sent.fetch_add(mark.into(), Ordering::SeqCst);
    }
}

struct States<'a>(Receiver<'a, CriticalSectionRawMutex, u32, 4>);

impl Events for States<'_> {
    async fn next(&mut self, out: &mut [u8]) -> usize {
        let n = self.0.changed().await;
        serde_json_core::to_slice(&Number { n }, out).unwrap()
    }
}

fn start(config: HttpConfig) -> (Device, Arc<Shared>) {
    let shared = Arc::new(Shared::default());
    let device = Device::start(config, {
        let shared = shared.clone();
        move || Api(shared)
    });
    (device, shared)
}

/// A device that gives a request 500 ms.
fn hasty() -> HttpConfig {
    HttpConfig { request_time: Ticks::from_millis(500), ..HttpConfig::default() }
}

fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpStream::connect(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.set_write_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// All that comes until the device closes.
fn rest(socket: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

fn ask(address: SocketAddr, request: impl AsRef<[u8]>) -> String {
    let mut socket = connect(address);
    socket.write_all(request.as_ref()).unwrap();
    rest(&mut socket)
}

/// Status and body; the head's length must be the body's, and the connection must be said to close.
fn parts(answer: &str) -> (u16, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head: {answer:?}"));
    assert!(head.contains("\r\nConnection: close"), "{head}");
    assert!(head.contains(&format!("\r\nContent-Length: {}", body.len())), "{head}\n{body}");
    (head[9..12].parse().unwrap(), body)
}

fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let answer = ask(address, format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
    let (status, body) = parts(&answer);
    (status, body.to_owned())
}

fn post(path: &str, fields: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nContent-Type: application/json\r\n{fields}\r\n{body}")
}

/// The request must be refused with this status and code, and the device must go on serving.
#[track_caller]
fn refused(address: SocketAddr, request: impl AsRef<[u8]>, status: u16, code: &str) {
    let shown = String::from_utf8_lossy(request.as_ref()).chars().take(200).collect::<String>();
    let answer = ask(address, request);
    let (found, body) = parts(&answer);
    assert_eq!(found, status, "{shown:?}: {body}");
    assert!(body.starts_with(&format!(r#"{{"error":"{code}","detail":""#)), "{shown:?}: {body}");
    assert_eq!(get(address, "/status").0, 200);
}

#[test]
fn answers_have_an_exact_length_and_close() {
    let (device, shared) = start(HttpConfig::default());
    assert_eq!(get(device.address, "/status"), (200, r#"{"n":7}"#.into()));
    assert_eq!(get(device.address, "/status?query"), (200, r#"{"n":5}"#.into()));
    assert_eq!(get(device.address, "/log"), (200, "l".repeat(MAX_ANSWER)));
    assert_eq!(get(device.address, "/big").0, 500);
    assert_eq!(get(device.address, "/nowhere").0, 404);
    assert_eq!(parts(&ask(device.address, "GET /status HTTP/1.0\n\n")).0, 200);
    let head = ask(device.address, "HEAD /status HTTP/1.1\r\n\r\n");
    assert!(head.contains("Content-Length: 7\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    let posted = ask(device.address, post("/update", "Content-Length: 7\r\n", r#"{"n":3}"#));
    assert_eq!(parts(&posted), (202, r#"{"n":3}"#));
    assert_eq!(parts(&ask(device.address, post("/validate", "", ""))).0, 200);
    assert_eq!(shared.posts.load(Ordering::SeqCst), 2);
}

#[test]
fn errors_of_the_handler() {
    let (device, _) = start(HttpConfig::default());
    for (body, status, code) in [
        (r#"{"n":409}"#, 409, "busy"),
        (r#"{"n":"x"}"#, 400, "malformed"),
        (r#"{"m":1}"#, 400, "malformed"),
        (r#"{"n":1} x"#, 400, "malformed"),
        ("", 400, "malformed"),
    ] {
        refused(
            device.address,
            post("/update", &format!("Content-Length: {}\r\n", body.len()), body),
            status,
            code,
        );
    }
    let deep = format!(r#"{{"x":{}}}"#, "[".repeat(60));
    refused(device.address, post("/update", "Content-Length: 64\r\n", &deep), 400, "malformed");
}

#[test]
fn lengths_are_digits_and_come_once() {
    let (device, shared) = start(HttpConfig::default());
    for length in ["abc", "-1", "+7", "7 7", "7,7", "0x7", ""] {
        let fields = format!("Content-Length: {length}\r\n");
        refused(device.address, post("/update", &fields, r#"{"n":3}"#), 400, "bad_request");
        refused(device.address, format!("GET /status HTTP/1.1\r\n{fields}\r\n"), 400, "bad_request");
    }
    let twice = "Content-Length: 7\r\nContent-Length: 7\r\n";
    refused(device.address, post("/update", twice, r#"{"n":3}"#), 400, "bad_request");
    let chunked = "Transfer-Encoding: chunked\r\n";
    refused(device.address, post("/update", chunked, "7\r\n{\"n\":3}\r\n0\r\n\r\n"), 411, "length_required");
    let both = "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n";
    refused(device.address, post("/update", both, r#"{"n":3}"#), 411, "length_required");
    refused(device.address, post("/update", "", r#"{"n":3}"#), 411, "length_required");
    assert_eq!(shared.posts.load(Ordering::SeqCst), 0);
}

#[test]
fn bodies_over_the_limit_are_refused_at_once() {
    let (device, shared) = start(HttpConfig::default());
    let begun = Instant::now();
    for length in
        ["65", "1000000", "4294967295", "4294967296", "18446744073709551615", "99999999999999999999999999"]
    {
        let fields = format!("Content-Length: {length}\r\n");
        refused(device.address, post("/update", &fields, ""), 413, "too_large");
        refused(device.address, format!("GET /status HTTP/1.1\r\n{fields}\r\n"), 413, "too_large");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "a 413 waited for the body: {:?}", begun.elapsed());
    // A client that has sent much of the body already reads the answer, and no reset.
    for sent in [1, 1000, 50_000] {
        refused(
            device.address,
            post("/update", "Content-Length: 90000\r\n", &"x".repeat(sent)),
            413,
            "too_large",
        );
    }
    let fields = format!("Content-Length: {}\r\n", MAX_BODY + 1);
    refused(device.address, post("/large", &fields, &"x".repeat(MAX_BODY + 1)), 413, "too_large");
    let fields = format!("Content-Length: {MAX_BODY}\r\n");
    let largest = ask(device.address, post("/large", &fields, &"x".repeat(MAX_BODY)));
    assert_eq!(parts(&largest), (200, format!(r#"{{"n":{MAX_BODY}}}"#).as_str()));
    assert_eq!(shared.posts.load(Ordering::SeqCst), 0);
}

#[test]
fn the_largest_head_and_body_fit_together() {
    let (device, _) = start(HttpConfig::default());
    let fields = |filler| format!("Content-Length: {MAX_BODY}\r\nX: {filler}\r\n");
    let missing = 2048 - post("/large", &fields(String::new()), "").len();
    let request = post("/large", &fields("x".repeat(missing)), &"y".repeat(MAX_BODY));
    assert_eq!(request.len(), 2048 + MAX_BODY);
    assert_eq!(parts(&ask(device.address, request)).1, format!(r#"{{"n":{MAX_BODY}}}"#));
    let request = post("/large", &fields("x".repeat(missing + 1)), &"y".repeat(MAX_BODY));
    refused(device.address, request, 431, "header_too_large");
}

#[test]
fn heads_over_the_limit_are_refused() {
    let (device, _) = start(HttpConfig::default());
    let many = "A: b\r\n".repeat(33);
    refused(device.address, format!("GET /status HTTP/1.1\r\n{many}\r\n"), 431, "header_too_large");
    let long = "x".repeat(3000);
    refused(device.address, format!("GET /status HTTP/1.1\r\nA: {long}\r\n\r\n"), 431, "header_too_large");
    refused(device.address, format!("GET /{long} HTTP/1.1\r\n\r\n"), 431, "header_too_large");
    // Without an end, and more than one read takes.
    refused(device.address, format!("GET /{}", "x".repeat(40_000)), 431, "header_too_large");
}

#[test]
fn other_methods_and_garbage_are_refused() {
    let (device, _) = start(HttpConfig::default());
    for method in ["BREW", "PUT", "DELETE", "OPTIONS", "get", "PATCH"] {
        let request = format!("{method} /status HTTP/1.1\r\n\r\n");
        assert!(ask(device.address, &request).contains("\r\nAllow: GET\r\n"));
        refused(device.address, request, 405, "method_not_allowed");
    }
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0",
        b"hello\r\n\r\n",
        b"GET /status\r\n\r\n",
        b"GET /status HTTP/2.0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET status HTTP/1.1\r\n\r\n",
        b"GET http://x/status HTTP/1.1\r\n\r\n",
        b"GET /status HTTP/1.1\r\nA b\r\n\r\n",
        b"GET /status HTTP/1.1\r\nA: b\r\n c\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
    ] {
        refused(device.address, garbage, 400, "bad_request");
    }
}

#[test]
fn nothing_from_web_pages() {
    let (device, shared) = start(HttpConfig::default());
    for field in
        ["Origin: http://evil.example", "origin: null", "Sec-Fetch-Site: cross-site", "sec-fetch-site: none"]
    {
        refused(device.address, format!("GET /status HTTP/1.1\r\n{field}\r\n\r\n"), 403, "forbidden");
        refused(device.address, format!("OPTIONS /update HTTP/1.1\r\n{field}\r\n\r\n"), 403, "forbidden");
        let fields = format!("{field}\r\nContent-Length: 7\r\n");
        refused(device.address, post("/update", &fields, r#"{"n":3}"#), 403, "forbidden");
    }
    for content in ["", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n"]
    {
        let request = format!("POST /update HTTP/1.1\r\n{content}Content-Length: 7\r\n\r\n{{\"n\":3}}");
        refused(device.address, request, 403, "forbidden");
        refused(device.address, format!("POST /validate HTTP/1.1\r\n{content}\r\n"), 403, "forbidden");
    }
    assert_eq!(shared.posts.load(Ordering::SeqCst), 0);
    let charset =
        "POST /update HTTP/1.1\r\ncontent-type: application/json; charset=utf-8\r\nContent-Length: 7\r\n\r\n";
    assert_eq!(parts(&ask(device.address, format!("{charset}{{\"n\":3}}"))).0, 202);
}

#[test]
fn continue_is_said_to_who_waits_for_it() {
    let (device, _) = start(HttpConfig::default());
    let mut socket = connect(device.address);
    let fields = "Expect: 100-Continue\r\nContent-Length: 7\r\n";
    socket.write_all(post("/update", fields, "").as_bytes()).unwrap();
    let mut interim = [0; 25];
    socket.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    socket.write_all(br#"{"n":3}"#).unwrap();
    assert_eq!(parts(&rest(&mut socket)).0, 202);
    // Not to who is refused, nor to who did not wait.
    refused(
        device.address,
        post("/update", "Expect: 100-continue\r\nContent-Length: 999\r\n", ""),
        413,
        "too_large",
    );
    assert_eq!(parts(&ask(device.address, post("/update", fields, r#"{"n":3}"#))).0, 202);
}

#[test]
fn requests_that_end_early() {
    let (device, shared) = start(hasty());
    let half_closed = |request: &str| {
        let mut socket = connect(device.address);
        socket.write_all(request.as_bytes()).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        rest(&mut socket)
    };
    assert_eq!(parts(&half_closed(&post("/update", "Content-Length: 8\r\n", r#"{"n":3}"#))).0, 400);
    assert_eq!(parts(&half_closed("GET /status HT")).0, 400);
    assert_eq!(half_closed(""), "");
    assert_eq!(parts(&half_closed("GET /status HTTP/1.1\r\n\r\n")).0, 200);
    // Without an end: the deadline is one.
    refused(device.address, post("/update", "Content-Length: 8\r\n", r#"{"n":3}"#), 408, "timeout");
    refused(device.address, "GET /status HT", 408, "timeout");
    assert_eq!(ask(device.address, ""), "");
    assert_eq!(shared.posts.load(Ordering::SeqCst), 0);
}

#[test]
fn drips_lock_nobody_out() {
    let (device, _) = start(hasty());
    let (address, cut_off) = (device.address, Arc::new(AtomicU32::new(0)));
    let drips: Vec<_> = (0..8)
        .map(|_| {
            let cut_off = cut_off.clone();
            thread::spawn(move || {
                while cut_off.load(Ordering::SeqCst) < 16 {
                    let mut socket = connect(address);
                    let request = post("/large", "Content-Length: 900\r\n", &" ".repeat(900));
                    let cut = request.bytes().any(|byte| {
                        thread::sleep(Duration::from_millis(20));
                        socket.write_all(&[byte]).is_err()
                    });
                    cut_off.fetch_add(cut.into(), Ordering::SeqCst);
                }
            })
        })
        .collect();
    let begun = Instant::now();
    while cut_off.load(Ordering::SeqCst) < 16 {
        assert_eq!(get(address, "/status").0, 200);
        assert!(begun.elapsed() < PATIENCE);
    }
    drips.into_iter().for_each(|drip| drip.join().unwrap());
}

#[test]
fn resets_end_nothing() {
    let (device, _) = start(HttpConfig::default());
    for sent in [
        &b""[..],
        b"GET",
        b"GET /status HTTP/1.1\r\n\r\n",
        b"GET /log HTTP/1.1\r\n\r\n",
        b"GET /events HTTP/1.1\r\n\r\n",
    ] {
        for _ in 0..20 {
            let mut socket = connect(device.address);
            socket.write_all(sent).unwrap();
            socket2::SockRef::from(&socket).set_linger(Some(Duration::ZERO)).unwrap();
        }
        assert_eq!(get(device.address, "/status").0, 200);
    }
}

#[test]
fn failing_accepts_end_nothing() {
    let troubles = Troubles { failing_accepts: 30, ..Troubles::default() };
    let device = Device::start_in(troubles, HttpConfig::default(), || Api(Arc::default()));
    assert_eq!(get(device.address, "/status").0, 200);
}

#[test]
fn an_answer_has_its_own_time_after_a_late_request() {
    let troubles = Troubles { slow_writes: vec![Ticks::from_millis(100)], ..Troubles::default() };
    let device = Device::start_in(troubles, hasty(), || Api(Arc::default()));
    assert_eq!(parts(&ask(device.address, "GET /status HT")).0, 408);
}

#[test]
fn an_answer_has_the_requests_time_after_a_slow_handler() {
    let troubles = Troubles { slow_writes: vec![Ticks::from_millis(400)], ..Troubles::default() };
    let config = HttpConfig {
        request_time: Ticks::from_secs(2),
        answer_time: Ticks::from_millis(1),
        ..HttpConfig::default()
    };
    let shared = Arc::new(Shared::default());
    let device = Device::start_in(troubles, config, {
        let shared = shared.clone();
        move || Api(shared)
    });
    let address = device.address;
    let waiting = thread::spawn(move || get(address, "/wait"));
    thread::sleep(Duration::from_millis(2500));
    shared.go.signal(());
    assert_eq!(waiting.join().unwrap().0, 200);
}

#[test]
fn peers_that_do_not_read_lock_nobody_out() {
    let troubles = Troubles { slow_writes: vec![Ticks::from_secs(3600); 4], ..Troubles::default() };
    let device = Device::start_in(troubles, hasty(), || Api(Arc::default()));
    let mut stuck: Vec<_> = (0..4).map(|_| connect(device.address)).collect();
    for socket in &mut stuck {
        socket.write_all(b"GET /status HTTP/1.1\r\n\r\n").unwrap();
        assert_eq!(rest(socket), "");
    }
    assert_eq!(get(device.address, "/status").0, 200);
}

#[test]
fn noise_ends_nothing() {
    let (device, _) = start(hasty());
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed
    };
    let valid = post("/update", "Content-Length: 7\r\n", r#"{"n":3}"#).into_bytes();
    for _ in 0..300 {
        let mut request = valid.clone();
        for _ in 0..1 + random() % 4 {
            let at = random() as usize % request.len();
            match random() % 3 {
                0 => request[at] = random() as u8,
                1 => request.truncate(at.max(1)),
                _ => request.insert(at, b"\r\n:, \0"[random() as usize % 6]),
            }
        }
        let mut socket = connect(device.address);
        socket.write_all(&request).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        let answer = rest(&mut socket);
        assert!(
            answer.is_empty()
                || (200..500).contains(&parts(answer.trim_start_matches("HTTP/1.1 100 Continue\r\n\r\n")).0)
        );
    }
    assert_eq!(get(device.address, "/status").0, 200);
}

/// An open stream of events.
struct Stream(BufReader<TcpStream>);

impl Stream {
    /// The stream, or the refusal.
    fn open(address: SocketAddr) -> Result<Self, String> {
        let mut socket = connect(address);
        socket.write_all(b"GET /events HTTP/1.1\r\nAccept: text/event-stream\r\n\r\n").unwrap();
        let mut reader = BufReader::new(socket);
        let (mut head, mut line) = (String::new(), String::new());
        while line != "\r\n" {
            line.clear();
            assert_ne!(reader.read_line(&mut line).unwrap(), 0, "{head}");
            head.push_str(&line);
        }
        if head.starts_with("HTTP/1.1 200 ") {
            assert!(
                head.contains("\r\nContent-Type: text/event-stream\r\n") && !head.contains("Content-Length"),
                "{head}"
            );
            return Ok(Self(reader));
        }
        reader.read_to_string(&mut head).unwrap();
        Err(head)
    }

    /// The next line that is not empty.
    fn line(&mut self) -> String {
        let mut line = String::new();
        while line.trim().is_empty() {
            line.clear();
            assert_ne!(self.0.read_line(&mut line).unwrap(), 0, "the stream ended");
        }
        line.trim().to_owned()
    }

    /// Opens one as soon as the device has one left.
    fn open_soon(address: SocketAddr) -> Self {
        let begun = Instant::now();
        loop {
            match Self::open(address) {
                Ok(stream) => return stream,
                Err(refusal) => assert!(begun.elapsed() < PATIENCE, "{refusal}"),
            }
        }
    }
}

#[test]
fn many_gets_beside_a_stream() {
    let (device, shared) = start(HttpConfig::default());
    let address = device.address;
    shared.state.sender().send(1);
    let mut stream = Stream::open(address).unwrap();
    assert_eq!(stream.line(), r#"data: {"n":1}"#);
    let begun = Instant::now();
    let gets: Vec<_> = (0..20).map(|_| thread::spawn(move || get(address, "/status").0)).collect();
    assert!(gets.into_iter().all(|get| get.join().unwrap() == 200));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    shared.state.sender().send(2);
    assert_eq!(stream.line(), r#"data: {"n":2}"#);
}

#[test]
fn one_stream_at_a_time() {
    let (device, shared) = start(HttpConfig { heartbeat: Ticks::from_millis(50), ..HttpConfig::default() });
    shared.state.sender().send(1);
    let mut stream = Stream::open(device.address).unwrap();
    assert_eq!(stream.line(), r#"data: {"n":1}"#);
    for _ in 0..3 {
        let refusal = Stream::open(device.address).err().unwrap();
        assert_eq!(parts(&refusal).0, 503);
        assert!(refusal.contains(r#"{"error":"no_stream""#));
    }
    assert_eq!(stream.line(), ":", "a heartbeat");
    drop(stream);
    let mut stream = Stream::open_soon(device.address);
    assert_eq!(stream.line(), r#"data: {"n":1}"#);
    // A reset as well frees it.
    socket2::SockRef::from(stream.0.get_ref()).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
    assert_eq!(Stream::open_soon(device.address).line(), r#"data: {"n":1}"#);
}

#[test]
fn as_many_streams_as_configured() {
    let (device, shared) = start(HttpConfig { event_streams: 2, ..HttpConfig::default() });
    shared.state.sender().send(1);
    let mut streams = [Stream::open(device.address).unwrap(), Stream::open(device.address).unwrap()];
    assert!(Stream::open(device.address).is_err());
    shared.state.sender().send(2);
    for stream in &mut streams {
        while stream.line() != r#"data: {"n":2}"# {}
    }
    // The handler's own limit is one as well.
    let (device, shared) = start(HttpConfig { event_streams: 4, ..HttpConfig::default() });
    let _taken: Vec<_> = (0..4).map(|_| shared.state.receiver().unwrap()).collect();
    assert_eq!(parts(&Stream::open(device.address).err().unwrap()).0, 503);
}

#[test]
fn events_are_not_sent_faster_than_the_interval() {
    let interval = Duration::from_millis(100);
    let (device, shared) = start(HttpConfig::default());
    let sender = shared.state.sender();
    sender.send(0);
    let mut stream = Stream::open(device.address).unwrap();
    let begun = Instant::now();
    let feeder = thread::spawn({
        let shared = shared.clone();
        move || {
            for n in 1..=100 {
                shared.state.sender().send(n);
                thread::sleep(Duration::from_millis(5));
            }
        }
    });
    let mut events = 0;
    while stream.line() != r#"data: {"n":100}"# {
        events += 1;
    }
    let most = begun.elapsed().as_millis() / interval.as_millis() + 1;
    assert!((2..=most).contains(&events), "{events} events, at most {most}");
    feeder.join().unwrap();
}

#[test]
fn the_handlers_time_is_not_the_requests() {
    let (device, shared) = start(hasty());
    let address = device.address;
    let waiting = thread::spawn(move || get(address, "/wait"));
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(1100) {
        assert_eq!(get(address, "/status").0, 200);
    }
    shared.go.signal(());
    assert_eq!(waiting.join().unwrap(), (200, r#"{"n":2}"#.into()));
}

#[test]
fn a_mark_comes_after_the_answer() {
    let (device, shared) = start(HttpConfig::default());
    assert_eq!(get(device.address, "/marked").0, 200);
    let begun = Instant::now();
    while shared.sent.load(Ordering::SeqCst) != 7 {
        assert!(begun.elapsed() < PATIENCE);
        thread::yield_now();
    }
}

#[test]
fn a_client_that_keeps_the_connection_does_not_keep_the_slot() {
    let (device, _) = start(HttpConfig { linger_time: Ticks::from_millis(50), ..HttpConfig::default() });
    let mut kept = Vec::new();
    for _ in 0..12 {
        let mut socket = connect(device.address);
        socket.write_all(b"GET /status HTTP/1.1\r\nConnection: keep-alive, TE\r\n\r\n").unwrap();
        let answer = rest(&mut socket);
        assert_eq!(parts(&answer).0, 200);
        kept.push(socket);
    }
    // More requests on the same connection are not read.
    let mut pipelined = String::new();
    for _ in 0..3 {
        write!(pipelined, "GET /status HTTP/1.1\r\n\r\n").unwrap();
    }
    assert_eq!(parts(&ask(device.address, pipelined)).1, r#"{"n":7}"#);
}

#[test]
fn idle_connections_are_dropped() {
    let (device, _) = start(hasty());
    let mut idle: Vec<_> = (0..4).map(|_| connect(device.address)).collect();
    assert_eq!(get(device.address, "/status").0, 200);
    for socket in &mut idle {
        match socket.read(&mut [0; 1]) {
            Ok(read) => assert_eq!(read, 0),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
}
