//! What is pushed: head and table first, and then what the device says that it wants.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::fresh;
use skylift_tests::raw::request;
use skylift_tests::wait::until;

use crate::host::FileHost;
use crate::orders::{
    accepted, chunk_ends, compressed, delta, end, give, new, old, old_image_stays, payload_at, pushed,
    renamed, stream, validates, words,
};

/// A push of `bytes` that claims to have `length` bytes; its status and JSON.
fn put(device: SocketAddr, id: &str, from: usize, length: usize, bytes: &[u8]) -> (u16, Value) {
    let mut stream = TcpStream::connect(device).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head = format!(
        "PUT /update/image?order_id={id}&from={from} HTTP/1.1\r\nHost: {device}\r\n\
         Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    // A device that refuses hangs up in the middle of it.
    let _ = stream.write_all(bytes);
    if bytes.len() < length {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap())
}

/// Pushes all of it; from where on the device wants more.
fn push(device: &Device, id: &str, from: usize, bytes: &[u8]) -> usize {
    let (code, answer) = put(device.address(), id, from, bytes.len(), bytes);
    assert_eq!(code, 202, "{answer}");
    usize::try_from(answer["resume_from"].as_u64().unwrap()).unwrap()
}

#[test]
fn head_and_table_first_then_the_rest() {
    let device = Device::start(fresh()).unwrap();
    let (old, new) = (old(), new());
    let patch = stream(&old, &new, 18);
    let table = payload_at(&new, 18);
    accepted(&device, &pushed(delta("push-1", &old, &new, &patch, "")));
    assert_eq!(push(&device, "push-1", 0, &patch[..table]), table);
    assert_eq!(push(&device, "push-1", table, &patch[table..]), patch.len());
    validates(&device, "1.1.0");
}

#[test]
fn a_wrong_base_is_told_before_the_payload_is_sent() {
    let device = Device::start(fresh()).unwrap();
    let (old, new) = (old(), new());
    let patch = stream(&renamed(), &new, 18);
    accepted(&device, &pushed(delta("push-1", &old, &new, &patch, "")));
    let table = payload_at(&new, 18);
    let (code, answer) = put(device.address(), "push-1", 0, table, &patch[..table]);
    assert_eq!((code, &answer["error"]), (412, &json!("mismatch")));
    assert_eq!(end(&device, "push-1"), words("refused", "wrong_base"));
    old_image_stays(&device);
    assert_eq!(device.flash_operations(), 0, "nothing was erased");
}

#[test]
fn a_push_that_breaks_goes_on_where_it_stopped() {
    let device = Device::start(fresh()).unwrap();
    let new = new();
    let full = stream(&[], &new, 16);
    let order = pushed(compressed("push-1", &new, &full, ""));
    accepted(&device, &order);
    let mut from = 0;
    for cut in [50, payload_at(&new, 16) - 3, payload_at(&new, 16) + 1000, full.len() / 2] {
        let (code, answer) = put(device.address(), "push-1", from, full.len() - from, &full[from..cut]);
        assert_eq!((code, &answer["error"]), (400, &json!("bad_request")));
        let (_, again) = give(&device, &order);
        assert_eq!(again["resume_from"], cut, "nothing comes twice");
        from = cut;
    }
    assert_eq!(push(&device, "push-1", from, &full[from..]), full.len());
    validates(&device, "1.1.0");
}

/// A device that takes seconds for what it was sent in no time.
fn slow() -> DeviceConfig {
    DeviceConfig { faults: "slow-flash=300".parse().unwrap(), ..fresh() }
}

/// Its few bytes are there long before they are written.
#[test]
fn what_has_come_whole_is_withdrawn_all_the_same() {
    let device = Device::start(slow()).unwrap();
    let (old, new) = (old(), renamed());
    let patch = stream(&old, &new, 18);
    accepted(&device, &pushed(delta("push-1", &old, &new, &patch, "")));
    assert_eq!(push(&device, "push-1", 0, &patch), patch.len());
    assert_eq!(put(device.address(), "push-1", 0, 0, &[]).0, 202);
    assert_eq!(end(&device, "push-1"), words("failed", "withdrawn"));
    old_image_stays(&device);
}

/// The device does not come for more, so the host that serves the bytes cannot tell it.
#[test]
fn what_was_fetched_whole_is_withdrawn_by_an_empty_push() {
    let device = Device::start(slow()).unwrap();
    let (old, new) = (old(), renamed());
    let patch = stream(&old, &new, 18);
    let host = FileHost::serving(&patch);
    accepted(&device, &delta("pull-1", &old, &new, &patch, &host.url()));
    until("all of it is there", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        (status["progress"]["fetched"] == patch.len()).then_some(())
    });
    // Bytes are not taken from two sides.
    let (code, answer) = put(device.address(), "pull-1", 0, patch.len(), &patch);
    assert_eq!((code, &answer["error"]), (404, &json!("not_found")));
    assert_eq!(put(device.address(), "other", 0, 0, &[]).0, 404);
    assert_eq!(put(device.address(), "pull-1", 0, 0, &[]).0, 202);
    assert_eq!(end(&device, "pull-1"), words("failed", "withdrawn"));
    old_image_stays(&device);
    // What has ended is not there to be withdrawn.
    assert_eq!(put(device.address(), "pull-1", 0, 0, &[]).0, 404);
}

/// Waits for the last look at the slot, which is a matter of milliseconds; `false` if it was over before anybody asked.
fn is_seen_verifying(device: &Device) -> bool {
    until("it is verified", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        match status["phase"].as_str()? {
            "checking" | "downloading" => None,
            phase => Some(phase == "verifying"),
        }
    })
}

/// Whether it is taken back while the device looks at the slot for the last time; `false` if that was too late.
fn is_withdrawn_while_verified(device: &Device) -> bool {
    let (old, new) = (old(), renamed());
    let patch = stream(&old, &new, 18);
    accepted(device, &pushed(delta("push-1", &old, &new, &patch, "")));
    assert_eq!(push(device, "push-1", 0, &patch), patch.len());
    is_seen_verifying(device) && put(device.address(), "push-1", 0, 0, &[]).0 == 202
}

/// Up to the switch: the last bytes are in flash, and are looked at once more.
#[test]
fn what_is_being_verified_is_withdrawn_all_the_same() {
    let devices = std::iter::repeat_with(|| Device::start(slow()).unwrap()).take(10);
    let device = { devices }.find(is_withdrawn_while_verified).expect("one of ten is asked in time");
    assert_eq!(end(&device, "push-1"), words("failed", "withdrawn"));
    old_image_stays(&device);
}

/// A device that has lost power with most of two chunks written.
fn interrupted(new: &[u8], full: &[u8]) -> Device {
    let config = DeviceConfig { faults: "slow-flash=40".parse().unwrap(), ..fresh() };
    let device = Device::start(config).unwrap();
    accepted(&device, &pushed(compressed("push-1", new, full, "")));
    let sent = chunk_ends(full, new, 16)[2];
    put(device.address(), "push-1", 0, full.len(), &full[..sent]);
    until("two blocks are written", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        (status["progress"]["written"].as_u64() > Some(135_000)).then_some(())
    });
    device.cut_power();
    until("the device is back", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        (status["reset_reason"] == "power_on" && status["phase"] == "idle").then_some(())
    });
    device
}

#[test]
fn after_a_power_cut_the_device_says_where_it_goes_on() {
    let new = new();
    let full = stream(&[], &new, 16);
    let device = interrupted(&new, &full);
    accepted(&device, &pushed(compressed("push-2", &new, &full, "")));
    let from = push(&device, "push-2", 0, &full[..payload_at(&new, 16)]);
    assert!(chunk_ends(&full, &new, 16)[1..3].contains(&from), "it goes on at {from}");
    assert_eq!(push(&device, "push-2", from, &full[from..]), full.len());
    validates(&device, "1.1.0");
}

/// Who sends all of it at once need not know: what is there is passed over.
#[test]
fn after_a_power_cut_everything_may_come_in_one_body() {
    let new = new();
    let full = stream(&[], &new, 16);
    let device = interrupted(&new, &full);
    accepted(&device, &pushed(compressed("push-2", &new, &full, "")));
    assert_eq!(push(&device, "push-2", 0, &full), full.len());
    validates(&device, "1.1.0");
}
