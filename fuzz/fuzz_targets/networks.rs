//! The record of networks: what is read is written back to the byte, and is what a radio can be told.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift_protocol::{MAX_NETWORKS, MAX_NETWORKS_RECORD, Networks};

fuzz_target!(|record: &[u8]| {
    let Some(networks) = Networks::from_record(record) else { return };
    assert_eq!(networks.to_record().as_slice(), record);
    assert!(record.len() <= MAX_NETWORKS_RECORD && networks.iter().count() <= MAX_NETWORKS);
    for (number, network) in networks.iter().enumerate() {
        network.check().expect("a network that can be joined");
        assert!(networks.iter().skip(number + 1).all(|other| other.ssid != network.ssid), "twice");
        assert_eq!(networks.with_first(network.clone()).iter().count(), networks.iter().count());
    }
});
