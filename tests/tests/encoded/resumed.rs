//! Going on where it stopped: over broken links at any byte, after power cuts at the start of a chunk.

use serde_json::{Value, json};
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::fresh;
use skylift_tests::raw::{order, request, status};
use skylift_tests::wait::until;

use crate::host::FileHost;
use crate::orders::{accepted, chunk_ends, compressed, delta, give, new, old, payload_at, stream, validates};

/// A device that takes some time to write.
fn slow() -> Device {
    Device::start(DeviceConfig { faults: "slow-flash=40".parse().unwrap(), ..fresh() }).unwrap()
}

/// Takes power away once so many bytes are written, and waits until it is back.
fn cut_power_at(device: &Device, bytes: u64) {
    until("enough of it is written", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        (status["progress"]["written"].as_u64() > Some(bytes)).then_some(())
    });
    device.cut_power();
    let told = until("the device is back", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        (status["reset_reason"] == "power_on" && status["phase"] == "idle").then_some(status)
    });
    assert!(told["resume"]["from"].as_u64() >= Some(65_536), "{told}");
}

#[test]
fn a_link_that_breaks_anywhere_costs_no_byte_twice() {
    let device = Device::start(fresh()).unwrap();
    let (old, new) = (old(), new());
    let stream = stream(&old, &new, 16);
    let (table, len) = (payload_at(&new, 16), stream.len());
    let ends = [1, 40, 88, 90, table - 1, table, table + 1, table + 5000, len - 1, len];
    let host = FileHost::breaking(&stream, &ends);
    accepted(&device, &delta("delta-1", &old, &new, &stream, &host.url()));
    validates(&device, "1.1.0");
    let firsts = [0].into_iter().chain(ends);
    assert_eq!(host.asked(), firsts.zip(ends).map(|(first, end)| first..end).collect::<Vec<_>>());
}

#[test]
fn a_power_cut_costs_a_chunk_at_most() {
    let device = slow();
    let new = new();
    let stream = stream(&[], &new, 16);
    let host = FileHost::serving(&stream);
    accepted(&device, &compressed("full-1", &new, &stream, &host.url()));
    cut_power_at(&device, 140_000);
    accepted(&device, &compressed("full-2", &new, &stream, &host.url()));
    validates(&device, "1.1.0");
    // Head and table, and what is behind the chunks that are there: two of 64 KiB at the least, of four.
    let from = host.asked().last().unwrap().start;
    assert!(chunk_ends(&stream, &new, 16)[1..3].contains(&from), "{:?}", host.asked());
}

/// What is in flash is bytes of the file, however they came.
#[test]
fn an_update_goes_on_in_another_encoding() {
    let device = slow();
    let (old, new) = (old(), new());
    let raw = FileHost::serving(&new);
    assert_eq!(give(&device, &order("raw-1", &new, &raw.url())).0, 202);
    cut_power_at(&device, 70_000);
    let patch = stream(&old, &new, 14);
    let host = FileHost::serving(&patch);
    accepted(&device, &delta("delta-1", &old, &new, &patch, &host.url()));
    let first = until("it writes again", || {
        let (_, status) = request(device.address(), "GET", "/status", &Value::Null)?;
        // Before, it reads what is there, and counts that.
        status["progress"]["written"].as_u64().filter(|_| status["phase"] == "downloading")
    });
    assert!(first >= 65_536, "it goes on at {first}");
    cut_power_at(&device, 135_000);
    // And back: a raw order is told how much is there.
    let (_, answer) = give(&device, &order("raw-2", &new, &raw.url()));
    assert!(answer["resume_from"].as_u64() >= Some(131_072), "{answer}");
    validates(&device, "1.1.0");
}

/// Another file of the same device begins anew.
#[test]
fn nothing_is_taken_over_from_another_file() {
    let device = slow();
    let (old, new) = (old(), new());
    let full = stream(&[], &new, 16);
    let host = FileHost::serving(&full);
    accepted(&device, &compressed("full-1", &new, &full, &host.url()));
    cut_power_at(&device, 70_000);
    let other = crate::orders::renamed();
    let patch = stream(&old, &other, 16);
    let host = FileHost::serving(&patch);
    accepted(&device, &delta("delta-1", &old, &other, &patch, &host.url()));
    validates(&device, "1.0.1");
    assert_eq!(status(device.address())["slots"][1]["version"], json!("1.0.1"));
}
