//! The downloader through links that break and hosts that falter, over real sockets.
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

use std::thread;
use std::time::Duration;

use fetch::{
    Memory, SIZE, answer, config, failure, fetch_from, fetch_into, good, image, script, serve_up_to,
};
use host::{Host, Peer};
use skylift_node::download::{Fault, PIECE, Summary};
use skylift_protocol::Reason;

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

/// The sink finds out at byte 88 that it goes on at another one.
fn jump_to(to: usize, scripts: Vec<host::Script>) -> (Summary, Vec<String>) {
    let host = Host::start(scripts);
    let mut sink = Memory { jump: Some((88, to)), ..Memory::with(Vec::new()) };
    let summary = fetch_into(&mut sink, host.address, &config()).unwrap();
    assert!(sink.bytes == image());
    (summary, host.requests())
}

/// Sends no more than the first kilobyte at first, as a slow host would.
fn first_kilobyte() -> host::Script {
    script(|peer| {
        serve_up_to(peer, 1024);
        peer.wait_for_end();
    })
}

#[test]
fn a_far_jump_is_another_request_and_no_failure() {
    let (summary, requests) = jump_to(70_000, vec![first_kilobyte(), good()]);
    assert_eq!((summary.attempts, summary.refetched), (2, 0));
    // The first kilobyte may come in several segments, and the sink jumps with the first of them.
    assert!((30_088..=31_024).contains(&summary.fetched), "{}", summary.fetched);
    assert!(requests[1].contains("Range: bytes=70000-"), "{}", requests[1]);
}

#[test]
fn over_a_near_jump_the_bytes_are_dropped() {
    let (summary, _) = jump_to(10_000, vec![good()]);
    assert_eq!((summary.attempts, summary.fetched), (1, SIZE as u64));
    assert!((10_000 - PIECE as u64..10_000).contains(&summary.refetched), "{}", summary.refetched);
}

/// A host without ranges: what lies before the jump comes again, and the connection is not given up for it.
#[test]
fn a_jump_in_a_file_that_comes_whole() {
    let whole = || {
        script(|peer| {
            peer.head("200 OK", "Content-Length: 100000\r\n");
            peer.send(image());
        })
    };
    let (summary, _) = jump_to(70_000, vec![first_kilobyte(), whole()]);
    assert_eq!((summary.attempts, summary.refetched), (2, 70_000));
}

#[test]
fn a_jump_to_the_end_is_the_end() {
    let (summary, _) = jump_to(SIZE, vec![first_kilobyte()]);
    assert_eq!(summary.attempts, 1);
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
