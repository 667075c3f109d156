//! A paired device lets nobody in but its owner: every order, every way to forge one, over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "support/owner.rs"]
mod owner;

use std::io::{BufRead, BufReader, Write};
use std::sync::mpsc::Receiver;

use embassy_time::Duration as Ticks;
use owner::{Client, ID, NAME, PATIENCE, Reply, Signed, config, image, key, paired, signed_with, start};
use sha2::{Digest as _, Sha256};
use skylift_protocol::auth::{Body, Denied, Nonce};
use skylift_protocol::{Chip, Confirm, Digest, Encoding, Order, Pairing, bounded};
use skylift_simulator::{DeviceEvent, Happening};

/// All that a stranger is told: not one field more.
fn public(access: &str) -> String {
    format!(
        r#"{{"protocol":1,"id":"{ID}","name":"{NAME}","chip":"esp32c3","version":"1.0.0","state":"valid","access":"{access}"}}"#
    )
}

/// Everything but `/status`, with bodies that are what they should be, and one that is no JSON.
const CLOSED: [(&str, &str, &str); 14] = [
    ("GET", "/log", ""),
    ("HEAD", "/log", ""),
    ("GET", "/events", ""),
    ("POST", "/probe", r#"{"urls":[]}"#),
    ("POST", "/update", "{}"),
    ("POST", "/update/prepare", r#"{"size":65536}"#),
    ("POST", "/validate", "{}"),
    ("POST", "/rollback", "{}"),
    ("POST", "/reboot", "{}"),
    ("POST", "/identify", "{}"),
    ("POST", "/rename", r#"{"name":"stolen"}"#),
    ("POST", "/rename", "[[[[[[[[[[[[[[[["),
    ("POST", "/wifi", r#"{"ssid":"evil","password":"open sesame"}"#),
    ("PUT", "/update/image?order_id=a&from=0", "some bytes"),
];

fn unsigned(method: &str, target: &str, body: &str) -> String {
    let media = if method == "PUT" { "octet-stream" } else { "json" };
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("{method} {target} HTTP/1.1\r\nContent-Type: application/{media}\r\n{length}\r\n{body}")
}

/// Nothing was done: the image that was started first still runs, under its name, and nothing blinked.
#[track_caller]
fn nothing_happened(client: Client, heard: &Receiver<DeviceEvent>) {
    let status = client.own("GET", "/status", "");
    for same in [r#""boot_count":1,"#, r#""phase":"idle""#, &format!(r#""name":"{NAME}""#)] {
        assert!(status.body.contains(same), "{same}: {}", status.body);
    }
    let happened: Vec<_> = heard.try_iter().map(|event| event.what).collect();
    assert!(matches!(happened[..], [Happening::Runs { .. }]), "{happened:?}");
}

#[test]
fn a_stranger_is_told_what_mdns_shows_and_a_nonce() {
    let (device, _) = start(paired());
    let client = Client::of(&device);
    let told = client.get("/status");
    assert_eq!((told.status, told.body.as_str()), (200, &*public("paired")));
    assert_eq!(told.field("signature"), None);
    assert_eq!(told.challenge().key_id, key(7).id());
    assert_ne!(told.challenge().nonce, client.nonce());
    let head = client.say("HEAD /status HTTP/1.1\r\n\r\n");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.field("content-length"), told.field("content-length"));
    assert_eq!(head.challenge().key_id, key(7).id());
    let full = client.own("GET", "/status", "");
    assert!(
        full.body.contains(r#""access":"paired""#) && full.body.contains(r#""slots":["#),
        "{}",
        full.body
    );
    assert_eq!(client.own("HEAD", "/status", "").status, 200);
}

#[test]
fn nothing_else_goes_without_a_signature() {
    let (device, heard) = start(paired());
    let client = Client::of(&device);
    for (method, target, body) in CLOSED {
        let reply = client.say(unsigned(method, target, body));
        if method == "HEAD" {
            assert_eq!((reply.status, reply.body.as_str()), (401, ""));
        } else {
            reply.is_denied(Denied::Missing);
        }
    }
    nothing_happened(client, &heard);
}

/// Names the case if it goes wrong.
#[track_caller]
fn denied(client: Client, why: Denied, request: &Signed) {
    let reply = client.say(request.bytes());
    assert_eq!(reply.status, 401, "{why}: {reply:?}");
    reply.is_denied(why);
}

const RENAME: &str = r#"{"name":"stolen"}"#;

#[test]
fn each_way_to_forge_an_order_is_denied() {
    let (device, heard) = start(paired());
    let client = Client::of(&device);
    let rename = || client.signed("POST", "/rename", RENAME);
    denied(client, Denied::UnknownKey, &with(8, &client.nonce()));
    denied(client, Denied::Missing, &rename().but("\nsignature: ", "\nx-signature: "));
    denied(client, Denied::Malformed, &rename().but("signature: sig=:", "signature: sig=:A:B"));
    denied(
        client,
        Denied::Malformed,
        &rename().but("\nsignature: ", "\nsignature: sig=:AA==:\r\nsignature: "),
    );
    denied(client, Denied::Algorithm, &rename().but("hmac-sha256", "hmac-sha512"));
    denied(client, Denied::Incomplete, &rename().but(r#" "content-digest")"#, ")"));
    denied(client, Denied::Incomplete, &rename().but(r#""@method" "#, ""));
    denied(client, Denied::Incomplete, &rename().but("\ncontent-digest: ", "\nx: "));
    denied(
        client,
        Denied::NonceForeign,
        &with(7, &Nonce::parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap()),
    );
    denied(client, Denied::WrongSignature, &rename().but("keyid=", "created=1;keyid="));
    denied(client, Denied::WrongSignature, &rename().but("/rename HTTP", "/rename?a HTTP"));
    denied(client, Denied::WrongSignature, &rename().but("/rename HTTP", "/identify HTTP"));
    denied(client, Denied::WrongSignature, &client.signed("GET", "/status", "").but("/status", "/log"));
    denied(client, Denied::WrongSignature, &client.signed("HEAD", "/log", "").but("HEAD", "GET"));
    // The digest of the other body, and not: one is not what was signed, the other not what was sent.
    let swapped = Signed { body: RENAME.replace("stolen", "robbed").into_bytes(), ..rename() };
    denied(client, Denied::DigestMismatch, &swapped);
    let other = client.signed("POST", "/rename", &RENAME.replace("stolen", "robbed"));
    let digest = |request: &Signed| request.signature.fields().next().unwrap().1.to_owned();
    let mine = rename();
    let from = digest(&mine);
    denied(
        client,
        Denied::WrongSignature,
        &Signed { body: other.body.clone(), ..mine.but(&from, &digest(&other)) },
    );
    nothing_happened(client, &heard);
}

/// A rename with a signature of some key and nonce.
fn with(key_byte: u8, nonce: &Nonce) -> Signed {
    signed_with(&key(key_byte), nonce, "POST", "/rename", Body::Whole(RENAME.as_bytes()))
}

/// A wrong signature is not answered as if there was none: its sender would take itself for recognised.
#[test]
fn who_signs_in_vain_is_told_so_on_status_as_well() {
    let (device, _) = start(paired());
    let client = Client::of(&device);
    let status = signed_with(&key(8), &client.nonce(), "GET", "/status", Body::Whole(b""));
    denied(client, Denied::UnknownKey, &status);
}

#[test]
fn nothing_counts_twice() {
    let (device, heard) = start(paired());
    let client = Client::of(&device);
    let identify = client.signed("POST", "/identify", "{}");
    let first = client.say(identify.bytes());
    assert_eq!((first.status, first.check(&identify)), (200, Ok(())));
    for _ in 0..3 {
        denied(client, Denied::Replayed, &identify);
    }
    // Nor after many others.
    for _ in 0..70 {
        assert_eq!(client.own("GET", "/status", "").status, 200);
    }
    denied(client, Denied::Replayed, &identify);
    // Another request with the same nonce.
    let nonce = client.nonce();
    let again = || signed_with(&key(7), &nonce, "GET", "/status", Body::Whole(b""));
    assert_eq!(client.say(again().bytes()).status, 200);
    denied(client, Denied::Replayed, &again());
    let blinked = heard.try_iter().filter(|event| event.what == Happening::Identifies).count();
    assert_eq!(blinked, 1);
}

#[test]
fn a_nonce_lives_as_long_as_it_may_and_the_boot() {
    let mut config = paired();
    config.node.nonce_life = Ticks::from_millis(1);
    let (device, _) = start(config);
    let client = Client::of(&device);
    let status = client.signed("GET", "/status", "");
    std::thread::sleep(std::time::Duration::from_millis(20));
    denied(client, Denied::NonceExpired, &status);

    let (device, heard) = start(paired());
    let client = Client::of(&device);
    let before = client.signed("POST", "/identify", "{}");
    device.press_reset();
    let booted = |heard: &Receiver<DeviceEvent>| {
        while !matches!(heard.recv_timeout(PATIENCE).unwrap().what, Happening::Runs { .. }) {}
    };
    booted(&heard);
    booted(&heard);
    denied(client, Denied::NonceForeign, &before);
    assert_eq!(client.own("POST", "/identify", "{}").status, 200);
}

#[test]
fn answers_to_the_owner_are_signed_and_hand_out_the_next_nonce() {
    let (device, _) = start(paired());
    let client = Client::of(&device);
    let mut nonce = client.nonce();
    // Successes and errors alike.
    for (method, target, body, status) in [
        ("GET", "/status", "", 200),
        ("HEAD", "/status", "", 200),
        ("GET", "/log", "", 200),
        ("POST", "/validate", "{}", 409),
        ("POST", "/rename", "{", 400),
        ("POST", "/rollback", "{}", 409),
        ("POST", "/probe", r#"{"urls":[]}"#, 200),
        ("POST", "/rename", r#"{"name":"desk"}"#, 200),
    ] {
        let request = signed_with(&key(7), &nonce, method, target, Body::Whole(body.as_bytes()));
        let reply = client.say(request.bytes());
        assert_eq!((reply.status, reply.check(&request)), (status, Ok(())), "{target}: {reply:?}");
        let other = client.signed(method, target, body);
        assert_eq!(reply.check(&other), Err(Denied::WrongSignature), "it answers one request only");
        let forged = Reply {
            status: 202,
            ..Reply { fields: reply.fields.clone(), body: reply.body.clone(), ..reply }
        };
        assert_eq!(forged.check(&request), Err(Denied::WrongSignature));
        let forged = Reply { status, body: forged.body.clone() + " ", ..forged };
        assert_eq!(forged.check(&request), Err(Denied::DigestMismatch));
        nonce = forged.challenge().nonce;
    }
}

/// As the host orders it.
fn order(image: &[u8]) -> String {
    let order = Order {
        order_id: bounded("order-1"),
        url: None,
        push: true,
        size: image.len() as u32,
        file_sha256: Digest(Sha256::digest(image).into()),
        image_sha256: Digest(image[image.len() - 32..].try_into().unwrap()),
        project: bounded("skylift-demo"),
        chip: Chip::Esp32C3,
        encoding: Encoding::Raw,
        stream: None,
        base_image_sha256: None,
        confirm: Confirm::Auto,
        allow_unguarded: false,
        allow_other_project: false,
        trust: skylift_protocol::Signers::new(),
    };
    serde_json_core::to_string::<_, 1024>(&order).unwrap().as_str().to_owned()
}

const IMAGE: &str = "/update/image?order_id=order-1&from=0";

#[test]
fn an_image_is_taken_from_the_owner_only() {
    let (device, _) = start(paired());
    let client = Client::of(&device);
    let image = image("2.0.0");
    let length = image.len() as u64;
    assert_eq!(client.own("POST", "/update", &order(&image)).status, 202);
    let put = || signed_with(&key(7), &client.nonce(), "PUT", IMAGE, Body::Image(length));

    // Denied before a byte of the body was sent, though it waits for the go-ahead.
    let expects = format!(
        "PUT {IMAGE} HTTP/1.1\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n"
    );
    client.say(&expects).is_denied(Denied::Missing);
    let len = format!("Content-Length: {length}\r\n");
    denied(client, Denied::WrongSignature, &put().but("from=0", "from=1"));
    denied(client, Denied::WrongSignature, &put().but("order-1", "order-2"));
    denied(client, Denied::WrongSignature, &put().but(&len, &format!("Content-Length: {}\r\n", length - 1)));
    // A push is no order, and the other way round.
    let json = client.signed("POST", "/update", "{}").but("POST", "PUT").but("/update", IMAGE);
    denied(client, Denied::Incomplete, &json.but("application/json", "application/octet-stream"));

    let request = Signed { body: image, ..put() };
    let reply = client.say(request.bytes());
    assert_eq!((reply.status, reply.check(&request)), (202, Ok(())), "{reply:?}");
    let begun = std::time::Instant::now();
    loop {
        // While it restarts nobody answers, or nonces of before are given up.
        let request = client.signed("GET", "/status", "");
        let reply = client.try_say(&request.bytes());
        let told = reply.as_ref().map_or("", |reply| &reply.body);
        if told.contains(r#""version":"2.0.0""#) && told.contains(r#""outcome":"validated""#) {
            assert_eq!(reply.unwrap().check(&request), Ok(()));
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{told}");
    }
}

#[test]
fn the_owner_has_a_slot_erased_ahead() {
    let (device, _) = start(paired());
    let client = Client::of(&device);
    let reply = client.own("POST", "/update/prepare", r#"{"size":65536}"#);
    assert_eq!((reply.status, reply.body.as_str()), (202, r#"{"slot":1,"size":65536}"#));
    let begun = std::time::Instant::now();
    while !client.own("GET", "/status", "").body.contains(r#""prepared":{"slot":1,"bytes":65536}"#) {
        assert!(begun.elapsed() < PATIENCE);
    }
}

#[test]
fn events_are_for_the_owner() {
    let (device, _) = start(paired());
    let client = Client::of(&device);
    let request = client.signed("GET", "/events", "");
    let mut socket = client.connect();
    socket.write_all(&request.bytes()).unwrap();
    let mut reader = BufReader::new(socket);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let head = Reply::of(&head);
    assert_eq!((head.status, head.field("signature")), (200, None));
    let mut event = String::new();
    assert_ne!(reader.read_line(&mut event).unwrap(), 0);
    assert_eq!(event, "data: {\"phase\":\"idle\"}\n");
    // The nonce in its head is as good as any. There is one stream: to say so is an answer, and signed.
    let second = signed_with(&key(7), &head.challenge().nonce, "GET", "/events", Body::Whole(b""));
    let reply = client.say(second.bytes());
    assert_eq!((reply.status, reply.check(&second)), (503, Ok(())));
}

/// A web page that had its own name point to the device (DNS rebinding) reads nothing, on open devices too.
#[test]
fn it_answers_to_its_own_names_only() {
    for pairing in [Pairing::Open, Pairing::Paired(key(7))] {
        let (device, _) = start(config(pairing));
        let client = Client::of(&device);
        let asked_as =
            |host: &str| client.say(format!("GET /status HTTP/1.1\r\nHost: {host}\r\n\r\n")).status;
        let port = client.device.port();
        for own in ["esp-0042.local", "ESP-0042.Local.", "esp-0042", "lamp", "lamp.local", "192.0.2.1"] {
            assert_eq!((asked_as(own), asked_as(&format!("{own}:{port}"))), (200, 200), "{own}");
        }
        for other in ["evil.example", "esp-0042.evil.example", "esp-0043.local", ".local", "localhost"] {
            assert_eq!((asked_as(other), asked_as(&format!("{other}:{port}"))), (403, 403), "{other}");
        }
    }
}

#[test]
fn a_damaged_key_lets_nobody_in_and_is_told() {
    let (device, _) = start(config(Pairing::KeyDamaged));
    let client = Client::of(&device);
    let told = client.get("/status");
    assert_eq!((told.status, told.body.as_str()), (200, &*public("key_damaged")));
    assert_eq!(told.field("accept-signature"), None, "there is no key to sign with");
    for (method, target, body) in CLOSED.into_iter().filter(|(method, ..)| *method != "HEAD") {
        let reply = client.say(unsigned(method, target, body));
        assert_eq!(reply.status, 401, "{target}: {reply:?}");
        let detail = r#"{"error":"unauthorised","detail":"key_damaged: the device's own key is damaged"#;
        assert!(reply.body.starts_with(detail), "{}", reply.body);
    }
}
