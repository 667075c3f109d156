//! Strangers that flood a paired device, or hold all its connections, do not keep its owner out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]
// Other systems have one loopback address, so that strangers could not be told from the owner.
#![cfg(target_os = "linux")]

#[path = "support/owner.rs"]
mod owner;

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use embassy_time::Duration as Ticks;
use owner::{Client, PATIENCE, config, paired, start};
use skylift_node::{HttpConfig, StrangerConfig};
use skylift_protocol::Pairing;
use skylift_simulator::DeviceConfig;

/// With a chip's own limits, but for how long strangers are shut out.
fn with_limits(shut_out: Ticks) -> DeviceConfig {
    let mut config = paired();
    let strangers = StrangerConfig { shut_out, ..StrangerConfig::default() };
    config.node.http = HttpConfig { strangers, ..HttpConfig::default() };
    config
}

fn stranger(client: Client, last: u8) -> Client {
    Client { from: Ipv4Addr::new(127, 0, 0, last).into(), ..client }
}

const ORDER: &str = "POST /reboot HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

#[test]
fn who_fails_too_often_is_shut_out_for_a_while_and_alone() {
    let (device, _) = start(with_limits(Ticks::from_millis(1500)));
    let owner = Client::of(&device);
    let guesser = stranger(owner, 9);
    // Until the owner has come, any address may be the owner's.
    for _ in 0..200 {
        assert_eq!(guesser.say(ORDER).status, 401);
    }
    assert_eq!(owner.own("GET", "/status", "").status, 200);
    let answered = (0..2000).take_while(|_| guesser.try_say(ORDER.as_bytes()).is_some()).count();
    assert!((32..2000).contains(&answered), "{answered}");
    assert!(guesser.try_say(b"GET /status HTTP/1.1\r\n\r\n").is_none(), "no status either");
    assert_eq!(stranger(owner, 10).get("/status").status, 200);
    assert_eq!(owner.own("GET", "/status", "").status, 200);
    let begun = Instant::now();
    while guesser.try_say(b"GET /status HTTP/1.1\r\n\r\n").is_none() {
        assert!(begun.elapsed() < PATIENCE);
    }
    // Who holds the key is not shut out, whatever else comes from there.
    assert_eq!(guesser.own("GET", "/status", "").status, 200);
    for _ in 0..200 {
        assert_eq!(guesser.say(ORDER).status, 401);
    }
    assert_eq!(guesser.own("GET", "/status", "").status, 200);
}

#[test]
fn an_open_device_shuts_nobody_out() {
    let mut config = config(Pairing::Open);
    config.node.http = HttpConfig::default();
    let (device, _) = start(config);
    let client = Client::of(&device);
    for _ in 0..200 {
        assert_eq!(client.say("GET /nowhere HTTP/1.1\r\n\r\n").status, 404);
    }
}

/// Who holds connections.
#[derive(Clone, Copy)]
enum Holder {
    /// As many as it gets.
    Greedy,
    /// One at a time.
    Patient,
}

/// Holds connections from its address by sending a request without its end.
fn hold(client: Client, holder: Holder, held: Arc<AtomicU32>, stop: Arc<AtomicBool>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut sockets: Vec<TcpStream> = Vec::new();
        while !stop.load(Ordering::SeqCst) {
            let mut socket = client.connect();
            let _ = socket.write_all(&ORDER.as_bytes()[..ORDER.len() - 1]);
            held.fetch_add(1, Ordering::SeqCst);
            match holder {
                Holder::Greedy => sockets.push(socket),
                Holder::Patient => {
                    // Until it is cut off, or this is over.
                    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
                    while !stop.load(Ordering::SeqCst)
                        && socket.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
                    {
                    }
                }
            }
        }
    })
}

/// The longest of some requests of the owner while strangers from these addresses hold connections. A request may
/// take longer than any test: that must not be what ends theirs.
fn owners_longest_wait(mut config: DeviceConfig, holder: Holder, addresses: &[u8]) -> Duration {
    config.node.http.request_time = Ticks::from_secs(600);
    let (device, _) = start(config);
    let owner = Client::of(&device);
    let (held, stop) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let begin = |&last: &u8| hold(stranger(owner, last), holder, held.clone(), stop.clone());
    let holders: Vec<_> = addresses.iter().map(begin).collect();
    let begun = Instant::now();
    while held.load(Ordering::SeqCst) < 8 {
        assert!(begun.elapsed() < PATIENCE);
        thread::yield_now();
    }
    let waits = (0..5).map(|_| {
        let begun = Instant::now();
        assert_eq!(owner.own("GET", "/status", "").status, 200);
        begun.elapsed()
    });
    let longest = waits.max().unwrap();
    stop.store(true, Ordering::SeqCst);
    holders.into_iter().for_each(|holder| holder.join().unwrap());
    println!("the owner waited {longest:?} at most");
    longest
}

/// It is cut off, and then shut out.
#[test]
fn who_takes_all_connections_makes_room() {
    let longest = owners_longest_wait(with_limits(Ticks::from_secs(60)), Holder::Greedy, &[9]);
    assert!(longest < PATIENCE / 2, "{longest:?}");
}

/// They are not even shut out.
#[test]
fn slow_ones_from_many_addresses_make_room() {
    let longest = owners_longest_wait(paired(), Holder::Patient, &[9, 10, 11, 12, 13, 14, 15, 16]);
    assert!(longest < PATIENCE / 2, "{longest:?}");
}
