//! Jaguar devices in the book.

use std::collections::HashSet;
use std::time::Duration;

use super::*;
use crate::engine::client::{ClientError, Peer, Problem};
use crate::engine::devices::Remembered;
use skylift_protocol::Chip;

const POLL: Duration = Duration::from_secs(3);

fn identity(number: u32, name: &str) -> Identity {
    let text = format!(
        r#"{{"method": "jaguar.identify", "payload": {{"name": "{name}", "id": "{number:032x}", "chip": "esp32c3",
            "sdkVersion": "v2.0.0-alpha.190", "address": "http://10.0.0.1:9000", "wordSize": 4}}}}"#
    );
    Identity::read(text.as_bytes()).unwrap()
}

fn answer(number: u32, name: &str, address: &str, at: Instant) -> JaguarSighting {
    JaguarSighting { identity: identity(number, name), address: address.parse().unwrap(), at }
}

fn id(number: u32) -> Id {
    skylift_protocol::bounded(&format!("{number:032x}"))
}

fn hear(book: &mut DeviceBook, number: u32, address: &str, now: Instant) -> Urgency {
    book.jaguar_heard(&id(number), identity(number, "lamp"), address.parse().unwrap(), now)
}

#[test]
fn a_device_is_heard_asked_and_described() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    assert_eq!(hear(&mut book, 1, "10.0.0.1:9000", now), Urgency::Now);
    let device = book.get(&id(1)).unwrap();
    assert_eq!((device.presence, device.source), (Presence::Announced, Source::Broadcast));
    assert_eq!((device.access, device.last_seen), (None, None));
    assert_eq!(book.take_due(now, &HashSet::new()).len(), 1);
    assert_eq!(book.jaguar_answered(&answer(1, "lamp", "10.0.0.1:9000", now)), Urgency::Now);
    let device = book.get(&id(1)).unwrap();
    assert_eq!(
        (device.presence, device.chip, device.access),
        (Presence::Online, Chip::Esp32C3, Some(Access::Open))
    );
    assert_eq!((device.version.as_str(), device.status.as_ref()), ("v2.0.0-alpha.190", None));
    // The same again is no news, and it is not asked before its time.
    assert_eq!(book.jaguar_answered(&answer(1, "lamp", "10.0.0.1:9000", now)), Urgency::None);
    assert!(book.take_due(now + POLL, &HashSet::new()).is_empty());
    assert_eq!(book.take_due(now + POLL * FACTOR, &HashSet::new()).len(), 1);
}

#[test]
fn it_is_looked_for_where_it_is_heard() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    book.jaguar_answered(&answer(1, "lamp", "10.0.0.1:9000", now));
    // While it answers, another address is one to try when it does not.
    assert_eq!(hear(&mut book, 1, "10.0.0.2:9000", now), Urgency::Now);
    let device = book.get(&id(1)).unwrap();
    assert_eq!(device.address, "10.0.0.1:9000".parse().unwrap());
    assert_eq!(device.other_addresses, ["10.0.0.2:9000".parse().unwrap()]);
    let peer = Peer { label: "lamp".to_owned(), id: None, address: device.address };
    let gone = ClientError { peer, problem: Problem::Silent(POLL) };
    book.missed(&id(1), &gone, now);
    book.missed(&id(1), &gone, now);
    assert_eq!(book.get(&id(1)).unwrap().presence, Presence::Offline);
    hear(&mut book, 1, "10.0.0.3:9000", now);
    assert_eq!(book.get(&id(1)).unwrap().address, "10.0.0.3:9000".parse().unwrap());
    for host in 4..40 {
        hear(&mut book, 1, &format!("10.0.0.{host}:9000"), now);
    }
    assert_eq!(book.get(&id(1)).unwrap().other_addresses.len(), MAX_ADDRESSES);
}

#[test]
fn a_device_that_has_just_answered_is_not_asked_for_its_broadcast() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    book.jaguar_answered(&answer(1, "lamp", "10.0.0.1:9000", now));
    assert_eq!(hear(&mut book, 1, "10.0.0.1:9000", now), Urgency::None);
    assert!(book.take_due(now, &HashSet::new()).is_empty());
    book.jaguar_heard(&id(1), identity(1, "hall"), "10.0.0.1:9000".parse().unwrap(), now);
    assert_eq!(book.take_due(now, &HashSet::new()).len(), 1);
}

#[test]
fn an_update_moves_the_row_to_the_new_id() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    book.jaguar_answered(&answer(1, "lamp", "10.0.0.1:9000", now));
    assert_eq!(book.jaguar_renamed(&id(1), &id(2)), Urgency::Now);
    book.jaguar_answered(&answer(2, "lamp", "10.0.0.5:9000", now));
    assert_eq!(book.devices().count(), 1);
    let device = book.get(&id(2)).unwrap();
    assert_eq!(device.family.jaguar().unwrap().formerly, Some(id(1)));
    assert_eq!(device.family.jaguar().unwrap().uuid.0[15], 2);
    assert_eq!((device.name.as_str(), device.address), ("lamp", "10.0.0.5:9000".parse().unwrap()));
    assert_eq!(book.jaguar_renamed(&id(9), &id(1)), Urgency::None);
    assert_eq!(book.devices().count(), 1);
}

#[test]
fn who_only_broadcasts_and_falls_silent_is_forgotten() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    for number in 0..10_000 {
        hear(&mut book, number, "10.0.0.1:9000", now);
    }
    assert_eq!(book.devices().count(), MAX_UNPROVEN);
    // One that answers is not kept out by them.
    book.jaguar_answered(&answer(20_000, "real", "10.0.0.1:9000", now));
    for number in 0..10_000 {
        book.jaguar_silent(&id(number), now);
    }
    assert_eq!(book.jaguar_silent(&id(20_000), now), Urgency::None);
    assert_eq!(book.devices().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["real"]);
}

#[test]
fn nobody_turns_a_device_with_skylift_into_another() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    let known = Remembered {
        id: id(1).to_string(),
        name: "lamp".to_owned(),
        family: Family::Skylift,
        chip: Chip::Esp32C3,
        version: "1.0.0".to_owned(),
        address: "10.0.0.1:80".parse().unwrap(),
        source: Source::Mdns,
        last_seen: SystemTime::now(),
    };
    book.remember(vec![known], now);
    let before = book.get(&id(1)).unwrap().clone();
    assert_eq!(hear(&mut book, 1, "10.0.0.66:9000", now), Urgency::None);
    assert_eq!(book.jaguar_answered(&answer(1, "x", "10.0.0.66:9000", now)), Urgency::None);
    assert_eq!(book.jaguar_silent(&id(1), now), Urgency::None);
    assert_eq!(book.get(&id(1)), Some(&before));
}
