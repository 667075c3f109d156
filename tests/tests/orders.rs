//! The device on its own: orders that make no sense, and hosts that serve something else than was ordered.
//!
//! The engine would not send most of these; somebody else on the network may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use serde_json::{Value, json};
use skylift_protocol::Chip;
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::{Behaviour, DemoImage, MarkerKind};
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};
use skylift_tests::devices::{demo, fresh, image};
use skylift_tests::raw::{RawHost, end_of, order, request, status};
use skylift_tests::wait::until;

fn give(device: &Device, order: &Value) -> (u16, Value) {
    let _ = status(device.address());
    request(device.address(), "POST", "/update", order).unwrap()
}

/// How an order for `ordered` ends when the host says `head` and `body`.
fn end_with(device: &Device, ordered: &[u8], host: &RawHost) -> (String, String) {
    let (code, answer) = give(device, &order("raw-1", ordered, &host.url()));
    assert_eq!(code, 202, "{answer}");
    let end = end_of(device.address(), "raw-1");
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (word(&end["outcome"]), word(&end["reason"]))
}

fn words(outcome: &str, reason: &str) -> (String, String) {
    (outcome.to_owned(), reason.to_owned())
}

fn other_slot_is_empty(device: &Device) {
    let status = status(device.address());
    assert_eq!(
        status["slots"][1],
        json!({"slot": 1, "offset": 0x1F_0000, "size": 0x1E_0000}),
        "nothing was written"
    );
    assert_eq!(status["running"]["version"], "1.0.0");
    assert_eq!(status["phase"], "idle");
    assert_eq!(device.flash_operations(), 0, "nothing was erased");
}

#[test]
fn what_the_head_gives_away_is_refused_before_anything_is_erased() {
    let wanted = demo("1.1.0", Behaviour::Healthy);
    let good = wanted.build().unwrap();
    let other = |change: fn(&mut DemoImage)| {
        let mut image = wanted.clone();
        change(&mut image);
        image.build().unwrap()
    };
    for (reason, served) in [
        ("not_an_image", vec![b'x'; good.len()]),
        ("wrong_chip", other(|image| image.chip = Chip::Esp32C6)),
        ("wrong_revision", other(|image| image.least_revision = 300)),
        ("mismatch", other(|image| image.project = "kettle".into())),
        ("unguarded", wanted.foreign().unwrap()),
    ] {
        let device = Device::start(fresh()).unwrap();
        let ordered = [&served[..], &good[..]].into_iter().find(|image| image[0] == 0xE9).unwrap().to_vec();
        let host = RawHost::serving(&served);
        assert_eq!(end_with(&device, &ordered, &host), words("refused", reason));
        other_slot_is_empty(&device);
    }
}

#[test]
fn a_chip_refuses_images_for_simulated_devices_whatever_the_order_allows() {
    let real = DemoImage { kind: MarkerKind::Real, ..demo("1.0.0", Behaviour::Healthy) };
    let factory = FactoryFlash::new(real.build().unwrap(), Provisioning::default());
    let config = DeviceConfig { simulated: false, flash: FlashSource::Factory(factory), ..fresh() };
    let device = Device::start(config).unwrap();
    let simulated = image("1.1.0", Behaviour::Healthy);
    let host = RawHost::serving(&simulated);
    let mut order = order("raw-1", &simulated, &host.url());
    order["allow_unguarded"] = true.into();
    order["allow_other_project"] = true.into();
    assert_eq!(give(&device, &order).0, 202);
    assert_eq!(end_of(device.address(), "raw-1")["reason"], "simulated");
    other_slot_is_empty(&device);
}

#[test]
fn hosts_that_do_not_deliver() {
    let new = image("1.1.0", Behaviour::Healthy);
    let len = new.len();
    let half = &new[..len / 2];
    for (reason, head, body) in [
        ("link_lost", format!("HTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n"), half),
        ("no_content_length", "HTTP/1.1 200 OK\r\n\r\n".into(), &new[..]),
        (
            "no_content_length",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".into(),
            b"5\r\nabcde\r\n",
        ),
        ("wrong_size", format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", len / 2), half),
        ("http_status", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(), b""),
        ("http_status", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n".into(), b""),
        ("withdrawn", "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n".into(), b""),
        ("http_status", "SSH-2.0-OpenSSH_9.9\r\n".into(), b""),
    ] {
        let device = Device::start(fresh()).unwrap();
        let host = RawHost::start(&head, body);
        assert_eq!(end_with(&device, &new, &host), words("failed", reason), "{head}");
        let status = status(device.address());
        assert_eq!((&status["running"]["version"], &status["phase"]), (&json!("1.0.0"), &json!("idle")));
    }
}

#[test]
fn nobody_listens() {
    let device = Device::start(fresh()).unwrap();
    let new = image("1.1.0", Behaviour::Healthy);
    let url = RawHost::serving(&new).url();
    // The host is gone by now.
    assert_eq!(give(&device, &order("raw-1", &new, &url)).0, 202);
    let end = end_of(device.address(), "raw-1");
    assert_eq!((&end["outcome"], &end["reason"]), (&json!("failed"), &json!("unreachable")));
    assert!(end["detail"].as_str().unwrap().starts_with("127.0.0.1:"), "{end}");
}

/// The image is swapped between order and download: it is as long, and a good image, but not the one.
#[test]
fn a_swapped_image_never_boots() {
    let device = Device::start(fresh()).unwrap();
    let ordered = image("1.1.0", Behaviour::Healthy);
    let swapped = image("1.6.6", Behaviour::Healthy);
    assert_eq!(ordered.len(), swapped.len());
    let host = RawHost::serving(&swapped);
    assert_eq!(end_with(&device, &ordered, &host), words("failed", "digest_mismatch"));
    assert_eq!(status(device.address())["boots_next"], 0);
    // Nothing of it is taken for a part of the right one.
    let host = RawHost::serving(&ordered);
    assert_eq!(give(&device, &order("raw-2", &ordered, &host.url())).1["resume_from"], 0);
    until("the ordered image runs", || {
        let status = status(device.address());
        (status["running"]["version"] == "1.1.0" && status["validation"]["state"] == "valid").then_some(())
    });
}

#[test]
fn orders_that_are_not_taken() {
    let device = Device::start(fresh()).unwrap();
    let new = image("1.1.0", Behaviour::Healthy);
    let good = order("raw-1", &new, "http://127.0.0.1:9/ota.bin");
    let changed = |field: &str, value: Value| {
        let mut order = good.clone();
        order[field] = value;
        order
    };
    let stream = json!({"size": 100, "sha256": "22".repeat(32)});
    let mut delta = changed("encoding", "delta".into());
    delta["stream"] = stream.clone();
    delta["base_image_sha256"] = good["image_sha256"].clone();
    let mut headless = good.clone();
    headless.as_object_mut().unwrap().remove("file_sha256");
    for (code, error, order) in [
        (400, "malformed", json!({})),
        (400, "malformed", headless),
        (400, "malformed", changed("file_sha256", "beef".into())),
        (400, "malformed", changed("size", (-1).into())),
        (400, "malformed", changed("size", 0.into())),
        (400, "malformed", changed("url", "https://127.0.0.1/ota.bin".into())),
        (400, "malformed", changed("url", "http://example.org/ota.bin".into())),
        (400, "malformed", changed("url", "http://127.0.0.1/a b".into())),
        (400, "malformed", changed("push", true.into())),
        (400, "malformed", changed("order_id", "../..".into())),
        (400, "malformed", changed("encoding", "morse".into())),
        (400, "malformed", changed("encoding", "compressed".into())),
        (400, "malformed", changed("stream", stream.clone())),
        (400, "malformed", changed("base_image_sha256", "11".repeat(32).into())),
        (412, "wrong_base", delta),
        (412, "wrong_chip", changed("chip", "esp32s3".into())),
        (412, "wrong_project", changed("project", "kettle".into())),
        (413, "too_large", changed("size", 0x1E_0001.into())),
    ] {
        let (status, answer) = give(&device, &order);
        assert_eq!((status, answer["error"].as_str().unwrap()), (code, error), "{order} -> {answer}");
    }
    other_slot_is_empty(&device);
}

#[test]
fn busy_pending_and_the_same_order_again() {
    let device = Device::start(DeviceConfig { faults: "rate=60000".parse().unwrap(), ..fresh() }).unwrap();
    let new = image("1.1.0", Behaviour::NeverValidates);
    let host = RawHost::serving(&new);
    let first = order("raw-1", &new, &host.url());
    assert_eq!(give(&device, &first).0, 202);
    assert_eq!(give(&device, &first).0, 202, "its answer may have got lost");
    let (code, answer) = give(&device, &order("raw-2", &new, &host.url()));
    assert_eq!((code, &answer["error"]), (409, &json!("busy")));
    for path in ["/reboot", "/rollback"] {
        let (code, answer) = request(device.address(), "POST", path, &json!({})).unwrap();
        assert_eq!((code, &answer["error"]), (409, &json!("busy")), "{path}");
    }
    until("the new image is on probation", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        (status["validation"]["state"] == "pending").then_some(())
    });
    let (code, answer) = give(&device, &order("raw-3", &new, &host.url()));
    assert_eq!((code, &answer["error"]), (409, &json!("pending_validation")));
    let (code, answer) = request(device.address(), "POST", "/reboot", &json!({})).unwrap();
    assert_eq!((code, &answer["error"]), (409, &json!("pending_validation")));
}
