//! Streams that are not what was ordered: the old image boots, the reason is told, and the right one comes through.

use skylift_simulator::Device;
use skylift_tests::devices::fresh;
use skylift_tests::raw::RawHost;

use crate::host::FileHost;
use crate::orders::{
    accepted, chunk_ends, compressed, delta, end, new, old, old_image_stays, payload_at, renamed, stream,
    validates, words,
};

/// How a device ends that is served this in the place of what was ordered.
fn served(order: serde_json::Value, bytes: &[u8]) -> (Device, (String, String)) {
    let device = Device::start(fresh()).unwrap();
    let host = RawHost::serving(bytes);
    let mut order = order;
    order["url"] = host.url().into();
    accepted(&device, &order);
    let end = end(&device, order["order_id"].as_str().unwrap());
    old_image_stays(&device);
    (device, end)
}

#[track_caller]
fn refused(order: serde_json::Value, bytes: &[u8], reason: &str) {
    let (device, end) = served(order, bytes);
    assert_eq!(end, words("refused", reason));
    assert_eq!(device.flash_operations(), 0, "nothing was erased");
}

/// The order names what runs, but the stream was made against something else; or what runs has changed since.
#[test]
fn a_wrong_base_is_found_by_its_bytes_before_anything_is_erased() {
    let (old, new) = (old(), new());
    let stream = stream(&renamed(), &new, 18);
    refused(delta("delta-1", &old, &new, &stream, ""), &stream, "wrong_base");
}

#[test]
fn streams_of_another_kind_are_refused() {
    let (old, new) = (old(), new());
    let (full, patch) = (stream(&[], &new, 16), stream(&old, &new, 18));
    refused(delta("delta-1", &old, &new, &full, ""), &full, "bad_stream");
    refused(compressed("full-1", &new, &patch, ""), &patch, "bad_stream");
    // Of another file, and no stream at all.
    let other = stream(&old, &renamed(), 18);
    refused(delta("delta-2", &old, &new, &other, ""), &other, "bad_stream");
    let noise = vec![b'x'; full.len()];
    refused(compressed("full-2", &new, &noise, ""), &noise, "bad_stream");
}

#[test]
fn a_truncated_stream_is_refused_by_its_header() {
    let (old, new) = (old(), new());
    let patch = stream(&old, &new, 18);
    for len in [patch.len() - 1, 200, 89, 88] {
        refused(delta("delta-1", &old, &new, &patch[..len], ""), &patch[..len], "bad_stream");
    }
}

#[test]
fn swapped_chunks_never_boot() {
    let new = new();
    let full = stream(&[], &new, 16);
    let ends = chunk_ends(&full, &new, 16);
    let payload = payload_at(&new, 16);
    let swapped =
        [&full[..payload], &full[ends[0]..ends[1]], &full[payload..ends[0]], &full[ends[1]..]].concat();
    assert_eq!(swapped.len(), full.len());
    let (_, end) = served(compressed("full-1", &new, &full, ""), &swapped);
    assert!(["bad_stream", "not_an_image", "digest_mismatch"].contains(&end.1.as_str()), "{end:?}");
}

/// One bit of the stream flips on the way, at many places: header, table, payload.
#[test]
fn no_flipped_bit_ever_boots() {
    let (old, new) = (old(), renamed());
    let patch = stream(&old, &new, 14);
    let device = Device::start(fresh()).unwrap();
    let table = 88..payload_at(&new, 14);
    for number in 0..40 {
        let at = number * (patch.len() - 1) / 39;
        // The tags of the chunks are read by who resumes alone.
        if table.contains(&at) {
            continue;
        }
        let mut flipped = patch.clone();
        flipped[at] ^= 1 << (number % 8);
        let host = RawHost::serving(&flipped);
        let id = format!("flip-{number}");
        accepted(&device, &delta(&id, &old, &new, &patch, &host.url()));
        let (outcome, reason) = end(&device, &id);
        let reasons = match (at, outcome.as_str()) {
            (..88, "refused") => &["bad_stream", "wrong_base"][..],
            // The head that it decodes to may say anything.
            (_, "refused") => &[],
            _ => &["bad_stream", "digest_mismatch"],
        };
        assert!(reasons.is_empty() || reasons.contains(&reason.as_str()), "byte {at}: {outcome} {reason}");
        old_image_stays(&device);
    }
    // And what came of them is never taken for a part of the right one.
    let host = FileHost::serving(&patch);
    accepted(&device, &delta("right", &old, &new, &patch, &host.url()));
    validates(&device, "1.0.1");
}
