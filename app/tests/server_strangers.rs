//! The file server over real sockets, against those who mean harm: floods of connections, headers and ranges, and paths
//! that should lead elsewhere. What it answers to the well-meaning is in `server_http.rs`, its patience in
//! `server_limits.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod server_support;

use server_support::{Client, assert_bytes, get, image, start};

const MEBIBYTE: usize = 1024 * 1024;

/// What comes back for these bytes until the connection is closed.
async fn all_of(server: &skylift::server::FileServer, request: &str) -> String {
    let mut client = Client::connect(server).await;
    client.send(request).await;
    String::from_utf8_lossy(&client.rest().await).into_owned()
}

#[tokio::test]
async fn no_spelling_of_a_path_leads_elsewhere() {
    let server = start().await;
    let image = image(1000);
    let offer = server.publish(image.clone()).unwrap();
    let path = offer.path();
    let close = "Host: x\r\nConnection: close\r\n\r\n";
    for (target, status) in [
        (format!("{path}\0"), "400"),
        (format!("/\0{path}"), "400"),
        (format!("{path}\u{7f}"), "400"),
        (format!("{path} /etc/passwd"), "400"),
        (format!("\\..{path}"), "400"),
        (path[1..].to_owned(), "400"),
        (format!("{path}%"), "404"),
        (format!("{path}/../../../../etc/passwd"), "404"),
        (format!("/%2e%2e{path}"), "404"),
        (format!("/%252e%252e{path}"), "404"),
        (format!("//{path}"), "404"),
        (format!("{path}\\..\\"), "404"),
        ("file:///etc/passwd".to_owned(), "400"),
        (format!("/{}", "a".repeat(7000)), "404"),
        (format!("/{}", "../".repeat(2000)), "404"),
        (format!("{path}{}", "/.".repeat(3000)), "404"),
        (format!("/{}", "a".repeat(9000)), "431"),
    ] {
        let answer = all_of(&server, &format!("GET {target} HTTP/1.1\r\n{close}")).await;
        let begins = answer.get(..12).unwrap_or(&answer);
        assert_eq!(begins, format!("HTTP/1.1 {status}"), "{:.80}", target.escape_debug());
    }
    assert_bytes(&get(&server, path, "").await.body, image.bytes());
}

#[tokio::test]
async fn a_flood_of_headers_is_refused() {
    let server = start().await;
    let fields = |count: usize| (0..count).map(|n| format!("x{n}: y\r\n")).collect::<String>();
    assert_eq!(get(&server, "/", &fields(90)).await.status, 404, "as many as anybody sends");
    for flood in
        [fields(200), fields(10_000), "x\r\n".repeat(10_000), format!("x: {}\r\n", "y".repeat(1 << 20))]
    {
        let mut client = Client::connect(&server).await;
        // The server may close before all of it has gone.
        let request = format!("GET / HTTP/1.1\r\n{flood}\r\n");
        let _ = tokio::io::AsyncWriteExt::write_all(&mut client.stream, request.as_bytes()).await;
        let answer = String::from_utf8_lossy(&client.rest().await).into_owned();
        // A reset may eat the answer of who does not stop sending.
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        assert!(!answer.starts_with("HTTP/1.1 404"), "it was read to its end");
    }
    assert_eq!(get(&server, "/", "").await.status, 404);
}

#[tokio::test]
async fn many_ranges_cost_no_more_than_one() {
    let server = start().await;
    let image = image(MEBIBYTE);
    let offer = server.publish(image.clone()).unwrap();
    let mut client = Client::connect(&server).await;
    // Each would be nearly the whole image again.
    let bomb = (0..900).map(|n| format!("{n}-")).collect::<Vec<_>>().join(",");
    for ranges in [bomb, "0-".to_owned() + &",0-".repeat(2000), ",".repeat(7000), "-".repeat(7000)] {
        let reply = client.get(offer.path(), &format!("Range: bytes={ranges}\r\n")).await;
        assert_eq!((reply.status, reply.length()), (200, Some(MEBIBYTE)), "{ranges:.40}");
        assert_eq!(reply.header("content-range"), None);
    }
    let huge = "9".repeat(3000);
    let reply = client.get(offer.path(), &format!("Range: bytes={huge}-{huge}\r\n")).await;
    assert_eq!((reply.status, reply.header("content-range")), (416, Some("bytes */1048576")));
    let reply = client.get(offer.path(), &format!("Range: bytes=5-{huge}\r\n")).await;
    assert_eq!(reply.status, 206);
    assert_bytes(&reply.body, &image.bytes()[5..]);
}

#[cfg(target_os = "linux")]
mod crowds {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use server_support::{config, start_with};
    use skylift::server::ServerConfig;

    use super::*;

    fn limited() -> ServerConfig {
        ServerConfig { max_connections: 8, max_connections_per_address: 4, ..config() }
    }

    #[tokio::test]
    async fn one_address_does_not_take_all_places() {
        let server = start_with(limited()).await;
        let mut greedy = Vec::new();
        for _ in 0..4 {
            let mut one = Client::connect_from(&server, 2).await;
            assert_eq!(one.get("/", "").await.status, 404);
            greedy.push(one);
        }
        for _ in 0..20 {
            let mut more = Client::connect_from(&server, 2).await;
            assert_eq!(more.rest().await, b"", "closed without an answer");
        }
        let mut device = Client::connect(&server).await;
        assert_eq!(device.get("/", "").await.status, 404, "others are served");
        greedy.pop();
        // The server hears of it in its own time.
        let begun = std::time::Instant::now();
        loop {
            let mut again = Client::connect_from(&server, 2).await;
            let _ = tokio::io::AsyncWriteExt::write_all(&mut again.stream, b"GET / HTTP/1.1\r\n\r\n").await;
            let mut first = [0; 12];
            if tokio::io::AsyncReadExt::read_exact(&mut again.stream, &mut first).await.is_ok() {
                assert_eq!(&first, b"HTTP/1.1 404");
                break;
            }
            assert!(begun.elapsed().as_secs() < 60, "who closes one gets another");
        }
    }

    /// Connections without a request, as many as somebody can open, while a device fetches its image in pieces, each on
    /// a connection of its own.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_flood_of_connections_does_not_stop_a_download() {
        let server = Arc::new(start_with(limited()).await);
        let image = image(MEBIBYTE);
        let offer = server.publish(image.clone()).unwrap();
        let opened = Arc::new(AtomicUsize::new(0));
        let mut flood = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (server, opened) = (Arc::clone(&server), Arc::clone(&opened));
            flood.spawn(async move {
                loop {
                    let mut idle = Client::connect_from(&server, 2).await;
                    opened.fetch_add(1, Ordering::Relaxed);
                    idle.rest().await;
                }
            });
        }
        while opened.load(Ordering::Relaxed) < 64 {
            tokio::task::yield_now().await;
        }
        let before = opened.load(Ordering::Relaxed);
        let mut fetched = Vec::new();
        while fetched.len() < MEBIBYTE {
            let range = format!("Range: bytes={}-{}\r\n", fetched.len(), fetched.len() + 65_535);
            let mut device = Client::connect_small(&server).await;
            let reply = device.get(offer.path(), &range).await;
            assert_eq!(reply.status, 206);
            fetched.extend(reply.body);
        }
        assert_bytes(&fetched, image.bytes());
        assert!(opened.load(Ordering::Relaxed) > before, "they were at work all the time");
        flood.shutdown().await;
    }
}
