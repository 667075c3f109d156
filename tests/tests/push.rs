//! Push: the host sends the bytes of an accepted order, over as many connections as it takes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use skylift::engine::{Happening, JobId, Step, UpdateOptions, Verdict};
use skylift_protocol::Reason;
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::{fresh, image};
use skylift_tests::host::{Host, sent_raw, words};
use skylift_tests::programs::{has, run, stdout};
use skylift_tests::raw::{end_of, order, request, status};
use skylift_tests::wait::until;

fn push_order(id: &str, image: &[u8]) -> Value {
    let mut order = order(id, image, "");
    order.as_object_mut().unwrap().remove("url");
    order["push"] = true.into();
    order
}

fn give(device: &Device, order: &Value) -> (u16, Value) {
    let _ = status(device.address());
    request(device.address(), "POST", "/update", order).unwrap()
}

/// A push of `bytes` that claims to have `length` bytes; its status and JSON.
fn put(device: SocketAddr, id: &str, from: usize, length: usize, bytes: &[u8]) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(device).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
    let head = format!(
        "PUT /update/image?order_id={id}&from={from} HTTP/1.1\r\nHost: {device}\r\n\
         Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    // A device that refuses hangs up in the middle of it.
    let _ = stream.write_all(bytes);
    if bytes.len() < length {
        stream.shutdown(Shutdown::Write).ok()?;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()?))
}

fn validates(device: &Device, version: &str) {
    until("the new image has validated", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        (status["running"]["version"] == version && status["validation"]["state"] == "valid").then_some(())
    });
}

#[test]
fn with_curl() {
    if !has("curl") {
        return;
    }
    let device = Device::start(fresh()).unwrap();
    let new = image("1.1.0", Behaviour::Healthy);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ota.bin");
    std::fs::write(&file, &new).unwrap();
    assert_eq!(
        give(&device, &push_order("push-1", &new)),
        (202, json!({"order_id": "push-1", "resume_from": 0}))
    );
    let url = format!("http://{}/update/image?order_id=push-1&from=0", device.address());
    let arguments =
        ["--silent", "-H", "Content-Type: application/octet-stream", "-T", file.to_str().unwrap(), &url];
    let answer: Value = serde_json::from_str(&stdout(&run("curl", &arguments))).unwrap();
    assert_eq!(answer, json!({"order_id": "push-1", "resume_from": new.len()}));
    validates(&device, "1.1.0");
}

#[test]
fn a_push_that_breaks_goes_on_where_it_stopped() {
    let device = Device::start(fresh()).unwrap();
    let new = image("1.1.0", Behaviour::Healthy);
    let order = push_order("push-1", &new);
    assert_eq!(give(&device, &order).0, 202);
    let half = new.len() / 2;
    let (code, answer) = put(device.address(), "push-1", 0, new.len(), &new[..half]).unwrap();
    assert_eq!((code, &answer["error"]), (400, &json!("bad_request")));
    // The same order again tells from where to go on; nothing comes twice.
    let (_, accepted) = give(&device, &order);
    assert_eq!(accepted["resume_from"], half);
    let (code, answer) = put(device.address(), "push-1", 0, new.len(), &new).unwrap();
    assert_eq!((code, &answer["error"]), (412, &json!("mismatch")), "from another byte than is wanted");
    let rest = &new[half..];
    assert_eq!(put(device.address(), "push-1", half, rest.len(), rest).unwrap().0, 202);
    validates(&device, "1.1.0");
}

#[test]
fn a_power_cut_costs_at_most_a_block() {
    let device = Device::start(fresh()).unwrap();
    let new = image("1.1.0", Behaviour::Healthy);
    assert_eq!(give(&device, &push_order("push-1", &new)).0, 202);
    let sent = 150 << 10;
    put(device.address(), "push-1", 0, new.len(), &new[..sent]).unwrap();
    device.cut_power();
    until("the device has restarted", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        (status["reset_reason"] == "power_on" && status["phase"] == "idle" && status["resume"].is_object())
            .then_some(())
    });
    let (_, accepted) = give(&device, &push_order("push-2", &new));
    let from = usize::try_from(accepted["resume_from"].as_u64().unwrap()).unwrap();
    assert!(from + 65_536 > sent - 8192 && from <= sent, "resumes at {from} of {sent}");
    let rest = &new[from..];
    assert_eq!(put(device.address(), "push-2", from, rest.len(), rest).unwrap().0, 202);
    validates(&device, "1.1.0");
}

#[test]
fn what_is_not_taken() {
    let mut config = fresh();
    config.node.download.push_wait = embassy_time::Duration::from_millis(300);
    let device = Device::start(DeviceConfig { ..config }).unwrap();
    let new = image("1.1.0", Behaviour::Healthy);
    let _ = status(device.address());
    let code = |id: &str, from, bytes: &[u8]| put(device.address(), id, from, bytes.len(), bytes).unwrap().0;
    assert_eq!(code("push-1", 0, &new), 404, "nothing was ordered");

    assert_eq!(give(&device, &push_order("push-1", &new)).0, 202);
    assert_eq!(code("other", 0, &new), 404, "another order");
    // A host that goes away: the order ends by itself.
    let end = end_of(device.address(), "push-1");
    assert_eq!((&end["outcome"], &end["reason"]), (&json!("failed"), &json!("push_ended")));

    // Bytes of something else: refused at the head, while they still come.
    assert_eq!(give(&device, &push_order("push-2", &new)).0, 202);
    put(device.address(), "push-2", 0, new.len(), &vec![b'x'; new.len()]);
    let end = end_of(device.address(), "push-2");
    assert_eq!((&end["outcome"], &end["reason"]), (&json!("refused"), &json!("not_an_image")));
    assert_eq!(device.flash_operations(), 0, "nothing was erased");

    // A form of a web page is not a push.
    let url = "/update/image?order_id=push-2&from=0";
    let (code, answer) = request(device.address(), "PUT", url, &json!({})).unwrap();
    assert_eq!((code, &answer["error"]), (403, &json!("forbidden")));
}

/// A device whose flash takes its time, so that there is some to do things in.
fn slow_flash() -> DeviceConfig {
    DeviceConfig { faults: "slow-flash=80".parse().unwrap(), ..fresh() }
}

/// A device that fetches slowly. What is pushed to it is not slowed down.
fn slow_link() -> DeviceConfig {
    DeviceConfig { faults: "rate=100000".parse().unwrap(), ..fresh() }
}

/// An address of this computer where nobody listens: no device can fetch from there.
fn nowhere() -> UpdateOptions {
    UpdateOptions { host_address: Some("127.0.0.1:1".parse().unwrap()), ..UpdateOptions::default() }
}

fn is_pushed(host: &Host, job: JobId) -> bool {
    host.job(job).history.contains(&Happening::Pushes(vec!["127.0.0.1:1".parse().unwrap()]))
}

#[test]
fn a_device_that_reaches_no_address_is_pushed_to() {
    let (host, device) = (Host::default(), Device::start(fresh()).unwrap());
    let job = host.begin(&device, &image("1.1.0", Behaviour::Healthy), nowhere());
    assert_eq!(host.verdict(job).verdict, Some(Verdict::Validated));
    assert!(is_pushed(&host, job), "{:?}", host.job(job).history);
    // And a bad one comes back, as it does when it is fetched.
    let verdict = host.update_with(&device, &image("6.6.6", Behaviour::Crash), nowhere());
    assert_eq!(words(&verdict), ("rolled_back", "panic"));
}

#[test]
fn a_cancelled_push_is_withdrawn_and_the_device_is_free_at_once() {
    let (host, device) = (Host::default(), Device::start(slow_flash()).unwrap());
    let new = image("1.1.0", Behaviour::Healthy);
    let job = host.begin(&device, &new, nowhere());
    host.await_step(job, Step::Downloading);
    host.cancel(job);
    assert_eq!(words(&host.verdict(job).verdict.unwrap()), ("failed", "cancelled"));
    assert_eq!(host.status(&device).last_end.unwrap().reason, Some(Reason::Withdrawn));
    assert_eq!(host.update_with(&device, &new, nowhere()), Verdict::Validated);
}

#[test]
fn a_push_survives_a_power_cut() {
    let (host, device) = (Host::default(), Device::start(slow_flash()).unwrap());
    let job = host.begin(&device, &image("1.1.0", Behaviour::Healthy), nowhere());
    until("half of it is written", || {
        host.job(job).phase.progress().filter(|progress| progress.written > 100_000).map(|_| ())
    });
    device.cut_power();
    assert_eq!(host.verdict(job).verdict, Some(Verdict::Validated), "{:?}", host.job(job).history);
    assert!(host.resumed(job) >= 65_536, "resumed from {}", host.resumed(job));
}

/// What was begun as a download goes on as a push.
#[test]
fn from_pull_to_push() {
    let (host, device) = (Host::default(), Device::start(slow_link()).unwrap());
    let new = image("1.1.0", Behaviour::Healthy);
    // So that it takes its time.
    let job = host.begin(&device, &new, sent_raw());
    until("half of it is written", || {
        host.job(job).phase.progress().filter(|progress| progress.written > 100_000).map(|_| ())
    });
    host.cancel(job);
    assert_eq!(words(&host.verdict(job).verdict.unwrap()), ("failed", "cancelled"));
    let job = host.begin(&device, &new, nowhere());
    assert_eq!(host.verdict(job).verdict, Some(Verdict::Validated));
    assert!(is_pushed(&host, job) && host.resumed(job) >= 65_536, "{:?}", host.job(job).history);
}
