//! The file server over real sockets: what its log tells, when it gives up on someone, how it begins and ends.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod server_support;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use server_support::{Client, assert_bytes, config, get, image, noise, soon, start, start_with, until};
use skylift::server::{
    AbortReason, FileServer, PathKind, ServedImage, ServerConfig, ServerError, Transfer, TransferState,
};
use tokio::io::AsyncWriteExt;

const MEBIBYTE: usize = 1024 * 1024;

fn is_over(transfer: &Transfer) -> bool {
    transfer.state != TransferState::Running
}

// The transfer log.

#[tokio::test]
async fn the_log_tells_of_finished_transfers() {
    let server = start().await;
    let offer = server.publish(image(100_000)).unwrap();
    let plain = server.publish_plain(image(5000)).unwrap();
    let mut client = Client::connect(&server).await;
    client.get(offer.path(), "Range: bytes=40000-\r\n").await;
    client.get("/ota.bin", "").await;
    // None of these is a transfer.
    client.head("/ota.bin", "").await;
    client.get("/nothing", "").await;
    client.get("/ota.bin", "Range: bytes=9999-\r\n").await;
    let log = until(&mut server.transfers(), |all| all.len() == 2 && all.iter().all(is_over)).await;
    let facts = |one: &Transfer| {
        (one.id, one.offer, one.kind, one.start, one.length, one.image_length, one.sent, one.state)
    };
    let finished = TransferState::Finished;
    assert_eq!(facts(&log[0]), (1, offer.id(), PathKind::Rollout, 40_000, 60_000, 100_000, 60_000, finished));
    assert_eq!(facts(&log[1]), (2, plain.id(), PathKind::Plain, 0, 5000, 5000, 5000, finished));
    assert!(log.iter().all(|one| one.peer == client.stream.local_addr().unwrap() && one.took.is_some()));
}

#[tokio::test]
async fn the_log_tells_of_running_and_lost_transfers() {
    let server = start().await;
    let offer = server.publish(image(16 * MEBIBYTE)).unwrap();
    let mut client = Client::connect_small(&server).await;
    client.send(&format!("GET {} HTTP/1.1\r\n\r\n", offer.path())).await;
    client.reply_without_body().await;
    client.take(MEBIBYTE).await;
    let mut log = server.transfers();
    let running = until(&mut log, |all| all.iter().any(|one| one.sent >= 900 * 1024)).await;
    assert_eq!((running[0].state, running[0].took), (TransferState::Running, None));
    assert!(running[0].sent < running[0].length);
    drop(client);
    let lost = until(&mut log, |all| all.iter().all(is_over)).await;
    assert_eq!(lost[0].state, TransferState::Aborted(AbortReason::ConnectionLost));
    assert!(lost[0].sent >= running[0].sent && lost[0].sent < lost[0].length);
}

#[tokio::test]
async fn the_log_forgets_the_oldest() {
    let server = start_with(ServerConfig { remembered_transfers: 3, ..config() }).await;
    let offer = server.publish(image(10)).unwrap();
    let mut client = Client::connect(&server).await;
    for _ in 0..10 {
        client.get(offer.path(), "").await;
    }
    let log = until(&mut server.transfers(), |all| {
        all.iter().map(|one| one.id).eq(8..=10) && all.iter().all(is_over)
    })
    .await;
    assert_eq!(log.len(), 3);
}

#[tokio::test]
async fn the_log_moves_forward_and_not_too_often() {
    let server = start().await;
    let offer = server.publish(image(32 * MEBIBYTE)).unwrap();
    let mut log = server.transfers();
    let began = std::time::Instant::now();
    let fetch = get(&server, offer.path(), "");
    let watch = async {
        let (mut seen, mut last) = (0_u32, 0);
        while last < 32 * MEBIBYTE as u64 {
            soon(log.changed()).await.unwrap();
            let sent = log.borrow_and_update().transfers[0].sent;
            assert!(sent >= last, "progress never goes back");
            (seen, last) = (seen + 1, sent);
        }
        seen
    };
    let (reply, seen) = tokio::join!(fetch, watch);
    assert_eq!(reply.body.len(), 32 * MEBIBYTE);
    let allowed = began.elapsed().as_millis() / 100 + 2;
    assert!(u128::from(seen) <= allowed, "{seen} snapshots where {allowed} are allowed");
}

// Those who are slow, or too many.

#[tokio::test]
async fn a_client_that_takes_nothing_is_given_up() {
    let patience = Duration::from_millis(300);
    let server = start_with(ServerConfig { stalled_write_timeout: patience, ..config() }).await;
    let offer = server.publish(image(16 * MEBIBYTE)).unwrap();
    let mut client = Client::connect_small(&server).await;
    client.send(&format!("GET {} HTTP/1.1\r\n\r\n", offer.path())).await;
    client.reply_without_body().await;
    client.take(MEBIBYTE).await;
    let log = until(&mut server.transfers(), |all| all.iter().any(is_over)).await;
    assert_eq!(log[0].state, TransferState::Aborted(AbortReason::Stalled));
    assert_not_ahead(log[0].sent, MEBIBYTE);
    client.rest().await;
}

/// What is shown is near to what the client has: the kernel alone would hold several times as much.
#[track_caller]
fn assert_not_ahead(shown: u64, received: usize) {
    let allowed = if cfg!(target_os = "linux") { 48 * 1024 } else { 512 * 1024 };
    let ahead = shown.saturating_sub(received as u64);
    assert!(ahead <= allowed, "{ahead} bytes ahead of the client");
}

#[tokio::test]
async fn the_log_follows_a_client_that_never_catches_up() {
    let server = start().await;
    let offer = server.publish(image(MEBIBYTE)).unwrap();
    let mut client = Client::connect_small(&server).await;
    client.send(&format!("GET {} HTTP/1.1\r\n\r\n", offer.path())).await;
    client.reply_without_body().await;
    let mut log = server.transfers();
    for received in (0..MEBIBYTE).step_by(16 * 1024).skip(1) {
        client.take(16 * 1024).await;
        // The server always has more to send than the client has room for, and still it must be seen to move.
        let shown =
            until(&mut log, |all| all.iter().any(|one| one.sent + 96 * 1024 >= received as u64)).await;
        assert_not_ahead(shown[0].sent, received);
        assert_eq!(shown[0].state, TransferState::Running);
    }
    client.take(16 * 1024).await;
    let log = until(&mut log, |all| all.iter().all(is_over)).await;
    assert_eq!((log[0].sent, log[0].state), (MEBIBYTE as u64, TransferState::Finished));
}

/// The kernel takes the last bytes long before the client does.
#[cfg(target_os = "linux")]
const LAST_BYTES: usize = 40 * 1024;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_leaves_just_before_the_end_has_not_finished() {
    let server = start().await;
    let offer = server.publish(image(MEBIBYTE)).unwrap();
    let mut client = Client::connect_small(&server).await;
    client.send(&format!("GET {} HTTP/1.1\r\n\r\n", offer.path())).await;
    client.reply_without_body().await;
    client.take(MEBIBYTE - LAST_BYTES).await;
    drop(client);
    let log = until(&mut server.transfers(), |all| all.iter().any(is_over)).await;
    assert_eq!(log[0].state, TransferState::Aborted(AbortReason::ConnectionLost));
    assert!(log[0].sent < log[0].length);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_stops_just_before_the_end_is_given_up() {
    let patience = Duration::from_millis(300);
    let server = start_with(ServerConfig { stalled_write_timeout: patience, ..config() }).await;
    let offer = server.publish(image(MEBIBYTE)).unwrap();
    let mut client = Client::connect_small(&server).await;
    client.send(&format!("GET {} HTTP/1.1\r\n\r\n", offer.path())).await;
    client.reply_without_body().await;
    client.take(MEBIBYTE - LAST_BYTES).await;
    let log = until(&mut server.transfers(), |all| all.iter().any(is_over)).await;
    assert_eq!(log[0].state, TransferState::Aborted(AbortReason::Stalled));
    assert!(log[0].sent < log[0].length);
}

#[tokio::test]
async fn a_client_that_is_merely_slow_is_not_given_up() {
    let patience = Duration::from_secs(2);
    let server = start_with(ServerConfig { stalled_write_timeout: patience, ..config() }).await;
    let image = image(MEBIBYTE);
    let offer = server.publish(image.clone()).unwrap();
    let mut client = Client::connect_small(&server).await;
    client.send(&format!("GET {} HTTP/1.1\r\n\r\n", offer.path())).await;
    client.reply_without_body().await;
    let mut body = Vec::new();
    while body.len() < MEBIBYTE {
        body.extend(client.take(64 * 1024).await);
        // Not a wait for something to happen: this is how slow the client is, longer in sum than the patience.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_bytes(&body, image.bytes());
}

#[tokio::test]
async fn half_a_request_is_cut_off() {
    let timeout = Duration::from_millis(200);
    let server = start_with(ServerConfig { header_read_timeout: timeout, ..config() }).await;
    for beginning in ["", "G", "GET / HTTP/1.1\r\nHost: test\r\n"] {
        let mut client = Client::connect(&server).await;
        client.send(beginning).await;
        assert_eq!(client.rest().await, b"", "{beginning:?}");
    }
}

#[tokio::test]
async fn a_request_in_drops_is_cut_off() {
    let timeout = Duration::from_millis(200);
    let server = start_with(ServerConfig { header_read_timeout: timeout, ..config() }).await;
    let client = Client::connect(&server).await;
    let (mut reading, mut writing) = client.stream.into_split();
    let dripping = async {
        // Each drop comes in time; the request as a whole does not.
        while writing.write_all(b"X").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut answer = Vec::new();
    let ended = async { tokio::io::AsyncReadExt::read_to_end(&mut reading, &mut answer).await };
    soon(async {
        tokio::select! {
            () = dripping => {}
            _ = ended => {}
        }
    })
    .await;
}

#[tokio::test]
async fn a_resting_connection_is_closed() {
    let timeout = Duration::from_millis(200);
    let server = start_with(ServerConfig { header_read_timeout: timeout, ..config() }).await;
    let mut client = Client::connect(&server).await;
    assert_eq!(client.get("/", "").await.status, 404);
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn connections_beyond_the_limit_wait() {
    let server = start_with(ServerConfig { max_connections: 2, ..config() }).await;
    let (mut first, mut second) = (Client::connect(&server).await, Client::connect(&server).await);
    assert_eq!(first.get("/", "").await.status, 404);
    assert_eq!(second.get("/", "").await.status, 404);
    let mut third = Client::connect(&server).await;
    third.send("GET / HTTP/1.1\r\n\r\n").await;
    for _ in 0..50 {
        assert_eq!(first.get("/", "").await.status, 404);
    }
    assert!(third.stream.try_read(&mut [0]).is_err(), "no answer while both places are taken");
    drop(second);
    assert_eq!(third.reply().await.status, 404);
    assert_eq!(first.get("/", "").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_at_once() {
    let server = start().await;
    let image = image(200_000);
    let offer = server.publish(image.clone()).unwrap();
    let mut fetches = tokio::task::JoinSet::new();
    for _ in 0..300 {
        let (address, path) = (server.local_addr(), offer.path().to_owned());
        fetches.spawn(async move { Client::connect_to(address).await.get(&path, "").await.body });
    }
    for body in soon(fetches.join_all()).await {
        assert_bytes(&body, image.bytes());
    }
    until(&mut server.transfers(), |all| all.iter().all(|one| one.state == TransferState::Finished)).await;
}

/// The server of [`it_survives_without_file_descriptors`], in a process with few of them.
#[tokio::test]
#[ignore = "run by another test in a process of its own"]
async fn server_with_few_file_descriptors() {
    let server = start().await;
    println!("PORT {}", server.local_addr().port());
    std::future::pending::<()>().await;
}

#[cfg(unix)]
#[tokio::test]
async fn it_survives_without_file_descriptors() {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut child = tokio::process::Command::new("sh")
        .args([
            "-c",
            "ulimit -n 40; exec \"$0\" --ignored --exact --nocapture server_with_few_file_descriptors",
        ])
        .arg(std::env::current_exe().unwrap())
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = loop {
        let line = soon(lines.next_line()).await.unwrap().expect("the server says its port");
        // The test harness writes the name of the test into the same line.
        if let Some((_, port)) = line.split_once("PORT ") {
            break port.parse().unwrap();
        }
    };
    let address = (Ipv4Addr::LOCALHOST, port).into();
    let mut crowd = Vec::new();
    for _ in 0..100 {
        crowd.push(Client::connect_to(address).await);
    }
    // The first ones were accepted, the last ones cannot be yet.
    assert_eq!(crowd[0].get("/", "").await.status, 404);
    let mut last = crowd.pop().unwrap();
    last.send("GET / HTTP/1.1\r\n\r\n").await;
    assert!(last.stream.try_read(&mut [0]).is_err());
    crowd.clear();
    assert_eq!(last.reply().await.status, 404);
    child.kill().await.unwrap();
}

// Beginning and end.

#[tokio::test]
async fn a_port_in_use_is_explained() {
    let server = start().await;
    let address = server.local_addr();
    let error = FileServer::start(ServerConfig { port: address.port(), ..config() }).await.unwrap_err();
    assert!(matches!(error, ServerError::PortInUse(taken) if taken == address));
    assert_eq!(
        error.to_string(),
        format!(
            "{address} is already used by another program: choose another port with --port, or close that program"
        )
    );
}

#[tokio::test]
async fn a_foreign_address_is_explained() {
    let foreign = IpAddr::from([192, 0, 2, 1]);
    let error = FileServer::start(ServerConfig { address: foreign, ..config() }).await.unwrap_err();
    assert!(matches!(error, ServerError::NoSuchAddress(_)), "{error}");
    assert!(error.to_string().starts_with("this computer has no address 192.0.2.1:"));
}

#[tokio::test]
async fn the_unspecified_ipv6_address_serves_both() {
    let Ok(server) =
        FileServer::start(ServerConfig { address: Ipv6Addr::UNSPECIFIED.into(), ..config() }).await
    else {
        println!("SKIPPED: this machine has no IPv6");
        return;
    };
    let probe = server.probe().unwrap();
    let mut client = Client::connect_to((Ipv4Addr::LOCALHOST, server.local_addr().port()).into()).await;
    assert_eq!(client.get(probe.path(), "").await.status, 200);
    assert_eq!(soon(probe.reached()).await, client.stream.local_addr().unwrap(), "not ::ffff:127.0.0.1");
}

#[tokio::test]
async fn shutdown_lets_running_answers_end() {
    let server = start_with(ServerConfig { shutdown_grace: Duration::from_secs(30), ..config() }).await;
    let image = image(4 * MEBIBYTE);
    let offer = server.publish(image.clone()).unwrap();
    let address = server.local_addr();
    let mut resting = Client::connect(&server).await;
    assert_eq!(resting.get("/", "").await.status, 404);
    let mut client = Client::connect_small(&server).await;
    client.send(&format!("GET {} HTTP/1.1\r\n\r\n", offer.path())).await;
    client.reply_without_body().await;
    let mut log = server.transfers();
    let shutdown = tokio::spawn(server.shutdown());
    // When the resting connection is closed, the shutdown has begun.
    assert_eq!(resting.rest().await, b"");
    assert_bytes(&client.take(4 * MEBIBYTE).await, image.bytes());
    assert_eq!(client.rest().await, b"", "no further request on this connection");
    soon(shutdown).await.unwrap();
    assert_eq!(log.borrow_and_update().transfers[0].state, TransferState::Finished);
    // The port is free again.
    start_with(ServerConfig { port: address.port(), ..config() }).await;
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let grace = Duration::from_millis(200);
    let server = start_with(ServerConfig { shutdown_grace: grace, ..config() }).await;
    let offer = server.publish(image(16 * MEBIBYTE)).unwrap();
    let mut client = Client::connect(&server).await;
    client.send(&format!("GET {} HTTP/1.1\r\n\r\n", offer.path())).await;
    client.reply_without_body().await;
    let mut half_a_request = Client::connect(&server).await;
    half_a_request.send("GET / HT").await;
    let mut log = server.transfers();
    soon(server.shutdown()).await;
    let state = log.borrow_and_update().transfers[0].state;
    assert_eq!(state, TransferState::Aborted(AbortReason::ServerStopped));
    assert!(client.rest().await.len() < 16 * MEBIBYTE);
    assert_eq!(half_a_request.rest().await, b"");
}

#[tokio::test]
async fn dropping_the_server_closes_everything() {
    let server = start().await;
    let offer = server.publish(image(16 * MEBIBYTE)).unwrap();
    let mut client = Client::connect(&server).await;
    client.send(&format!("GET {} HTTP/1.1\r\n\r\n", offer.path())).await;
    client.reply_without_body().await;
    let mut resting = Client::connect(&server).await;
    assert_eq!(resting.get("/", "").await.status, 404);
    let mut log = server.transfers();
    drop(server);
    assert_eq!(resting.rest().await, b"");
    let ended = until(&mut log, |all| all.iter().all(is_over)).await;
    assert_eq!(ended[0].state, TransferState::Aborted(AbortReason::ServerStopped));
    assert!(client.rest().await.len() < 16 * MEBIBYTE);
}

#[test]
fn a_clone_of_an_image_shares_its_bytes() {
    let image = ServedImage::new(noise(1000, 1));
    assert_eq!(image.clone().bytes().as_ptr(), image.bytes().as_ptr());
}
