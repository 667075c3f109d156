//! The laptop's own door: what somebody on the network gets out of its file server while it updates a device, and after.
//! The server alone is tried in `app/tests/server_http.rs`, `server_limits.rs` and `server_strangers.rs`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::devices::image;
use skylift_tests::host::{Host, sent_raw, short_times, words};
use skylift_tests::middle::{Middle, say};
use skylift_tests::paired::{Paired, Ring};

/// The status of what the server answers at this path, and its body.
fn get(server: SocketAddr, path: &str) -> (String, Vec<u8>) {
    let answer =
        say(server, format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes());
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (String::from_utf8_lossy(&answer[9..12]).into_owned(), answer[end + 4..].to_vec())
}

/// Where the order sends the device: the server, and the path on it.
fn of_url(order: &[u8]) -> (SocketAddr, String) {
    let body = order.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let order: Value = serde_json::from_slice(&order[body..]).unwrap();
    let url = order["url"].as_str().unwrap().strip_prefix("http://").unwrap();
    let (server, path) = url.split_once('/').unwrap();
    (server.parse().unwrap(), format!("/{path}"))
}

#[test]
fn there_is_one_path_and_it_goes_with_the_update() {
    let paired = Paired::start();
    let new = image("1.1.0", Behaviour::Healthy);
    let found = Arc::new(Mutex::new(None));
    let (shared, expected) = (Arc::clone(&found), new.clone());
    // Reads along, and looks around before the device gets the order.
    let middle = Middle::before(paired.address(), move |asked| {
        if asked.is("POST /update ") && shared.lock().unwrap().is_none() {
            let (server, path) = of_url(asked.bytes);
            let token = path.split('/').nth(1).unwrap();
            assert_eq!((token.len(), &*path), (32, &*format!("/{token}/ota.bin")));
            let guess = token.bytes().rev().map(char::from).collect::<String>();
            let nowhere = [
                "/".to_owned(),
                "/ota.bin".to_owned(),
                format!("/{token}"),
                format!("/{token}/"),
                format!("/{guess}/ota.bin"),
                format!("/{token}/../ota.bin"),
                format!("/{token}/%2e%2e/%2e%2e/etc/passwd"),
            ];
            let answers: Vec<_> = nowhere.iter().map(|path| (path.clone(), get(server, path).0)).collect();
            let whole = get(server, &path);
            let right = whole.0 == "200" && whole.1 == expected;
            *shared.lock().unwrap() = Some((server, path, answers, right));
        }
        asked.forward()
    });
    let host = Host::holding(Ring::of([(paired.id(), paired.key.clone())]), short_times());
    let job = host.begin_at(middle.address(), &new, sent_raw());
    assert_eq!(words(&host.verdict(job).verdict.unwrap()), ("validated", ""));
    let (server, path, answers, right) = found.lock().unwrap().take().unwrap();
    assert!(right, "who knows the token gets the image, while the update lasts");
    for (path, status) in answers {
        assert_eq!(status, "404", "{path}");
    }
    let (status, body) = get(server, &path);
    assert_eq!((&*status, &*body), ("410", &b"This image has been withdrawn.\n"[..]));
}
