//! Tests: devices that are remembered, called, tagged and forgotten.

use std::time::{Duration, UNIX_EPOCH};

use tempfile::TempDir;

use super::super::running::Owner;
use super::super::running::tests::{entry, open, record};
use super::super::{PastEnd, Selection};
use super::*;

fn seen(id: &str, name: &str, second: u64) -> Seen {
    Seen {
        id: id.to_owned(),
        formerly: None,
        name: name.to_owned(),
        family: "skylift",
        chip: "esp32c3".to_owned(),
        version: format!("1.{second}.0"),
        address: "10.0.0.7:80".parse().unwrap(),
        by_address: true,
        at: UNIX_EPOCH + Duration::from_secs(second),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn with(devices: &[Seen]) -> (TempDir, Database) {
    let (folder, mut database) = open();
    database.saw(devices).unwrap();
    (folder, database)
}

#[test]
fn the_last_answer_counts_and_the_first_is_remembered() {
    let (_folder, mut database) = with(&[seen("sky-01", "lamp", 5)]);
    database.saw(&[seen("sky-01", "big lamp", 9)]).unwrap();
    let device = database.device("sky-01").unwrap();
    assert_eq!((device.name.as_str(), device.version.as_str()), ("big lamp", "1.9.0"));
    assert_eq!(device.first_seen, UNIX_EPOCH + Duration::from_secs(5));
    assert_eq!(device.last_seen, UNIX_EPOCH + Duration::from_secs(9));
    assert!(device.by_address);
}

#[test]
fn an_id_goes_before_names() {
    let (_folder, database) =
        with(&[seen("sky-01", "lamp", 1), seen("sky-02", "lamp", 1), seen("sky-03", "sky-01", 1)]);
    assert_eq!(database.device("sky-01").unwrap().id, "sky-01");
    let error = database.device("lamp").unwrap_err();
    assert_eq!(error.to_string(), "several devices are called `lamp`: sky-01, sky-02");
    assert!(matches!(database.device("door").unwrap_err(), KnownError::Unknown(_)));
}

#[test]
fn tags_come_and_go() {
    let (_folder, mut database) = with(&[seen("sky-01", "lamp", 1)]);
    database.tag("sky-01", &words(&["kitchen", "attic", "kitchen"])).unwrap();
    assert_eq!(database.device("lamp").unwrap().tags, ["attic", "kitchen"]);
    database.untag("sky-01", &words(&["attic", "cellar"])).unwrap();
    assert_eq!(database.device("lamp").unwrap().tags, ["kitchen"]);
}

#[test]
fn what_is_forgotten_is_gone() {
    let (_folder, mut database) = with(&[seen("sky-01", "lamp", 1)]);
    database.tag("sky-01", &words(&["kitchen"])).unwrap();
    let owner = Owner::new().unwrap();
    let mut update = entry("sky-01");
    update.number = Some(record(&mut database, &owner, &update));
    assert!(matches!(database.forget("sky-01", false).unwrap_err(), KnownError::Updating(_)));

    let at = UNIX_EPOCH + Duration::from_secs(9);
    update.end =
        Some(PastEnd { at, verdict: "validated".to_owned(), reason: None, detail: None, crash: None });
    record(&mut database, &owner, &update);
    assert_eq!(database.forget("sky-01", false).unwrap(), 0);
    assert!(database.devices().unwrap().is_empty());
    assert_eq!(database.updates(&Selection::default()).unwrap().len(), 1);

    // Seen again, it is a new device, without tags.
    database.saw(&[seen("sky-01", "lamp", 1)]).unwrap();
    assert!(database.device("sky-01").unwrap().tags.is_empty());
    assert_eq!(database.forget("sky-01", true).unwrap(), 1);
    assert!(database.updates(&Selection::default()).unwrap().is_empty());
    // What comes late does not bring it back.
    record(&mut database, &owner, &update);
    assert!(database.updates(&Selection::default()).unwrap().is_empty());
}

#[test]
fn names_are_made_printable() {
    let (_folder, database) = with(&[seen("sky-01", "\u{1b}[2Jlamp", 1)]);
    assert_eq!(database.device("sky-01").unwrap().name, "\u{FFFD}[2Jlamp");
}

#[test]
fn a_jaguar_device_takes_what_is_kept_of_it_to_its_new_id() {
    let jaguar = |id: &str, formerly: Option<&str>, second| Seen {
        family: "jaguar",
        chip: "esp32s3".to_owned(),
        version: "v2.0.0-alpha.190".to_owned(),
        formerly: formerly.map(str::to_owned),
        ..seen(id, "otter", second)
    };
    let (old, new) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
    let (_folder, mut database) = with(&[jaguar(old, None, 5), seen("sky-01", "lamp", 1)]);
    database.tag(old, &words(&["attic"])).unwrap();
    record(&mut database, &Owner::new().unwrap(), &entry(old));
    // It is seen more often than once.
    database.saw(&[jaguar(new, Some(old), 9)]).unwrap();
    database.saw(&[jaguar(new, Some(old), 10)]).unwrap();

    let devices = database.devices().unwrap();
    assert_eq!(devices.iter().map(|device| device.id.as_str()).collect::<Vec<_>>(), [new, "sky-01"]);
    let device = database.device(new).unwrap();
    let facts = device.family.jaguar().unwrap();
    assert_eq!((facts.chip_word.as_str(), facts.sdk_version.as_str()), ("esp32s3", "v2.0.0-alpha.190"));
    assert_eq!(device.first_seen, UNIX_EPOCH + Duration::from_secs(5));
    assert_eq!(device.tags, ["attic"]);
    let of_it = Selection { device: Some(new.to_owned()), latest: None };
    assert_eq!(database.updates(&of_it).unwrap().len(), 1);
    assert_eq!(database.device("sky-01").unwrap().family, Family::Skylift);
}
