//! The HTTP server: which requests it answers, and which it refuses, over real sockets.
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

use std::io::{Read, Write};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use api::{PATIENCE, ask, connect, get, parts, post, refused, rest, start};
use skylift_node::HttpConfig;
use skylift_node::http::{MAX_ANSWER, MAX_BODY};

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
fn nothing_for_other_hosts() {
    let (device, shared) = start(HttpConfig::default());
    for host in ["evil.example", "x.evil.example", "localhost", "127.0.0.1.evil.example:80"] {
        refused(device.address, format!("GET /status HTTP/1.1\r\nHost: {host}\r\n\r\n"), 403, "forbidden");
        let fields = format!("Host: {host}\r\nContent-Length: 7\r\n");
        refused(device.address, post("/update", &fields, r#"{"n":3}"#), 403, "forbidden");
    }
    let twice = "GET /status HTTP/1.1\r\nHost: x\r\nHost: evil.example\r\n\r\n";
    refused(device.address, twice, 400, "bad_request");
    assert_eq!(shared.posts.load(Ordering::SeqCst), 0);
    for own in ["x", "x.", "x:80", &device.address.to_string(), "[::1]:80"] {
        let request = format!("GET /status HTTP/1.1\r\nHost: {own}\r\n\r\n");
        assert_eq!(parts(&ask(device.address, request)).0, 200, "{own}");
    }
    assert_eq!(parts(&ask(device.address, "GET /status HTTP/1.0\r\n\r\n")).0, 200);
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
fn a_mark_comes_after_the_answer() {
    let (device, shared) = start(HttpConfig::default());
    assert_eq!(get(device.address, "/marked").0, 200);
    let begun = Instant::now();
    while shared.sent.load(Ordering::SeqCst) != 7 {
        assert!(begun.elapsed() < PATIENCE);
        thread::yield_now();
    }
}
