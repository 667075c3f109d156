//! Networks: which names and passwords are taken, and the record that a device keeps of them.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use skylift_protocol::{
    MAX_NETWORKS, MAX_NETWORKS_RECORD, Network, NetworkFlaw, Networks, Password, WifiChange, bounded,
};

fn network(ssid: &str, password: &str) -> Network {
    Network { ssid: bounded(ssid), password: Password::new(password).unwrap() }
}

fn known(names: &[&str]) -> Networks {
    names.iter().rev().fold(Networks::new(), |networks, name| networks.with_first(network(name, "12345678")))
}

fn names(networks: &Networks) -> Vec<&str> {
    networks.iter().map(|network| network.ssid.as_str()).collect()
}

#[test]
fn passwords_are_those_of_wpa2() {
    let hex = "0123456789abcdefABCDEF".repeat(3)[..64].to_owned();
    for password in ["", "8 bytes!", &"x".repeat(63), &hex, "pässword"] {
        assert_eq!(network("n", password).check(), Ok(()), "{password:?}");
    }
    for password in ["x", "7 bytes", &"x".repeat(64), "bell\u{7}bell"] {
        assert_eq!(network("n", password).check(), Err(NetworkFlaw::Password), "{password:?}");
    }
    assert_eq!(Password::new(&"x".repeat(65)), None);
}

#[test]
fn names_can_be_shown() {
    assert_eq!(network(&"ü".repeat(16), "").check(), Ok(()));
    for ssid in ["", "a\nb", "\0"] {
        assert_eq!(network(ssid, "").check(), Err(NetworkFlaw::Ssid), "{ssid:?}");
    }
}

#[test]
fn a_password_shows_itself_to_nobody() {
    let network = network("bench", "correct horse");
    let change = WifiChange { ssid: network.ssid.clone(), password: network.password.clone(), reach: true };
    let shown = format!("{network:?} {change:?} {:?}", Networks::new().with_first(network.clone()));
    assert!(shown.contains("bench") && !shown.contains("horse"), "{shown}");
}

#[test]
fn a_new_network_goes_first_and_the_others_stay() {
    assert_eq!(names(&known(&["a", "b"]).with_first(network("c", ""))), ["c", "a", "b"]);
    assert_eq!(names(&known(&["a", "b", "c"]).with_first(network("b", ""))), ["b", "a", "c"]);
    assert_eq!(names(&known(&["a", "b", "c", "d"]).with_first(network("e", ""))), ["e", "a", "b", "c"]);
    assert_eq!(known(&["a"]).with_first(network("a", "")).iter().next(), Some(&network("a", "")));
}

#[test]
fn the_longest_record_fits() {
    let full = |start: char| network(&format!("{start}{}", "x".repeat(31)), &"a".repeat(64));
    let networks = ('a'..'e').fold(Networks::new(), |networks, start| networks.with_first(full(start)));
    assert_eq!((names(&networks).len(), networks.to_record().len()), (MAX_NETWORKS, MAX_NETWORKS_RECORD));
    assert_eq!(Networks::from_record(&networks.to_record()), Some(networks));
}

#[test]
fn the_format_is_frozen() {
    let record =
        Networks::new().with_first(network("den", "12345678")).with_first(network("é", "")).to_record();
    assert_eq!(record, b"\x01\x02\xc3\xa9\x00\x03den\x0812345678");
    assert_eq!(Networks::new().to_record(), b"\x01");
}

#[test]
fn what_is_no_record_is_none() {
    for record in [
        &b""[..],
        b"\x02",
        b"\x01\x05den",
        b"\x01\x03den",
        b"\x01\x03den\x03abc",
        b"\x01\x00\x00",
        b"\x01\x01\xff\x00",
        b"\x01\x01a\x00\x01a\x00",
    ] {
        assert_eq!(Networks::from_record(record), None, "{record:?}");
    }
    let five = b"\x01\x01a\x00\x01b\x00\x01c\x00\x01d\x00\x01e\x00";
    assert_eq!(Networks::from_record(five), None);
}

#[test]
fn a_host_need_not_say_that_it_will_be_there() {
    let change: WifiChange = serde_json::from_str(r#"{"ssid":"a","password":"12345678"}"#).unwrap();
    assert!(change.reach);
    // An open network is asked for in so many words.
    assert!(serde_json::from_str::<WifiChange>(r#"{"ssid":"a"}"#).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_borne(mut record: Vec<u8>) {
        if let Some(first) = record.first_mut() {
            *first = 1;
        }
        if let Some(networks) = Networks::from_record(&record) {
            prop_assert!(networks.iter().all(|network| network.check().is_ok()));
        }
    }
}
