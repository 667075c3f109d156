//! Reachability probes against hosts that answer, keep silent and lie, over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "support/host.rs"]
mod host;

use std::net::{Ipv4Addr, TcpListener};
use std::slice::from_ref;
use std::time::{Duration, Instant};

use critical_section as _;
use edge_nal_std::Stack;
use embassy_time::Duration as Ticks;
use host::{Host, Peer, Script, nobody};
use skylift_node::Config;
use skylift_node::probe::{LANE, WIDTH, probe};

const NONCE: &str = "00112233445566778899aabbccddeeff";

fn config() -> Config {
    Config { probe_time: Ticks::from_millis(400), allow_loopback: true, ..Config::default() }
}

fn probe_with(urls: &[String], scratch: usize, config: &Config) -> Vec<bool> {
    let mut scratch = vec![0; scratch];
    async_io::block_on(probe(&Stack::new(), urls, &mut scratch, config)).reached.to_vec()
}

/// A host that does so with its one connection, and the URL of its nonce.
fn host(script: impl FnOnce(&mut Peer) + Send + 'static) -> (Host, String) {
    let script: Script = Box::new(script);
    let host = Host::start(vec![script]);
    let url = url_of(&host);
    (host, url)
}

fn url_of(host: &Host) -> String {
    format!("http://{}/probe/{NONCE}", host.address)
}

fn good() -> (Host, String) {
    host(|peer| {
        let nonce = peer
            .request
            .strip_prefix("GET /probe/")
            .and_then(|rest| rest.split(' ').next())
            .unwrap()
            .to_owned();
        peer.head("200 OK", &format!("Content-Length: {}\r\n", nonce.len()));
        peer.send(nonce);
    })
}

/// What a probe of a host that answers so says.
fn answer(status: &'static str, fields: &'static str, body: impl AsRef<[u8]> + Send + 'static) -> bool {
    let (_host, url) = host(move |peer| {
        peer.head(status, fields);
        peer.send(body);
    });
    probe_with(&[url], LANE, &config()) == [true]
}

#[test]
fn who_answers_with_the_nonce_is_reached() {
    let (host, url) = good();
    assert_eq!(probe_with(&[url], LANE, &config()), [true]);
    assert!(host.requests()[0].starts_with(&format!("GET /probe/{NONCE} HTTP/1.1\r\n")));
    assert!(answer("200 OK", "Content-Length: 32\r\n", NONCE));
    // The body in two packets, and more than was said.
    let (_host, url) = self::host(|peer| {
        peer.head("200 OK", "Content-Length: 32\r\n");
        peer.send(&NONCE[..10]);
        std::thread::sleep(Duration::from_millis(20));
        peer.send(&NONCE[10..]);
        peer.send("more");
    });
    assert_eq!(probe_with(&[url], LANE, &config()), [true]);
}

#[test]
fn who_answers_otherwise_is_not() {
    assert!(!answer("200 OK", "Content-Length: 32\r\n", NONCE.to_uppercase()));
    assert!(!answer("200 OK", "Content-Length: 33\r\n", format!("{NONCE}\n")));
    assert!(!answer("200 OK", "Content-Length: 31\r\n", &NONCE[..31]));
    assert!(!answer("200 OK", "Content-Length: 32\r\n", &NONCE[..31]));
    assert!(!answer("200 OK", "", NONCE));
    assert!(!answer("200 OK", "Transfer-Encoding: chunked\r\n", format!("20\r\n{NONCE}\r\n0\r\n\r\n")));
    assert!(!answer("206 Partial Content", "Content-Length: 32\r\n", NONCE));
    assert!(!answer("302 Found", "Location: /\r\nContent-Length: 32\r\n", NONCE));
    assert!(!answer("404 Not Found", "Content-Length: 32\r\n", NONCE));
    assert!(!answer("200 OK", "Content-Length: abc\r\n", NONCE));
    let (_host, url) = host(|peer| while peer.send([b'x'; 4096]) {});
    assert_eq!(probe_with(&[url], LANE, &config()), [false]);
    // A head longer than the lane.
    let (_host, url) = host(|peer| {
        peer.head("200 OK", &format!("A: {}\r\nContent-Length: 32\r\n", "x".repeat(600)));
        peer.send(NONCE);
    });
    assert_eq!(probe_with(&[url], LANE, &config()), [false]);
}

#[test]
fn loopback_is_the_simulators_only() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/probe/{NONCE}", listener.local_addr().unwrap());
    for (allow_loopback, connects) in [(false, false), (true, true)] {
        let config = Config { allow_loopback, ..config() };
        assert_eq!(probe_with(from_ref(&url), LANE, &config), [false]);
        assert_eq!(listener.accept().is_ok(), connects);
    }
}

#[test]
fn eight_in_the_order_asked() {
    let (_good_hosts, good): (Vec<_>, Vec<_>) = (0..4).map(|_| good()).unzip();
    let (_silent_hosts, silent): (Vec<_>, Vec<_>) = (0..2).map(|_| host(Peer::wait_for_end)).unzip();
    let (_held, nobody) = nobody();
    let refused = format!("http://{nobody}/probe/{NONCE}");
    let urls =
        [&silent[0], &good[0], "http://127.0.0.1/other", &good[1], &refused, &silent[1], &good[2], &good[3]]
            .map(str::to_owned);
    let begun = Instant::now();
    let config = Config { probe_time: Ticks::from_secs(1), ..config() };
    let reached = probe_with(&urls, WIDTH * LANE, &config);
    assert_eq!(reached, [false, true, false, true, false, false, true, true]);
    // Both silent ones at a time.
    assert!(begun.elapsed() < Duration::from_millis(1900), "{:?}", begun.elapsed());
}

#[test]
fn less_scratch_takes_longer_only() {
    let (_hosts, urls): (Vec<_>, Vec<_>) = (0..3).map(|_| good()).unzip();
    assert_eq!(probe_with(&urls, LANE, &config()), [true; 3]);
    let (_hosts, urls): (Vec<_>, Vec<_>) = (0..3).map(|_| good()).unzip();
    assert_eq!(probe_with(&urls, 2 * LANE + 100, &config()), [true; 3]);
    assert_eq!(probe_with(&["http://127.0.0.1:1/probe/00".into()], 0, &config()), [false]);
    assert!(probe_with(&[], LANE, &config()).is_empty());
}

#[test]
fn a_drip_ends() {
    let (_host, url) = host(|peer| {
        peer.send("HTTP/1.1 200 OK\r\nA: ");
        while peer.send("x") {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let begun = Instant::now();
    assert_eq!(probe_with(&[url], LANE, &config()), [false]);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}
