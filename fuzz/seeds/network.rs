//! What goes over the network: requests, answers of a simulated device, announcements, URLs and ranges.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use skylift_protocol::auth::{Body, Gate, PairingKey, SignedRequest};
use skylift_protocol::{PROTOCOL, bounded};
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};

use super::Seeds;

const ORDER: &str = concat!(
    r#"{"order_id":"7b2e-01","url":"http://192.168.1.5:8000/t/ota.bin","size":262144,"file_sha256":""#,
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    r#"","image_sha256":""#,
    "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100",
    r#"","project":"skylift-demo","chip":"esp32c3","encoding":"raw","confirm":"auto"}"#
);
const PROBE: &str = r#"{"urls":["http://192.168.1.5:8000/probe/0123456789abcdef"]}"#;
const RENAME: &str = r#"{"name":"K\u00fcche \"2\""}"#;
const WIFI: &str = r#"{"ssid":"den","password":"open sesame","reach":false}"#;

pub fn add(seeds: &mut Seeds<'_>) {
    for (kind, body) in [ORDER, "{}", PROBE, RENAME, WIFI].iter().enumerate() {
        seeds.add("api_bodies", &[kind as u8], body);
    }
    for (kind, body) in [
        (5, r#"{"phase":"downloading","progress":{"order_id":"7b2e-01","written":4096,"total":262144}}"#),
        (6, r#"{"error":"wrong_chip","detail":"the image is for another chip"}"#),
        (7, r#"{"order_id":"7b2e-01","resume_from":65536}"#),
        (8, r#"{"reached":[true,false]}"#),
        (9, r#"{"restarts":true}"#),
    ] {
        seeds.add("api_bodies", &[kind], body);
        seeds.add("events", &[3], format!(":\n\ndata: {body}\r\n\nretry: 5\n"));
    }
    answers_of_a_device(seeds);
    requests(seeds);
    replies(seeds);
    announcement(seeds);
    signatures(seeds);
    for url in ["http://192.168.1.5", "http://192.168.1.5:8000/t/ota.bin?a=b", "http://[fe80::1]:65535/x:y@z"]
    {
        seeds.add("url", &[], url);
    }
    for range in [
        "bytes=0-0",
        "bytes=2-",
        "bytes=-3",
        "Bytes= ,2-5 ,",
        "bytes=5-2",
        "bytes=0-1,4-5",
        "bytes=0-99999999999999999999",
    ] {
        seeds.add("range", &[10, 64, 0, 0, 0, 0, 0, 0, 0], range);
    }
}

fn answers_of_a_device(seeds: &mut Seeds<'_>) {
    let sensor = DemoImage { size: 4096, behaviour: Behaviour::Sensor, ..DemoImage::default() };
    let image = sensor.build().expect("an image");
    let provisioning = Provisioning { name: "bench".to_owned(), ..Provisioning::default() };
    let flash = FlashSource::Factory(FactoryFlash::new(image, provisioning));
    let device = Device::start(DeviceConfig::new(bounded("fuzz-seeds"), flash)).expect("a device");
    for (kind, path) in [(1, "/status"), (6, "/nothing")] {
        let mut socket = connect(device.address());
        write!(socket, "GET {path} HTTP/1.1\r\n\r\n").expect("a request");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        seeds.add("api_bodies", &[kind], body);
    }
}

/// A device that boots refuses connections.
fn connect(address: SocketAddr) -> TcpStream {
    let begun = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Ok(socket) => return socket,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(20), "no connection: {error}"),
        }
    }
}

fn requests(seeds: &mut Seeds<'_>) {
    for (path, body) in [("/o", ORDER), ("/p", PROBE), ("/r", RENAME), ("/w", WIFI), ("/v", "")] {
        let head = format!("POST {path}?a=b HTTP/1.1\r\nHost: lamp\r\nContent-Type: application/json\r\n");
        seeds.add("http_request", &[255], format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()));
        seeds.add(
            "http_request",
            &[9],
            format!("{head}Expect: 100-continue\r\nContent-Length: {}\r\n\r\n{body}", body.len()),
        );
    }
    for request in [
        "GET /s HTTP/1.1\r\nHost: 192.168.1.7\r\nAccept: */*\r\n\r\n",
        "HEAD /s HTTP/1.0\r\n\r\n",
        "GET /s HTTP/1.1\r\nOrigin: http://x\r\nSec-Fetch-Site: none\r\n\r\n",
        "PUT /i HTTP/1.1\r\nContent-Type: application/octet-stream\r\nContent-Length: 10\r\n\r\n0123456789",
        "POST /v HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n0\r\n\r\n",
        "DELETE /s HTTP/1.1\r\n\r\n",
    ] {
        seeds.add("http_request", &[20], request);
    }
}

fn replies(seeds: &mut Seeds<'_>) {
    for (choices, reply) in [
        ([255, 0, 10], "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"x\"\r\n\r\n0123456789"),
        (
            [3, 4, 6],
            "HTTP/1.1 206 Partial Content\r\ncontent-range: bytes 4-9/10\r\ncontent-length: 6\r\n\r\n456789",
        ),
        ([3, 4, 6], "HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\n0123456"),
        ([9, 0, 9], "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"),
        ([9, 0, 9], "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    ] {
        seeds.add("http_reply", &choices, reply);
    }
}

fn announcement(seeds: &mut Seeds<'_>) {
    let mut bytes = vec![80, 0, 192, 168, 1, 7];
    bytes.extend([0xfd; 16]);
    let proto = PROTOCOL.to_string();
    for text in ["sky-01", "sky-01", "lamp", "esp32c3", "1.2.0", &proto, "valid"] {
        bytes.push(text.len() as u8);
        bytes.extend(text.as_bytes());
    }
    bytes.extend([10, 0, 0, 1, 127, 0, 0, 1]);
    seeds.add("announcement", &[], bytes);
}

/// Of another key than the target's.
fn signatures(seeds: &mut Seeds<'_>) {
    let key = |byte: u8| PairingKey::try_from(&[byte; 32][..]).expect("a key");
    let challenge = Gate::new(key(2), [3; 32], 60_000).challenge(5_000);
    seeds.add("signed_request", &[2], challenge.to_string());
    let signed =
        SignedRequest::new(&key(2), &challenge.nonce, "POST", "/rename", Body::Whole(RENAME.as_bytes()));
    let signed = signed.expect("a signature");
    let mut values: Vec<&str> = signed.fields().map(|(_, value)| value).collect();
    // As the target names them: Signature-Input, Signature, Content-Digest.
    values.rotate_left(1);
    seeds.add("signed_request", &[0], values.join("\n"));
    for which in 0..6 {
        seeds.add("signed_request", &[1, which, 3, 1], "x");
        seeds.add("signed_request", &[1, which, 0, 0], " ");
    }
}
