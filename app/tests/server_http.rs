//! The file server over real sockets: what it answers, and to whom.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed unwrap is a failed test")]

mod server_support;

use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr};

use server_support::{Client, assert_bytes, config, get, image, soon, start, start_with, until};
use skylift::server::{AbortReason, ServedImage, ServerConfig, Transfer, TransferState};
use tokio::io::AsyncWriteExt;

const MEBIBYTE: usize = 1024 * 1024;

fn is_over(transfer: &Transfer) -> bool {
    transfer.state != TransferState::Running
}

// What is answered.

#[tokio::test]
async fn a_whole_image() {
    let server = start().await;
    let image = image(100_000);
    let offer = server.publish(image.clone()).unwrap();
    let reply = get(&server, offer.path(), "").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-length"), Some("100000"));
    assert_eq!(reply.header("content-type"), Some("application/octet-stream"));
    assert_eq!(reply.header("accept-ranges"), Some("bytes"));
    assert_eq!(reply.header("etag"), Some(format!("\"{}\"", image.file_sha256()).as_str()));
    assert_eq!(reply.header("content-range"), None);
    assert_eq!(reply.header("transfer-encoding"), None);
    assert_bytes(&reply.body, image.bytes());
}

#[tokio::test]
async fn the_etag_is_the_digest_of_the_file() {
    let server = start().await;
    let offer = server.publish_plain(ServedImage::new(&b"abc"[..])).unwrap();
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(offer.image().file_sha256().to_string(), digest);
    assert_eq!(get(&server, "/ota.bin", "").await.header("etag"), Some(format!("\"{digest}\"").as_str()));
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = start().await;
    let offer = server.publish(image(50_000)).unwrap();
    let mut client = Client::connect(&server).await;
    for path in [offer.path(), "/nothing"] {
        let with_body = client.get(path, "").await;
        let without = client.head(path, "").await;
        let fields = |head: &str| {
            head.lines().filter(|line| !line.starts_with("date:")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(fields(&without.head), fields(&with_body.head));
    }
    // Had HEAD sent a body, it would stand before this answer.
    assert_eq!(client.get("/nothing", "").await.status, 404);
}

#[tokio::test]
async fn single_ranges() {
    let server = start().await;
    let image = image(1000);
    let offer = server.publish(image.clone()).unwrap();
    let mut client = Client::connect(&server).await;
    let cases = [
        ("0-0", 0..1),
        ("0-999", 0..1000),
        ("0-", 0..1000),
        ("999-", 999..1000),
        ("100-299", 100..300),
        ("500-5000", 500..1000),
        ("-1", 999..1000),
        ("-1000", 0..1000),
        ("-5000", 0..1000),
    ];
    for (range, expected) in cases {
        let reply = client.get(offer.path(), &format!("Range: bytes={range}\r\n")).await;
        assert_eq!(reply.status, 206, "{range}");
        let content_range = format!("bytes {}-{}/1000", expected.start, expected.end - 1);
        assert_eq!(reply.header("content-range"), Some(content_range.as_str()), "{range}");
        assert_eq!(reply.length(), Some(expected.len()), "{range}");
        assert_eq!(reply.body, image.bytes()[expected], "{range}");
        assert!(reply.header("etag").is_some());
    }
}

#[tokio::test]
async fn ranges_beyond_the_end_are_unsatisfiable() {
    let server = start().await;
    let offer = server.publish(image(1000)).unwrap();
    let mut client = Client::connect(&server).await;
    for range in ["1000-", "1000-2000", "-0", "99999999999999999999999-"] {
        let reply = client.get(offer.path(), &format!("Range: bytes={range}\r\n")).await;
        assert_eq!((reply.status, reply.header("content-range")), (416, Some("bytes */1000")), "{range}");
        assert_eq!(reply.text(), "The image has 1000 bytes.\n");
    }
}

#[tokio::test]
async fn other_ranges_get_the_whole_image() {
    let server = start().await;
    let offer = server.publish(image(1000)).unwrap();
    let mut client = Client::connect(&server).await;
    for headers in [
        "Range: bytes=0-9,20-29\r\n",
        "Range: bytes=0-9\r\nRange: bytes=20-29\r\n",
        "Range: bytes=9-0\r\n",
        "Range: bytes=\r\n",
        "Range: pages=1-2\r\n",
        "Range: b\u{e9}tes=0-1\r\n",
    ] {
        let reply = client.get(offer.path(), headers).await;
        assert_eq!((reply.status, reply.body.len()), (200, 1000), "{headers}");
        assert_eq!(reply.header("content-range"), None, "{headers}");
    }
    let reply = client.head(offer.path(), "Range: bytes=0-9\r\n").await;
    assert_eq!((reply.status, reply.length()), (200, Some(1000)), "HEAD knows no ranges");
}

#[tokio::test]
async fn if_range_guards_a_resume_against_another_image() {
    let server = start().await;
    let image = image(1000);
    let offer = server.publish(image.clone()).unwrap();
    let mut client = Client::connect(&server).await;
    let digest = image.file_sha256();
    let reply = client.get(offer.path(), &format!("Range: bytes=10-\r\nIf-Range: \"{digest}\"\r\n")).await;
    assert_eq!((reply.status, &reply.body[..]), (206, &image.bytes()[10..]));
    for other in [format!("W/\"{digest}\""), "\"0\"".to_owned(), "Sun, 22 Nov 2026 10:00:00 GMT".to_owned()] {
        // Beyond the end too: a range that does not apply cannot be unsatisfiable.
        for range in ["10-", "5000-"] {
            let headers = format!("Range: bytes={range}\r\nIf-Range: {other}\r\n");
            let reply = client.get(offer.path(), &headers).await;
            assert_eq!((reply.status, reply.body.len()), (200, 1000), "{headers}");
        }
    }
}

#[tokio::test]
async fn a_client_that_has_the_image_is_told_so() {
    let server = start().await;
    let image = image(1000);
    let offer = server.publish(image.clone()).unwrap();
    let mut client = Client::connect(&server).await;
    let digest = image.file_sha256();
    for tags in [format!("\"{digest}\""), format!("W/\"{digest}\""), format!("\"0\", \"{digest}\"")] {
        let headers = format!("If-None-Match: {tags}\r\n");
        for reply in [client.get(offer.path(), &headers).await, client.head(offer.path(), &headers).await] {
            assert_eq!((reply.status, reply.length()), (304, None), "{tags}");
            assert!(reply.header("transfer-encoding").is_none());
            assert_eq!(reply.header("etag"), Some(format!("\"{digest}\"").as_str()));
        }
    }
    let reply = client.get(offer.path(), "If-None-Match: \"0\"\r\nRange: bytes=1-2\r\n").await;
    assert_eq!((reply.status, &reply.body[..]), (206, &image.bytes()[1..3]));
}

#[tokio::test]
async fn a_client_that_insists_on_another_image_gets_none() {
    let server = start().await;
    let image = image(1000);
    let offer = server.publish(image.clone()).unwrap();
    let mut client = Client::connect(&server).await;
    let reply = client.get(offer.path(), "If-Match: \"0\"\r\n").await;
    assert_eq!((reply.status, reply.text()), (412, "The image here is another one.\n"));
    let tag = format!("If-Match: \"{}\"\r\n", image.file_sha256());
    assert_eq!(client.get(offer.path(), &tag).await.status, 200);
}

#[tokio::test]
async fn an_empty_image() {
    let server = start().await;
    let offer = server.publish(image(0)).unwrap();
    let mut client = Client::connect(&server).await;
    let reply = client.get(offer.path(), "").await;
    assert_eq!((reply.status, reply.length()), (200, Some(0)));
    let reply = client.get(offer.path(), "Range: bytes=0-\r\n").await;
    assert_eq!((reply.status, reply.header("content-range")), (416, Some("bytes */0")));
    let log = until(&mut server.transfers(), |all| all.iter().all(is_over) && !all.is_empty()).await;
    assert_eq!((log[0].state, log[0].length), (TransferState::Finished, 0));
}

#[tokio::test]
async fn other_methods_are_not_allowed_anywhere() {
    let server = start().await;
    let offer = server.publish(image(1000)).unwrap();
    for path in [offer.path(), "/nothing", "/"] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get"] {
            let mut client = Client::connect(&server).await;
            client
                .send(&format!("{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc"))
                .await;
            let reply = client.reply().await;
            assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD")), "{method} {path}");
            assert_eq!(reply.text(), "Only GET and HEAD are answered here.\n");
            assert_eq!(client.get("/nothing", "").await.status, 404, "the connection is still in step");
        }
    }
    for request in ["OPTIONS * HTTP/1.1\r\n\r\n", "CONNECT test:80 HTTP/1.1\r\n\r\n"] {
        let mut client = Client::connect(&server).await;
        client.send(request).await;
        assert_eq!(client.reply().await.status, 405, "{request}");
    }
}

#[tokio::test]
async fn an_unknown_path_says_nothing_about_others() {
    let server = start().await;
    let _offer = server.publish(image(1000)).unwrap();
    let _probe = server.probe().unwrap();
    for path in ["/", "/index.html", "/ota.bin", "/probe", "/probe/", "/favicon.ico", "/.git/config"] {
        let reply = get(&server, path, "").await;
        assert_eq!((reply.status, reply.text()), (404, "There is nothing here.\n"), "{path}");
        assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    }
}

#[tokio::test]
async fn tricks_with_the_path_lead_nowhere_else() {
    let server = start().await;
    let image = image(1000);
    let offer = server.publish(image.clone()).unwrap();
    let _plain = server.publish_plain(image.clone()).unwrap();
    let token = offer.path().strip_suffix("/ota.bin").unwrap();
    let nowhere = [
        format!("/{}", offer.path()),
        format!("{token}//ota.bin"),
        format!("{token}/./ota.bin"),
        format!("{token}/../ota.bin"),
        format!("{token}/ota.bin/"),
        format!("{token}/ota.bin/.."),
        format!("{token}/ota%2Ebin"),
        format!("{token}%2Fota.bin"),
        format!("{token}/OTA.BIN"),
        format!("{token}/ota.bin%00"),
        format!("{token}/ota.bin;x"),
        format!("{token}/"),
        token.to_owned(),
        token.to_uppercase() + "/ota.bin",
        format!("{}/ota.bin", &token[..32]),
        format!("{token}0/ota.bin"),
        "//ota.bin".to_owned(),
        "/./ota.bin".to_owned(),
        "/../ota.bin".to_owned(),
        "/%2e%2e/ota.bin".to_owned(),
        "/ota.bin/".to_owned(),
        "/../../../../etc/passwd".to_owned(),
        "/..%2f..%2fetc/passwd".to_owned(),
        format!("/probe{token}"),
    ];
    for path in nowhere {
        // A token without letters is the same in upper case.
        if path != offer.path() {
            assert_eq!(get(&server, &path, "").await.status, 404, "{path}");
        }
    }
    let same = [
        format!("{}?x=1", offer.path()),
        format!("{}?/../ota.bin", offer.path()),
        format!("http://elsewhere{}", offer.path()),
        format!("http://user@elsewhere:1{}?x", offer.path()),
        "/ota.bin?v=2".to_owned(),
        "https://elsewhere/ota.bin".to_owned(),
    ];
    for path in same {
        let reply = get(&server, &path, "").await;
        assert_eq!((reply.status, &reply.body), (200, &image.bytes().to_vec()), "{path}");
    }
}

// Junk on the wire.

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = start().await;
    let image = image(300_000);
    let offer = server.publish(image.clone()).unwrap();
    let mut client = Client::connect(&server).await;
    let path = offer.path();
    client
        .send(&format!(
            "GET {path} HTTP/1.1\r\n\r\nHEAD {path} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n\
             GET {path} HTTP/1.1\r\nRange: bytes=7-9\r\n\r\n"
        ))
        .await;
    assert_bytes(&client.reply().await.body, image.bytes());
    assert_eq!(client.reply_without_body().await.length(), Some(300_000));
    assert_eq!(client.reply().await.status, 404);
    assert_eq!(client.reply().await.body, image.bytes()[7..10]);
}

#[tokio::test]
async fn junk_after_a_request_does_not_spoil_its_answer() {
    let server = start().await;
    let image = image(300_000);
    let offer = server.publish(image.clone()).unwrap();
    let mut client = Client::connect(&server).await;
    client.send(&format!("GET {} HTTP/1.1\r\n\r\n\u{1}\u{2}junk junk junk\r\n\r\n", offer.path())).await;
    assert_bytes(&client.reply().await.body, image.bytes());
    assert_eq!(client.reply().await.status, 400);
    assert_eq!(client.rest().await, b"");
}

#[tokio::test]
async fn junk_alone_is_refused() {
    let server = start().await;
    for junk in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /ota.bin HTTP/1.1\r\nbroken header\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\r\n\r\n",
    ] {
        let mut client = Client::connect(&server).await;
        client.send(junk).await;
        let answer = client.rest().await;
        assert!(answer.starts_with(b"HTTP/1.1 400"), "{junk:?}: {}", String::from_utf8_lossy(&answer));
    }
    assert_eq!(get(&server, "/", "").await.status, 404);
}

#[tokio::test]
async fn headers_have_a_limit() {
    let server = start().await;
    let mut client = Client::connect(&server).await;
    let room = 8 * 1024 - 100;
    assert_eq!(client.get("/", &format!("X: {}\r\n", "x".repeat(room))).await.status, 404);
    let mut client = Client::connect(&server).await;
    client.send(&format!("GET / HTTP/1.1\r\nX: {}\r\n", "x".repeat(8 * 1024))).await;
    let answer = client.rest().await;
    assert!(answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_client_may_close_its_sending_side() {
    let server = start().await;
    let image = image(MEBIBYTE);
    let offer = server.publish(image.clone()).unwrap();
    let mut client = Client::connect(&server).await;
    client.send(&format!("GET {} HTTP/1.0\r\n\r\n", offer.path())).await;
    client.stream.shutdown().await.unwrap();
    assert_bytes(&client.reply().await.body, image.bytes());
    assert_eq!(client.rest().await, b"");
}

// Offers and nonces.

#[tokio::test]
async fn paths_cannot_be_guessed() {
    let server = start().await;
    let image = image(10);
    let offers: Vec<_> = (0..100).map(|_| server.publish(image.clone()).unwrap()).collect();
    let paths: HashSet<_> = offers.iter().map(|offer| offer.path().to_owned()).collect();
    assert_eq!(paths.len(), 100);
    for path in paths {
        let token = path.strip_prefix('/').unwrap().strip_suffix("/ota.bin").unwrap();
        assert_eq!(token.len(), 32);
        assert!(token.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')));
    }
    assert!(!format!("{:?}", offers[0]).contains(offers[0].path()), "the secret stays out of logs");
}

#[tokio::test]
async fn urls_name_address_and_port() {
    let server = start().await;
    let port = server.local_addr().port();
    let offer = server.publish(image(10)).unwrap();
    let probe = server.probe().unwrap();
    assert_eq!(
        offer.url(IpAddr::from([192, 168, 1, 2])),
        format!("http://192.168.1.2:{port}{}", offer.path())
    );
    assert_eq!(offer.url(Ipv6Addr::LOCALHOST.into()), format!("http://[::1]:{port}{}", offer.path()));
    assert_eq!(offer.url_via("10.0.0.1:81".parse().unwrap()), format!("http://10.0.0.1:81{}", offer.path()));
    assert_eq!(
        probe.url(IpAddr::from([192, 168, 1, 2])),
        format!("http://192.168.1.2:{port}/probe/{}", probe.nonce())
    );
}

#[tokio::test]
async fn a_withdrawn_offer_is_gone() {
    let server = start().await;
    let kept = server.publish(image(10)).unwrap();
    let offer = server.publish(image(10)).unwrap();
    let path = offer.path().to_owned();
    offer.withdraw();
    let reply = get(&server, &path, "").await;
    assert_eq!((reply.status, reply.text()), (410, "This image has been withdrawn.\n"));
    assert_eq!(get(&server, kept.path(), "").await.status, 200);
}

#[tokio::test]
async fn withdrawn_offers_are_remembered_up_to_a_limit() {
    let server = start_with(ServerConfig { remembered_withdrawals: 2, ..config() }).await;
    let paths: Vec<_> =
        (0..3).map(|_| server.publish(image(10)).map(|offer| offer.path().to_owned()).unwrap()).collect();
    let mut statuses = Vec::new();
    for path in &paths {
        statuses.push(get(&server, path, "").await.status);
    }
    assert_eq!(statuses, [404, 410, 410]);
}

#[tokio::test]
async fn withdrawing_stops_a_transfer_that_is_stuck() {
    let server = start().await;
    let offer = server.publish(image(16 * MEBIBYTE)).unwrap();
    let other = server.publish(image(MEBIBYTE)).unwrap();
    let mut stuck = Client::connect(&server).await;
    stuck.send(&format!("GET {} HTTP/1.1\r\n\r\n", offer.path())).await;
    let length = stuck.reply_without_body().await.length().unwrap();
    stuck.take(MEBIBYTE).await;
    let mut unconcerned = Client::connect_small(&server).await;
    unconcerned.send(&format!("GET {} HTTP/1.1\r\n\r\n", other.path())).await;

    let (id, mut log) = (offer.id(), server.transfers());
    until(&mut log, |all| all.iter().any(|one| one.offer == id && one.sent > 0)).await;
    offer.withdraw();
    // The client reads nothing meanwhile, so that only the withdrawal can have ended it.
    let all = until(&mut log, |all| all.iter().any(|one| one.offer == id && is_over(one))).await;
    let ended = all.iter().find(|one| one.offer == id).unwrap();
    assert_eq!(ended.state, TransferState::Aborted(AbortReason::Withdrawn));
    assert!(stuck.rest().await.len() < length - MEBIBYTE);
    assert_eq!(unconcerned.reply().await.body.len(), MEBIBYTE);
}

#[tokio::test]
async fn plain_serving_has_one_image_at_a_time() {
    let server = start().await;
    let (first, second) = (image(1000), image(2000));
    assert_eq!(get(&server, "/ota.bin", "").await.status, 404);
    let offer = server.publish_plain(first.clone()).unwrap();
    let error = server.publish_plain(second.clone()).unwrap_err();
    assert_eq!(error.to_string(), "an image is served at /ota.bin already: stop that first");
    assert_bytes(&get(&server, "/ota.bin", "").await.body, first.bytes());
    drop(offer);
    assert_eq!(get(&server, "/ota.bin", "").await.status, 404);
    let _offer = server.publish_plain(second.clone()).unwrap();
    assert_bytes(&get(&server, "/ota.bin", "").await.body, second.bytes());
}

#[tokio::test]
async fn a_nonce_tells_that_a_device_came() {
    let server = start().await;
    let probe = server.probe().unwrap();
    let unused = server.probe().unwrap();
    let mut client = Client::connect(&server).await;
    assert_eq!(client.head(probe.path(), "").await.status, 200);
    assert!(!probe.was_reached(), "HEAD carries no nonce");
    let path = probe.path().to_owned();
    let (reply, peer) = tokio::join!(client.get(&path, ""), soon(probe.reached()));
    assert_eq!((reply.status, reply.text()), (200, probe.nonce()));
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
    let own_address = client.stream.local_addr().unwrap();
    assert_eq!(peer, own_address);
    assert!(probe.was_reached() && !unused.was_reached());

    // Later visitors change nothing, and asking again needs no waiting.
    get(&server, probe.path(), "").await;
    assert_eq!(soon(probe.reached()).await, own_address);
    drop(probe);
    assert_eq!(client.get(&path, "").await.status, 404);
}

#[tokio::test]
async fn offers_may_outlive_the_server() {
    let server = start().await;
    let offer = server.publish(image(10)).unwrap();
    let probe = server.probe().unwrap();
    server.shutdown().await;
    drop((offer, probe));
}
