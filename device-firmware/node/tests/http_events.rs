//! Streams of events: how many, how fast, and that dead peers give theirs back.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "support/api.rs"]
mod api;
#[path = "support/device.rs"]
mod device;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use api::{PATIENCE, connect, get, parts, start};
use embassy_time::Duration as Ticks;
use skylift_node::HttpConfig;

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
