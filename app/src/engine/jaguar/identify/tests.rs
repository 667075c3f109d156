//! Tests: identities as Jaguar writes them, and as somebody else might.

use super::*;

const UUID: &str = "5b2c8d1e-0f3a-4b6c-8d7e-9f0a1b2c3d4e";

/// As a device lays it out, with its spaces and line ends.
fn said(name: &str, id: &str, more: &str) -> Vec<u8> {
    format!(
        "{{ \"method\": \"jaguar.identify\",\n  \"payload\": {{\n    \"name\": \"{name}\",\n    \"id\": \"{id}\",\n    \
         \"chip\": \"esp32c3\",\n    \"sdkVersion\": \"v2.0.0-alpha.190\",\n    \
         \"address\": \"http://10.0.0.9:9001\",\n    \"wordSize\": 4{more}\n  }}\n}}\n"
    )
    .into_bytes()
}

#[test]
fn a_device_is_who_it_says() {
    let identity = Identity::read(&said("happy-otter", UUID, ", \"proxied\": true")).unwrap();
    assert_eq!(identity.id.as_str(), "5b2c8d1e0f3a4b6c8d7e9f0a1b2c3d4e");
    assert_eq!((identity.name.as_str(), identity.port), ("happy-otter", 9001));
    let facts = identity.facts;
    assert_eq!((facts.uuid.to_string().as_str(), facts.chip_word.as_str()), (UUID, "esp32c3"));
    assert_eq!((facts.sdk_version.as_str(), facts.word_size), ("v2.0.0-alpha.190", WordSize::W32));
    assert!(facts.proxied);
    assert!(!Identity::read(&said("a", UUID, "")).unwrap().facts.proxied);
}

/// Written by hand from the format's own description (ubjson.org), as an older Jaguar sends it.
#[test]
fn an_older_device_says_it_in_ubjson() {
    let mut bytes = b"{#i\x02i\x06methodSi\x0fjaguar.identifyi\x07payload{#i\x03".to_vec();
    bytes.extend_from_slice(b"i\x04nameSi\x03old");
    bytes.extend_from_slice(b"i\x02idSi\x24");
    bytes.extend_from_slice(UUID.as_bytes());
    bytes.extend_from_slice(b"i\x07addressSi\x16http://10.0.0.9:9000/a");
    let identity = Identity::read(&bytes).unwrap();
    assert_eq!((identity.name.as_str(), identity.port), ("old", HTTP_PORT));
    assert_eq!((identity.facts.chip_word.as_str(), identity.facts.word_size), ("esp32", WordSize::W32));
}

#[test]
fn nobody_is_believed_who_cannot_be_one() {
    let refused = |bytes: &[u8]| Identity::read(bytes).unwrap_err();
    assert_eq!(refused(&vec![b' '; MAX_BYTES + 1]), "it is longer than any identity of Jaguar");
    assert_eq!(refused(b"\xff\xfe"), "it is neither JSON nor UBJSON");
    assert_eq!(refused(b"[1, 2]"), "it is no identity of Jaguar");
    assert_eq!(refused(br#"{"method": "jaguar.other", "payload": {}}"#), "it is no identity of Jaguar");
    assert_eq!(refused(br#"{"method": "jaguar.identify"}"#), "it has no content");
    assert_eq!(refused(br#"{"method": "jaguar.identify", "payload": []}"#), "it has no id");
    assert_eq!(refused(&said("a", "../../etc", "")), "it has no id");
    assert_eq!(refused(&said("a", &UUID[1..], "")), "it has no id");
    let odd = String::from_utf8(said("a", UUID, "")).unwrap().replace("\"wordSize\": 4", "\"wordSize\": 5");
    assert_eq!(refused(odd.as_bytes()), "its words are of no known size");
    // Jaguar does not escape what it pastes in.
    assert_eq!(refused(&said("a\"b", UUID, "")), "it is neither JSON nor UBJSON");
    assert_eq!(refused(&b"[".repeat(MAX_BYTES)), "it is neither JSON nor UBJSON");
}

#[test]
fn what_it_says_is_fit_to_be_shown() {
    let identity = Identity::read(&said("\\u001b[2J\\u202e", UUID, "")).unwrap();
    assert_eq!(identity.name, "\u{FFFD}[2J\u{FFFD}");
    let long = "n".repeat(500);
    assert_eq!(Identity::read(&said(&long, UUID, "")).unwrap().name.len(), MAX_TEXT);
}

#[test]
fn a_port_is_read_where_there_is_one() {
    for (address, port) in [
        ("http://192.168.1.7:9000", Some(9000)),
        ("http://[fd00::7]:81/", Some(81)),
        ("http://192.168.1.7", None),
        ("http://192.168.1.7:0", None),
        ("http://192.168.1.7:70000", None),
        ("", None),
    ] {
        assert_eq!(port_of(address), port, "{address}");
    }
}
