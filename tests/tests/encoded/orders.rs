//! Streams, their orders, and what the device says to them.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use skylift_encoder::{ChunkLog, encode, unwatched};
use skylift_simulator::Device;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_tests::devices::{demo, image};
use skylift_tests::raw::{end_of, order, request, status};
use skylift_tests::wait::until;

/// What every device here runs at first.
pub fn old() -> Vec<u8> {
    image("1.0.0", Behaviour::Healthy)
}

/// The next version, a twentieth of it new.
pub fn new() -> Vec<u8> {
    image("1.1.0", Behaviour::Healthy)
}

/// A version that differs from the old one by its name alone.
pub fn renamed() -> Vec<u8> {
    let old = demo("1.0.0", Behaviour::Healthy);
    DemoImage { version: "1.0.1".into(), ..old }.build().unwrap()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A stream in chunks of two to the power of `chunk_log` bytes; of `old` nothing for a compressed image.
pub fn stream(old: &[u8], new: &[u8], chunk_log: u8) -> Vec<u8> {
    encode(old, new, ChunkLog::new(chunk_log).unwrap(), &mut unwatched).unwrap()
}

/// Bytes of a stream before its payload.
pub fn payload_at(new: &[u8], chunk_log: u8) -> usize {
    88 + 8 * new.len().div_ceil(1 << chunk_log)
}

/// Where the chunks of a stream end in it.
pub fn chunk_ends(stream: &[u8], new: &[u8], chunk_log: u8) -> Vec<usize> {
    let payload = payload_at(new, chunk_log);
    let end = |entry: &[u8]| u32::from_le_bytes(entry[..4].try_into().unwrap()) as usize;
    stream[88..payload].chunks(8).map(|entry| payload + end(entry)).collect()
}

/// An order for `new` that comes as a compressed stream.
pub fn compressed(id: &str, new: &[u8], stream: &[u8], url: &str) -> Value {
    let mut order = order(id, new, url);
    order["encoding"] = "compressed".into();
    order["stream"] = json!({"size": stream.len(), "sha256": hex(&Sha256::digest(stream))});
    order
}

/// An order for `new` that comes as a delta against the image `old`.
pub fn delta(id: &str, old: &[u8], new: &[u8], stream: &[u8], url: &str) -> Value {
    let mut order = compressed(id, new, stream, url);
    order["encoding"] = "delta".into();
    order["base_image_sha256"] = hex(&old[old.len() - 32..]).into();
    order
}

/// The same order, for bytes that are pushed.
pub fn pushed(mut order: Value) -> Value {
    order.as_object_mut().unwrap().remove("url");
    order["push"] = true.into();
    order
}

pub fn give(device: &Device, order: &Value) -> (u16, Value) {
    let _ = status(device.address());
    request(device.address(), "POST", "/update", order).unwrap()
}

/// It is taken, and an encoded one tells nothing yet of where it goes on.
#[track_caller]
pub fn accepted(device: &Device, order: &Value) {
    let id = order["order_id"].as_str().unwrap();
    assert_eq!(give(device, order), (202, json!({"order_id": id, "resume_from": 0})));
}

pub fn validates(device: &Device, version: &str) {
    until("the new image has validated", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        (status["running"]["version"] == version && status["validation"]["state"] == "valid").then_some(())
    });
}

/// How an order ended: outcome and reason.
pub fn end(device: &Device, id: &str) -> (String, String) {
    let end = end_of(device.address(), id);
    assert!(!end["detail"].as_str().unwrap().is_empty(), "{end}");
    let word = |name: &str| end[name].as_str().unwrap_or_default().to_owned();
    (word("outcome"), word("reason"))
}

pub fn words(outcome: &str, reason: &str) -> (String, String) {
    (outcome.to_owned(), reason.to_owned())
}

/// The image it came with runs and boots, and the device is free.
#[track_caller]
pub fn old_image_stays(device: &Device) {
    let status = status(device.address());
    assert_eq!((&status["running"]["version"], &status["phase"]), (&json!("1.0.0"), &json!("idle")));
    assert_eq!((&status["boots_next"], &status["running"]["slot"]), (&json!(0), &json!(0)));
}
