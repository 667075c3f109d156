//! Changes of an envelope, against the entries and the JSON that Toit's tool leaves.

use skylift_protocol::{Network, Password, Ssid};

use super::super::{Envelope, EnvelopeError, Uuid, Value};
use super::{Content, Importance, Start, Trigger};

const SDK: &str = "v2.0.0-alpha.195";
const ASSETS: &[u8] = b"\xf1\xf9\x95\x63\0\0\0\0";

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, data) in entries {
        let header = format!("{name:<16}0           0     0     644     {:<10}`\n", data.len());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(data);
        bytes.extend(std::iter::repeat_n(b'\n', data.len() % 2));
    }
    bytes
}

fn snapshot(sdk: &str) -> Vec<u8> {
    archive(&[
        ("toit", b"like a tiger"),
        ("sdk-version", sdk.as_bytes()),
        ("snapshot", b"program"),
        ("uuid", &[7; 16]),
    ])
}

fn empty() -> Envelope {
    let metadata = format!(r#"{{"sdk-version":"{SDK}","kind":"esp32","word-size":4}}"#);
    Envelope::parse(&archive(&[
        ("$envelope", b"\x70\xca\xbe\x0a\x08\0\0\0"),
        ("$metadata", metadata.as_bytes()),
        ("$firmware.bin", b"body"),
    ]))
    .unwrap()
}

fn properties(envelope: &Envelope) -> &str {
    std::str::from_utf8(envelope.entry("$properties").unwrap()).unwrap()
}

fn names(envelope: &Envelope) -> Vec<&str> {
    envelope.entries().map(|(name, _)| name).collect()
}

#[test]
fn a_container_is_installed_replaced_and_uninstalled() {
    let mut envelope = empty();
    let critical = Start { trigger: Trigger::Boot, importance: Importance::Critical };
    envelope.install("first", snapshot(SDK), Some(ASSETS.to_vec()), critical).unwrap();
    let never = Start { trigger: Trigger::None, importance: Importance::Normal };
    envelope.install("second", snapshot(SDK), None, never).unwrap();
    assert_eq!(names(&envelope), ["$firmware.bin", "first", "+first", "$properties", "second"]);
    assert_eq!(properties(&envelope), r#"{"$container-flags":{"first":3,"second":0}}"#);
    let again = Envelope::parse(&envelope.to_bytes().unwrap()).unwrap();
    assert_eq!(again, envelope);

    let containers = envelope.containers().unwrap();
    assert_eq!(containers.iter().map(|found| found.name).collect::<Vec<_>>(), ["first", "second"]);
    assert_eq!((containers[0].start, containers[1].start), (critical, never));
    assert_eq!((containers[0].content, containers[0].assets), (Content::Snapshot, Some(ASSETS)));
    assert_ne!(containers[0].id, containers[1].id);

    envelope.install("first", snapshot(SDK), None, Start::default()).unwrap();
    assert_eq!(names(&envelope), ["$firmware.bin", "first", "$properties", "second"]);
    assert_eq!(properties(&envelope), r#"{"$container-flags":{"first":1,"second":0}}"#);
    envelope.uninstall("second").unwrap();
    envelope.uninstall("nobody").unwrap();
    assert_eq!(names(&envelope), ["$firmware.bin", "first", "$properties"]);
    assert_eq!(properties(&envelope), r#"{"$container-flags":{"first":1}}"#);
}

#[test]
fn what_does_not_belong_is_refused_and_changes_nothing() {
    let before = empty();
    let mut envelope = before.clone();
    let mut refused = |name: &str, content: Vec<u8>, assets: Option<&[u8]>| {
        envelope.install(name, content, assets.map(<[u8]>::to_vec), Start::default()).unwrap_err()
    };
    for name in ["", "$firmware.bin", "+first", "fifteen-letters", "a/", "a ", "a\nb"] {
        assert!(matches!(refused(name, snapshot(SDK), None), EnvelopeError::Name(_)), "{name:?}");
    }
    assert!(matches!(refused("a", snapshot("v1.0.0"), None), EnvelopeError::OtherSdk { .. }));
    assert!(matches!(refused("a", b"\x7fELF".to_vec(), None), EnvelopeError::Container { .. }));
    assert!(matches!(refused("a", Vec::new(), None), EnvelopeError::Container { .. }));
    assert!(matches!(refused("a", snapshot(SDK), Some(b"{}")), EnvelopeError::Assets { .. }));
    assert!(matches!(envelope.uninstall("$firmware.bin"), Err(EnvelopeError::Name(_))));
    assert_eq!(envelope, before);
}

#[test]
fn properties_are_set_and_removed_in_their_order() {
    let mut envelope = empty();
    envelope.remove_property("a").unwrap();
    assert_eq!(envelope.entry("$properties"), None);
    for (key, value) in [("b", Value::Int(1)), ("a", Value::Null), ("b", Value::Bool(true))] {
        envelope.set_property(key, value).unwrap();
    }
    assert_eq!(properties(&envelope), r#"{"b":true,"a":null}"#);
    envelope.remove_property("b").unwrap();
    assert_eq!(properties(&envelope), r#"{"a":null}"#);
    for key in ["sdk-version", "$container-flags", "$x"] {
        assert!(matches!(envelope.set_property(key, Value::Null), Err(EnvelopeError::Reserved(_))));
        assert!(matches!(envelope.remove_property(key), Err(EnvelopeError::Reserved(_))));
    }
    let uuid = |text: &str| Value::Text(text.to_owned());
    assert!(envelope.set_property("uuid", uuid("1234")).is_err());
    assert!(envelope.set_property("uuid", Value::Int(1)).is_err());
    envelope.set_property("uuid", uuid(&Uuid::NIL.to_string())).unwrap();
}

#[test]
fn the_wifi_is_checked_and_its_password_never_said() {
    let mut envelope = empty();
    let ssid = Ssid::try_from("Attic").unwrap();
    let network = Network { ssid, password: Password::new("battery staple").unwrap() };
    envelope.set_wifi(&network).unwrap();
    let expected = r#"{"wifi":{"wifi.ssid":"Attic","wifi.password":"battery staple"}}"#;
    assert_eq!(properties(&envelope), expected);
    assert_eq!(envelope.wifi(), Some(network.clone()));
    assert!(!format!("{:?}", envelope.user_properties()).contains("staple"));

    let short = Network { password: Password::new("staple").unwrap(), ..network.clone() };
    let said = envelope.set_wifi(&short).unwrap_err().to_string();
    assert!(said.contains("8 to 63 characters") && !said.contains("\"staple\""), "{said}");
    assert_eq!(envelope.wifi(), Some(network));
    // Toit's tool stores whatever it is given.
    let number = Value::Map(vec![("wifi.ssid".to_owned(), Value::Int(1))]);
    for value in [Value::Text("Attic".to_owned()), number] {
        envelope.set_property("wifi", value.clone()).unwrap();
        assert_eq!((envelope.property("wifi"), envelope.wifi()), (Some(&value), None));
    }
}
