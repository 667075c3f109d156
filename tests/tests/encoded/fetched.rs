//! What is fetched: the device decodes it, the slot holds the very file, and fewer bytes came.

use serde_json::{Value, json};
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::fresh;
use skylift_tests::programs::{has, run, stdout};
use skylift_tests::raw::{request, status};
use skylift_tests::wait::until;

use crate::host::FileHost;
use crate::orders::{accepted, compressed, delta, give, new, old, pushed, renamed, stream, validates};

/// Where the other slot of these devices lies.
const OTHER_SLOT: usize = 0x1F_0000;

fn slot_holds(device: Device, file: &[u8]) {
    let flash = device.stop().unwrap().into_bytes();
    assert!(&flash[OTHER_SLOT..OTHER_SLOT + file.len()] == file, "the slot holds the file");
}

#[test]
fn a_delta() {
    let device = Device::start(fresh()).unwrap();
    let told = status(device.address());
    assert_eq!(told["encodings"], json!(["compressed", "delta"]));
    let (old, new) = (old(), renamed());
    let stream = stream(&old, &new, 18);
    assert!(stream.len() < new.len() / 20, "{} bytes for {}", stream.len(), new.len());
    let host = FileHost::serving(&stream);
    accepted(&device, &delta("delta-1", &old, &new, &stream, &host.url()));
    validates(&device, "1.0.1");
    assert_eq!(host.asked(), vec![0..stream.len()]);
    slot_holds(device, &new);
}

#[test]
fn a_compressed_image() {
    let device = Device::start(fresh()).unwrap();
    let new = new();
    let stream = stream(&[], &new, 16);
    let host = FileHost::serving(&stream);
    accepted(&device, &compressed("full-1", &new, &stream, &host.url()));
    validates(&device, "1.1.0");
    assert_eq!(host.asked(), vec![0..stream.len()]);
    slot_holds(device, &new);
}

/// One update after the other, each against the one before.
#[test]
fn deltas_upon_deltas() {
    let device = Device::start(fresh()).unwrap();
    let steps = [old(), new(), renamed(), old()];
    for (number, pair) in steps.windows(2).enumerate() {
        let [from, to] = pair else { panic!() };
        let stream = stream(from, to, 18);
        let host = FileHost::serving(&stream);
        accepted(&device, &delta(&format!("delta-{number}"), from, to, &stream, &host.url()));
        validates(&device, ["1.1.0", "1.0.1", "1.0.0"][number]);
    }
}

/// Progress is of the file; what came and what the flash took are told beside it.
#[test]
fn progress_tells_what_came_and_how_long_the_flash_took() {
    let device = Device::start(DeviceConfig { faults: "slow-flash=50".parse().unwrap(), ..fresh() }).unwrap();
    let (old, new) = (old(), new());
    let stream = stream(&old, &new, 18);
    let host = FileHost::serving(&stream);
    accepted(&device, &delta("delta-1", &old, &new, &stream, &host.url()));
    let progress = until("half of it is written", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        Some(status["progress"].clone()).filter(|progress| progress["written"].as_u64() > Some(100_000))
    });
    let number = |name: &str| progress[name].as_u64().unwrap();
    assert_eq!(number("total"), new.len() as u64);
    assert!((1..=stream.len() as u64).contains(&number("fetched")), "{progress}");
    // Two blocks of 64 KiB at the least, at half of what a chip takes.
    assert!(number("flash_ms") >= 100, "{progress}");
    validates(&device, "1.1.0");
}

#[test]
fn curl_alone_gives_an_encoded_order() {
    if !has("curl") {
        return;
    }
    let device = Device::start(fresh()).unwrap();
    let (old, new) = (old(), new());
    let stream = stream(&old, &new, 18);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stream");
    std::fs::write(&file, &stream).unwrap();
    let _ = status(device.address());
    let curl = |path: &str, media: &str, arguments: &[&str]| -> Value {
        let (url, media) = (format!("http://{}{path}", device.address()), format!("Content-Type: {media}"));
        let fixed = ["--silent", "-H", &media, &url];
        serde_json::from_str(&stdout(&run("curl", &[&fixed[..], arguments].concat()))).unwrap()
    };
    let order = pushed(delta("curl-1", &old, &new, &stream, "")).to_string();
    assert_eq!(curl("/update", "application/json", &["--data", &order])["resume_from"], 0);
    let path = "/update/image?order_id=curl-1&from=0";
    let answer = curl(path, "application/octet-stream", &["-T", file.to_str().unwrap()]);
    assert_eq!(answer, json!({"order_id": "curl-1", "resume_from": stream.len()}));
    validates(&device, "1.1.0");
}

#[test]
fn a_device_that_does_not_decode_says_so() {
    let mut config = fresh();
    config.node.encodings.clear();
    let device = Device::start(config).unwrap();
    let (old, new) = (old(), new());
    let stream = stream(&old, &new, 18);
    assert_eq!(status(device.address())["encodings"], Value::Null);
    for order in [
        compressed("full-1", &new, &stream, "http://127.0.0.1:9/x"),
        delta("delta-1", &old, &new, &stream, "http://127.0.0.1:9/x"),
    ] {
        let (code, answer) = give(&device, &order);
        assert_eq!((code, &answer["error"]), (412, &json!("encoding")));
    }
}
