//! The HTTP server against clients that are slow, break off, reset, or send noise.
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

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use api::{Api, PATIENCE, Shared, ask, connect, get, hasty, parts, post, refused, rest, start};
use device::{Device, Troubles};
use embassy_time::Duration as Ticks;
use skylift_node::HttpConfig;

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
