//! Bodies of the API: host and device read the same in them, and what one has read it can say again.
#![no_main]

use std::fmt::Debug;

use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use skylift_fuzz::Input;
use skylift_protocol::{
    Accepted, Done, Encoding, ErrorBody, Event, MAX_STATUS_JSON, Order, OrderId, Probe, ProbeResults, Rename,
    Source, Status, WifiChange,
};

/// Both readers, and both writers.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(body: &[u8]) -> Option<T> {
    let mut scratch = [0; 1024];
    let by_device = serde_json_core::from_slice_escaped::<T>(body, &mut scratch).ok().map(|(value, _)| value);
    let by_host = serde_json::from_slice::<T>(body).ok();
    if let (Some(device), Some(host)) = (&by_device, &by_host) {
        assert_eq!(device, host, "each reads something else");
    }
    let value = by_host.or(by_device)?;
    let mut written = [0; 2 * MAX_STATUS_JSON];
    let len = serde_json_core::to_slice(&value, &mut written).expect("the device can say it");
    for json in [&written[..len], &serde_json::to_vec(&value).expect("the host can say it")] {
        assert_eq!(serde_json::from_slice::<T>(json).expect("the host reads it"), value);
        let again = serde_json_core::from_slice_escaped::<T>(json, &mut [0; 1024]);
        assert_eq!(again.expect("the device reads it").0, value);
    }
    Some(value)
}

fn order(order: &Order) {
    if order.check().is_ok() {
        assert!(order.size > 0 && !order.order_id.is_empty());
        assert_eq!(order.encoding == Encoding::Delta, order.base_image_sha256.is_some());
        assert_eq!(order.source().expect("a source") == Source::Push, order.url.is_none());
        assert_ne!(order.encoding, Encoding::Unknown);
    }
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let kind = input.byte();
    let body = input.rest();
    match kind % 10 {
        0 => drop(check::<Order>(body).inspect(order)),
        1 => drop(check::<Status>(body)),
        2 => drop(check::<Probe>(body)),
        3 => drop(check::<Rename>(body).inspect(|rename| {
            assert!(!rename.is_sound() || !rename.name.chars().any(char::is_control));
        })),
        4 => drop(check::<WifiChange>(body).inspect(|change| {
            // Whoever has this in a log has no password.
            let password = change.password.reveal();
            assert!(password.len() < 8 || !format!("{:?}", change.password).contains(password));
        })),
        5 => drop(check::<Event>(body)),
        6 => drop(check::<ErrorBody>(body)),
        7 => drop(check::<Accepted>(body)),
        8 => drop(check::<ProbeResults>(body)),
        _ => drop((check::<Done>(body), check::<OrderId>(body))),
    }
});
