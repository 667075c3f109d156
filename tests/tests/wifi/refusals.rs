//! Changes that are not taken, and what is not taken during one.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};
use skylift::engine::{Step, UpdateOptions};
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::{fresh, image};
use skylift_tests::host::Host;
use skylift_tests::raw::{order, request, status};
use skylift_tests::wait::{PATIENCE, until};
use skylift_tests::wifi::*;

fn refused(device: &Device, body: &Value, status: u16, error: &str) {
    let (code, answer) = request(device.address(), "POST", "/wifi", body).unwrap();
    assert_eq!((code, &answer["error"]), (status, &json!(error)), "{body}: {answer}");
    let told = answer["detail"].as_str().unwrap();
    assert!(!told.is_empty() && !told.contains("sesame"), "{told}");
}

#[test]
fn what_is_no_network() {
    let device = Device::start(in_air(fresh(), &air())).unwrap();
    on(&device, "den");
    for body in [
        json!({}),
        json!({"ssid": "attic"}),
        json!({"password": ATTIC}),
        json!({"ssid": "", "password": ATTIC}),
        json!({"ssid": "x".repeat(33), "password": ATTIC}),
        json!({"ssid": "at\u{0}tic", "password": ATTIC}),
        json!({"ssid": "attic", "password": "7 bytes"}),
        json!({"ssid": "attic", "password": "open sesame\n"}),
        json!({"ssid": "attic", "password": format!("open sesame {}", "x".repeat(52))}),
        json!({"ssid": "attic", "password": "x".repeat(65)}),
        json!({"ssid": ["attic"], "password": ATTIC}),
        json!({"ssid": "attic", "password": null}),
        json!({"ssid": "attic", "password": ATTIC, "reach": "maybe"}),
        json!([[[[[[[[[["attic"]]]]]]]]]]),
    ] {
        refused(&device, &body, 400, "malformed");
    }
    refused(&device, &json!({"ssid": "attic", "password": "x".repeat(4000)}), 413, "too_large");
    assert_eq!(status(device.address())["wifi"], json!({"ssid": "den", "trial_s": 24}));
    assert_eq!(request(device.address(), "GET", "/wifi", &Value::Null).unwrap().0, 405);
}

/// Escapes take six bytes each: the longest network is taken whatever it is written like.
#[test]
fn the_longest_network_is_one() {
    let device = Device::start(hasty(in_air(fresh(), &air()))).unwrap();
    on(&device, "den");
    let escaped = |text: &str| text.bytes().map(|byte| format!("\\u{byte:04x}")).collect::<String>();
    let (ssid, password) = ("a".repeat(32), "b".repeat(63));
    let body = format!(r#"{{"ssid":"{}","password":"{}"}}"#, escaped(&ssid), escaped(&password));
    let mut stream = TcpStream::connect(device.address()).unwrap();
    write!(
        stream,
        "POST /wifi HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert_eq!(end_of_move(&device)["change"], json!({"ssid": ssid, "outcome": "not_found"}));
}

#[test]
fn a_device_without_wifi() {
    let device = Device::start(fresh()).unwrap();
    assert_eq!(status(device.address()).get("wifi"), None);
    refused(&device, &change("attic", ATTIC), 409, "no_wifi");
}

#[test]
fn during_an_update_and_during_probation() {
    let config = in_air(fresh(), &air());
    let device = Device::start(DeviceConfig { faults: "rate=100000".parse().unwrap(), ..config }).unwrap();
    let host = Host::default();
    on(&device, "den");
    let options = UpdateOptions { confirm: skylift_protocol::Confirm::Manual, ..UpdateOptions::default() };
    let job = host.begin(&device, &image("1.1.0", Behaviour::Healthy), options);
    host.await_step(job, Step::Downloading);
    refused(&device, &change("attic", ATTIC), 409, "busy");
    until("the new image is on probation", || {
        let status = request(device.address(), "GET", "/status", &Value::Null)?.1;
        (status["phase"] == "pending_validation").then_some(())
    });
    refused(&device, &change("attic", ATTIC), 409, "pending_validation");
}

/// Orders a move; the device has answered, and waits for the connection to be closed.
fn ordered(device: &Device, ssid: &str) -> TcpStream {
    let mut stream = TcpStream::connect(device.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let body = change(ssid, ATTIC).to_string();
    let head = "POST /wifi HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length";
    write!(stream, "{head}: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 202");
    stream
}

/// Between its answer and its leave, while who ordered the move has not hung up, the device takes nothing else.
#[test]
fn during_a_move() {
    let mut config = in_air(fresh(), &air());
    config.node.http.linger_time = embassy_time::Duration::from_secs(60);
    let device = Device::start(config).unwrap();
    on(&device, "den");
    let _open = ordered(&device, "attic");
    assert_eq!(status(device.address())["wifi"]["change"]["outcome"], "trying");
    refused(&device, &change("guests", ""), 409, "busy");
    let busy = |path: &str, body: &Value| {
        let (code, answer) = request(device.address(), "POST", path, body).unwrap();
        assert_eq!((code, &answer["error"]), (409, &json!("busy")), "{path}: {answer}");
    };
    let image = image("1.1.0", Behaviour::Healthy);
    busy("/update", &order("o-1", &image, "http://127.0.0.1:9/ota.bin"));
    busy("/reboot", &json!({}));
    busy("/rollback", &json!({}));
    busy("/rename", &json!({"name": "lamp"}));
    // The same order once more is the same move: its answer may have been lost. Now the device goes.
    let (code, _) = request(device.address(), "POST", "/wifi", &change("attic", ATTIC)).unwrap();
    assert_eq!(code, 202);
    assert_eq!(end_of_move(&device)["change"], json!({"ssid": "attic", "outcome": "joined"}));
}

/// The network goes away before the answer is through: the order stands all the same, and nothing is stuck.
#[test]
fn an_answer_that_is_cut_off() {
    let air = air();
    let mut config = in_air(fresh(), &air);
    config.node.http.linger_time = embassy_time::Duration::from_secs(60);
    let device = Device::start(config).unwrap();
    on(&device, "den");
    let _open = ordered(&device, "attic");
    air.switch_off("den");
    assert_eq!(end_of_move(&device)["change"], json!({"ssid": "attic", "outcome": "joined"}));
}
