//! The client against peers on raw sockets that answer as Jaguar does, or not at all.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

const UUID: &str = "5b2c8d1e-0f3a-4b6c-8d7e-9f0a1b2c3d4e";
const PATIENCE: Duration = Duration::from_secs(20);

fn client() -> JaguarClient {
    JaguarClient::new(&Timing { request: PATIENCE, ..Timing::default() })
}

fn peer(listener: &TcpListener) -> Peer {
    Peer { label: "lamp".to_owned(), id: None, address: listener.local_addr().unwrap() }
}

fn identity() -> String {
    format!(
        r#"{{"method": "jaguar.identify", "payload": {{"name": "lamp", "id": "{UUID}", "chip": "esp32"}}}}"#
    )
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// The head of a request.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// Answers one request, whatever it is, and leaves it to the client to close.
async fn answer_once(listener: &TcpListener, answer: &str) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let head = head(&mut stream).await;
    stream.write_all(answer.as_bytes()).await.unwrap();
    let mut rest = Vec::new();
    // The client closes as soon as it has its answer, or breaks the connection with what it has still to send.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut rest)).await.expect("the connection is kept open");
    head
}

async fn asked(answer: &str) -> (Result<JaguarSighting, Problem>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = client();
    let peer = peer(&listener);
    let (found, head) = tokio::join!(client.identify(&peer), answer_once(&listener, answer));
    (found.map_err(|error| error.problem), head)
}

async fn sent(answer: &str, size: usize) -> (Result<(), Problem>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client, peer, image) = (client(), peer(&listener), Bytes::from(vec![7; size]));
    let uuid = UUID.parse().unwrap();
    let sending = client.send_firmware(&peer, uuid, image, Arc::default());
    let (taken, head) = tokio::join!(sending, answer_once(&listener, answer));
    (taken.map_err(|error| error.problem), head)
}

#[tokio::test]
async fn a_device_is_asked_on_a_connection_that_closes() {
    let (found, head) = asked(&ok(&identity())).await;
    let found = found.unwrap();
    assert_eq!(
        (found.identity.name.as_str(), found.identity.facts.uuid.to_string().as_str()),
        ("lamp", UUID)
    );
    assert!(head.starts_with("GET /identify HTTP/1.1\r\n"), "{head}");
    assert!(head.to_lowercase().contains("\r\nconnection: close\r\n"), "{head}");
}

#[tokio::test]
async fn what_is_no_jaguar_is_told() {
    let (found, _) = asked(&ok("{}")).await;
    assert_eq!(found.unwrap_err(), Problem::NotJaguar("it is no identity of Jaguar".to_owned()));
    let (found, _) = asked("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    assert_eq!(found.unwrap_err(), Problem::Jaguar { status: 404, reason: "Not Found".to_owned() });
    for answer in [ok(&" ".repeat(MAX_BYTES + 1)), "no HTTP at all".to_owned(), String::new()] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (client, peer) = (client(), peer(&listener));
        let served = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            head(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
        };
        let (found, ()) = tokio::join!(client.identify(&peer), served);
        assert!(matches!(found.unwrap_err().problem, Problem::Broken(_)), "{answer:.20}");
    }
}

#[tokio::test]
async fn who_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let short = Duration::from_millis(50);
    let client = JaguarClient::new(&Timing { request: short, ..Timing::default() });
    assert_eq!(client.identify(&peer(&listener)).await.unwrap_err().problem, Problem::Silent(short));
}

#[tokio::test]
async fn a_firmware_goes_with_its_length_and_for_whom_it_is() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let image = Bytes::from((0..3_000_000_u32).map(|at| at.to_le_bytes()[1]).collect::<Vec<_>>());
    let (client, peer, count) = (client(), peer(&listener), Arc::new(Sent::default()));
    let served = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = head(&mut stream).await;
        let mut body = vec![0; image.len()];
        stream.read_exact(&mut body).await.unwrap();
        stream.write_all(ok(r#"{ "status": "OK" }"#).as_bytes()).await.unwrap();
        (head, body)
    };
    let uuid = UUID.parse().unwrap();
    let sending = client.send_firmware(&peer, uuid, image.clone(), Arc::clone(&count));
    let (taken, (head, body)) = tokio::join!(sending, served);
    taken.unwrap();
    assert!(body == image, "the body is another one");
    assert_eq!(count.bytes(), image.len() as u64);
    assert!(head.starts_with("PUT /firmware HTTP/1.1\r\n"), "{head}");
    let lower = head.to_lowercase();
    for field in [format!("x-jaguar-device-id: {UUID}"), format!("content-length: {}", image.len())] {
        assert!(lower.contains(&format!("\r\n{field}\r\n")), "{field}: {head}");
    }
    assert!(!lower.contains("expect:") && !lower.contains("transfer-encoding:"), "{head}");
}

/// What waits in this computer is not on its way: a device that reads nothing has not got it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn only_what_has_left_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    socket2::SockRef::from(&listener).set_recv_buffer_size(16 * 1024).unwrap();
    let (client, peer, count) = (client(), peer(&listener), Arc::new(Sent::default()));
    let size = 4 * 1024 * 1024;
    let uuid = UUID.parse().unwrap();
    let image = Bytes::from(vec![7; size]);
    let task = {
        let count = Arc::clone(&count);
        tokio::spawn(async move { client.send_firmware(&peer, uuid, image, count).await })
    };
    let (mut stream, _) = listener.accept().await.unwrap();
    head(&mut stream).await;
    let mut read = 0_u64;
    let mut piece = vec![0; 64 * 1024];
    while read < size as u64 {
        read += stream.read(&mut piece).await.unwrap() as u64;
        // What has left is here, or on its way into the small buffer here.
        assert!(count.bytes() <= read + 1024 * 1024, "{} counted, {read} read", count.bytes());
        if read < size as u64 / 2 {
            assert!(count.bytes() < size as u64, "all counted, {read} read");
        }
    }
    stream.write_all(ok("{}").as_bytes()).await.unwrap();
    task.await.unwrap().unwrap();
    assert_eq!(count.bytes(), size as u64);
}

#[tokio::test]
async fn what_jaguar_has_against_it_is_read_from_the_reason_phrase() {
    let reason = format!("Device has id '{UUID}', jag is trying to talk to 'null'");
    let (taken, _) =
        sent(&format!("HTTP/1.1 403 {reason}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 10).await;
    assert_eq!(taken.unwrap_err(), Problem::Jaguar { status: 403, reason });
    let answer = "HTTP/1.1 500 Internal Server error - OUT_OF_BOUNDS\r\nContent-Length: 0\r\n\r\n";
    let (taken, _) = sent(answer, 10).await;
    let reason = "Internal Server error - OUT_OF_BOUNDS".to_owned();
    assert_eq!(taken.unwrap_err(), Problem::Jaguar { status: 500, reason });
    let (taken, _) = sent("HTTP/1.1 500 \u{1b}[2J\r\nContent-Length: 0\r\n\r\n", 10).await;
    let shown = taken.unwrap_err().to_string();
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

/// A device that has enough of it says so before it has everything.
#[tokio::test]
async fn an_answer_in_the_middle_is_heard() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client, peer, image) = (client(), peer(&listener), Bytes::from(vec![7; 8 * 1024 * 1024]));
    let uuid = UUID.parse().unwrap();
    let served = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        head(&mut stream).await;
        let answer = "HTTP/1.1 500 Internal Server error - OUT_OF_BOUNDS\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
        // Until the client has gone, so that its answer is not overtaken by a reset.
        let mut piece = vec![0; 64 * 1024];
        while stream.read(&mut piece).await.is_ok_and(|read| read > 0) {}
    };
    let (taken, ()) = tokio::join!(client.send_firmware(&peer, uuid, image, Arc::default()), served);
    let problem = taken.unwrap_err().problem;
    assert!(
        matches!(&problem, Problem::Jaguar { status: 500, reason } if reason.ends_with("OUT_OF_BOUNDS")),
        "{problem:?}"
    );
}

#[tokio::test]
async fn a_device_is_spoken_to_by_one_at_a_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client, peer) = (client(), peer(&listener));
    let open = Arc::new(AtomicUsize::new(0));
    let served = async {
        for _ in 0..4 {
            let (mut stream, _) = listener.accept().await.unwrap();
            assert_eq!(open.fetch_add(1, Ordering::SeqCst), 0, "two at a time");
            head(&mut stream).await;
            // Whoever else wanted to connect would be waiting by now.
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            assert!(timeout(Duration::ZERO, listener.accept()).await.is_err(), "a second connection");
            stream.write_all(ok(&identity()).as_bytes()).await.unwrap();
            let _ = stream.read_to_end(&mut Vec::new()).await;
            open.fetch_sub(1, Ordering::SeqCst);
        }
    };
    let ask = || client.identify(&peer);
    let (found, ()) = tokio::join!(async { tokio::join!(ask(), ask(), ask(), ask()) }, served);
    assert!(found.0.is_ok() && found.1.is_ok() && found.2.is_ok() && found.3.is_ok());
}
