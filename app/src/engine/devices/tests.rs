//! The book of devices: what changes it, and what is worth a new snapshot.

use skylift_protocol::{Chip, ValidationState, bounded};

use super::*;
use crate::engine::client::{Peer, Problem};
use crate::engine::update::sample;

const POLL: Duration = Duration::from_secs(3);

fn announcement(id: &str, name: &str, addresses: &[&str]) -> Announcement {
    let mut addresses = addresses.iter().map(|address| address.parse().unwrap());
    Announcement {
        id: bounded(id),
        name: name.to_owned(),
        chip: Chip::Esp32C3,
        version: "0.9".to_owned(),
        validation: Some(ValidationState::Valid),
        address: addresses.next().unwrap(),
        other_addresses: addresses.collect(),
    }
}

fn answer(id: &str, address: &str, at: Instant) -> Sighting {
    let mut sighting = sample::sighting(sample::status(), at);
    sighting.status.id = bounded(id);
    sighting.address = address.parse().unwrap();
    sighting
}

fn no_answer() -> ClientError {
    let peer = Peer { label: "lamp".to_owned(), id: None, address: "10.0.0.1:80".parse().unwrap() };
    ClientError { peer, problem: Problem::Silent(POLL) }
}

fn due(book: &mut DeviceBook, now: Instant) -> usize {
    book.take_due(now, &HashSet::new()).len()
}

#[test]
fn a_device_is_announced_asked_and_described() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    let announced = announcement("sky-01", "lamp", &["10.0.0.1:80", "10.8.0.1:80"]);
    assert_eq!(book.announced(announced.clone(), now), Urgency::Now);
    assert_eq!(book.get("sky-01").unwrap().presence, Presence::Announced);
    // Asked at once, and not again before it has answered.
    assert_eq!((due(&mut book, now), due(&mut book, now + POLL * 9)), (1, 0));
    assert_eq!(book.answered(&answer("sky-01", "10.8.0.1:80", now)), Urgency::Now);
    let device = book.get("sky-01").unwrap();
    assert_eq!((device.presence, device.version.as_str(), device.slot), (Presence::Online, "1.0.0", Some(0)));
    // The address that works goes first, and stays there while it is announced.
    assert_eq!(device.address, "10.8.0.1:80".parse().unwrap());
    assert_eq!(device.other_addresses, ["10.0.0.1:80".parse().unwrap()]);
    assert_eq!(book.announced(announced, now), Urgency::None);
    assert_eq!(book.announced(announcement("sky-01", "lamp", &["10.0.0.9:80"]), now), Urgency::Now);
    let device = book.get("sky-01").unwrap();
    // Where it answered, it is looked for all the same.
    assert_eq!(device.address, "10.0.0.9:80".parse().unwrap());
    assert_eq!(device.other_addresses, ["10.8.0.1:80".parse().unwrap()]);
    // Its own word counts for more than its announcement.
    assert_eq!(device.version, "1.0.0");
}

/// Anybody can announce anything, and say goodbye for anybody.
#[test]
fn what_a_paired_device_has_proven_no_announcement_takes_away() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    let id = bounded("sky-01");
    let mut seen = answer("sky-01", "10.0.0.1:80", now);
    seen.status.access = skylift_protocol::Access::Paired;
    book.announced(announcement("sky-01", "lamp", &["10.0.0.1:80"]), now);
    book.answered(&seen);
    let proven = Arc::clone(book.get("sky-01").unwrap());
    for announced in [["10.0.0.66:80"], ["10.0.0.67:80"]] {
        book.announced(announcement("sky-01", "oven", &announced), now);
        assert_eq!(book.gone(&id, now), Urgency::None);
        let shown = book.get("sky-01").unwrap();
        assert_eq!(shown.other_addresses, announced.map(|address| address.parse().unwrap()));
        let others = shown.other_addresses.clone();
        let as_proven = Device { other_addresses: others, ..(*proven).clone() };
        assert_eq!(shown.without_counters(), as_proven.without_counters());
        assert_eq!(due(&mut book, now), 1, "it is asked at once");
        book.answered(&seen);
    }
    // Nor while it does not answer; where it was is where it is looked for first.
    book.gone(&id, now);
    book.missed(&id, &no_answer(), now);
    book.announced(announcement("sky-01", "oven", &["10.0.0.66:80"]), now);
    let shown = book.get("sky-01").unwrap();
    assert_eq!(
        (shown.presence, &shown.name, &shown.version),
        (Presence::Offline, &proven.name, &proven.version)
    );
    assert_eq!((shown.address, shown.other_addresses.len()), (proven.address, 1));
}

#[test]
fn a_clock_that_goes_on_wakes_nobody() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    let mut seen = answer("sky-01", "10.0.0.1:80", now);
    assert_eq!(book.answered(&seen), Urgency::Now);
    (seen.status.uptime_s, seen.status.rssi_dbm) = (200, Some(-50));
    assert_eq!(book.answered(&seen), Urgency::None);
    seen.status.progress = sample::at_work(seen.status.phase, sample::order_id(), 1, 9).progress;
    assert_eq!(book.answered(&seen), Urgency::Soon);
    seen.status.validation.state = ValidationState::Pending;
    assert_eq!(book.answered(&seen), Urgency::Now);
}

#[test]
fn one_lost_answer_is_no_absence() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    let id = bounded("sky-01");
    book.answered(&answer("sky-01", "10.0.0.1:80", now));
    book.missed(&id, &no_answer(), now);
    let device = book.get("sky-01").unwrap();
    assert_eq!((device.presence, device.problem.is_some()), (Presence::Online, true));
    book.missed(&id, &no_answer(), now);
    assert_eq!(book.get("sky-01").unwrap().presence, Presence::Offline);
    // It is asked more rarely then.
    assert_eq!((due(&mut book, now + POLL), due(&mut book, now + POLL * OFFLINE_FACTOR)), (0, 1));
    book.answered(&answer("sky-01", "10.0.0.1:80", now));
    let device = book.get("sky-01").unwrap();
    assert_eq!((device.presence, &device.problem), (Presence::Online, &None));
    assert_eq!(book.gone(&id, now), Urgency::Now);
    assert_eq!((book.get("sky-01").unwrap().presence, due(&mut book, now)), (Presence::Offline, 1));
}

#[test]
fn a_device_that_is_being_updated_is_left_to_its_job() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    book.announced(announcement("sky-01", "lamp", &["10.0.0.1:80"]), now);
    assert!(book.take_due(now, &HashSet::from([bounded("sky-01")])).is_empty());
    assert_eq!(due(&mut book, now), 1);
}

#[test]
fn the_next_question_is_for_one_that_nobody_asks() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    let next = |book: &DeviceBook| book.next_question(&HashSet::new());
    assert_eq!(next(&book), None);
    book.answered(&answer("sky-01", "10.0.0.1:80", now));
    assert_eq!(next(&book), Some(now + POLL));
    book.announced(announcement("sky-02", "lamp", &["10.0.0.2:80"]), now);
    assert_eq!((next(&book), due(&mut book, now)), (Some(now), 1));
    // One that is being asked answers, or fails to, by itself; one that is being updated is left to its job.
    assert_eq!(next(&book), Some(now + POLL));
    assert_eq!(book.next_question(&HashSet::from([bounded("sky-01")])), None);
}

#[test]
fn ids_go_before_names_and_the_present_before_the_absent() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    for (id, name) in [("sky-01", "lamp"), ("sky-02", "fan"), ("sky-03", "fan"), ("sky-04", "sky-01")] {
        book.announced(announcement(id, name, &["10.0.0.1:80"]), now);
    }
    let found = |book: &DeviceBook, called: &str| match book.lookup(called) {
        Lookup::One(device) => device.id.to_string(),
        Lookup::Several(ids) => format!("{} of them", ids.len()),
        Lookup::Nothing => "none".to_owned(),
    };
    assert_eq!(found(&book, "sky-01"), "sky-01");
    assert_eq!(found(&book, "lamp"), "sky-01");
    assert_eq!(found(&book, "fan"), "2 of them");
    assert_eq!(found(&book, "oven"), "none");
    book.gone(&bounded("sky-02"), now);
    assert_eq!(found(&book, "fan"), "sky-03");
}

#[test]
fn a_flood_of_announcements_is_bounded() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    for number in 0..MAX_DEVICES + 10 {
        book.announced(announcement(&format!("sky-{number}"), "", &["10.0.0.1:80"]), now);
    }
    assert_eq!(book.devices().count(), MAX_DEVICES);
}

#[test]
fn ids_are_lower_case_letters_digits_and_dashes() {
    for id in ["a", "sky-01", "0123456789abcdef0123456789abcdef"] {
        assert_eq!(device_id(id).as_deref(), Some(id));
    }
    for text in ["", "Sky", "sky 1", "sky_1", "küche", "a.b", "0123456789abcdef0123456789abcdef0"] {
        assert_eq!(device_id(text), None, "{text}");
    }
}

#[test]
fn only_a_device_that_does_not_answer_is_forgotten() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    book.announced(announcement("sky-01", "lamp", &["10.0.0.1:80"]), now);
    book.answered(&answer("sky-01", "10.0.0.1:80", now));
    assert_eq!(book.forget(&bounded("sky-01")), Urgency::None);
    assert!(book.get("sky-01").is_some());
    book.gone(&bounded("sky-01"), now);
    assert_eq!(book.forget(&bounded("sky-01")), Urgency::Now);
    assert!(book.get("sky-01").is_none());
    // An answer that was under way brings it back.
    assert_eq!(book.answered(&answer("sky-01", "10.0.0.1:80", now)), Urgency::Now);
    assert_eq!(book.forget(&bounded("sky-99")), Urgency::None);
}

fn remembered(id: &str, seen: u64) -> Remembered {
    Remembered {
        id: id.to_owned(),
        name: "lamp\u{1b}".to_owned(),
        family: crate::engine::Family::Skylift,
        chip: Chip::Esp32C3,
        version: "0.9".to_owned(),
        address: "10.0.0.1:80".parse().unwrap(),
        source: Source::Mdns,
        last_seen: std::time::UNIX_EPOCH + Duration::from_secs(seen),
    }
}

#[test]
fn who_was_there_before_is_offline_until_it_is_found() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    book.announced(announcement("sky-01", "lamp", &["10.0.0.7:80"]), now);
    book.remember(vec![remembered("sky-01", 1), remembered("sky-02", 2), remembered("no id", 3)], now);
    assert_eq!(book.devices().count(), 2);
    assert_eq!(book.get("sky-01").unwrap().presence, Presence::Announced);
    let known = book.get("sky-02").unwrap();
    assert_eq!((known.presence, known.name.as_str()), (Presence::Offline, "lamp\u{FFFD}"));
    assert_eq!(due(&mut book, now), 2);
    // Announced from elsewhere, it is asked there.
    book.announced(announcement("sky-02", "lamp", &["10.0.0.9:80"]), now);
    let device = book.get("sky-02").unwrap();
    assert_eq!(device.address, "10.0.0.9:80".parse().unwrap());
    assert_eq!(device.other_addresses, ["10.0.0.1:80".parse().unwrap()], "and where it was");
    book.answered(&answer("sky-02", "10.0.0.9:80", now));
    assert_eq!((book.get("sky-02").unwrap().presence, book.devices().count()), (Presence::Online, 2));
}

#[test]
fn who_stays_away_is_asked_ever_more_rarely_until_somebody_searches() {
    let mut now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    let id = bounded("sky-01");
    book.remember(vec![remembered("sky-01", 1)], now);
    let mut pauses = Vec::new();
    for _ in 0..9 {
        assert_eq!(due(&mut book, now), 1);
        book.missed(&id, &no_answer(), now);
        let next = book.next_question(&HashSet::new()).unwrap();
        pauses.push((next - now).as_secs());
        now = next;
    }
    assert_eq!(pauses, [9, 9, 18, 36, 60, 60, 60, 60, 60]);
    now -= POLL;
    assert_eq!(due(&mut book, now), 0);
    book.ask_all(now);
    assert_eq!(due(&mut book, now), 1);
    book.missed(&id, &no_answer(), now);
    assert_eq!(book.next_question(&HashSet::new()), Some(now + POLL * OFFLINE_FACTOR));
}

#[test]
fn former_sessions_leave_room_for_who_is_here() {
    let now = Instant::now();
    let mut book = DeviceBook::new(POLL);
    let all = (0..MAX_DEVICES as u64).map(|seen| remembered(&format!("sky-{seen}"), seen));
    book.remember(all.collect(), now);
    assert_eq!(book.devices().count(), MAX_REMEMBERED);
    assert!(book.get("sky-0").is_none() && book.get(&format!("sky-{}", MAX_DEVICES - 1)).is_some());
}
