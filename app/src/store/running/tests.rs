//! Tests: rows in progress, their owners, and what becomes of those that are left behind.

use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

use super::super::{DataDir, PastUpdate};
use super::*;

const LONG: Duration = Duration::from_secs(3600);

pub(in crate::store) fn open() -> (TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&DataDir::new(Some(folder.path().to_owned()))).unwrap();
    (folder, database)
}

pub(in crate::store) fn entry(device: &str) -> Entry {
    let started = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    Entry {
        number: None,
        device: device.to_owned(),
        name: format!("name of {device}"),
        project: "demo".to_owned(),
        version: "2.0.0".to_owned(),
        from_version: "1.0.0".to_owned(),
        size: 1000,
        file_sha256: "ab".repeat(32),
        image_sha256: "cd".repeat(32),
        started,
        end: None,
        bytes: 0,
        rate: None,
        resumed_from: None,
        served_at: None,
        air: None,
        pace: Pace::default(),
        timeline: vec![Moment { at: started, what: What::Phase("preparing".to_owned()) }],
        rollout: None,
        course: Course::default(),
        drill: None,
        log: None,
    }
}

pub(in crate::store) fn record(database: &mut Database, owner: &Owner, entry: &Entry) -> i64 {
    database.record(owner, [entry]).unwrap()[0]
}

fn ended(verdict: &str, at: SystemTime) -> Option<PastEnd> {
    Some(PastEnd { at, verdict: verdict.to_owned(), reason: None, detail: None, crash: None })
}

fn read(database: &Database, number: i64) -> PastUpdate {
    database.update(number).unwrap().unwrap()
}

#[test]
fn a_row_follows_its_update() {
    let (_folder, mut database) = open();
    let owner = Owner::new().unwrap();
    let mut entry = entry("sky-01");
    let number = record(&mut database, &owner, &entry);
    let running = read(&database, number);
    assert_eq!(running.owner.map(|sign| sign.pid), Some(std::process::id()));
    assert_eq!((running.end, running.timeline.len()), (None, 1));

    entry.number = Some(number);
    let at = entry.started + Duration::from_millis(1500);
    entry.timeline.push(Moment { at, what: What::Phase("offered".to_owned()) });
    entry.timeline.push(Moment { at, what: What::Note("resumed_from 512".to_owned()) });
    entry.bytes = 488;
    entry.resumed_from = Some(512);
    entry.end = ended("validated", at + Duration::from_secs(1));
    entry.log = Some("hello\nworld\n".to_owned());
    assert_eq!(record(&mut database, &owner, &entry), number);
    let update = read(&database, number);
    assert_eq!(update.timeline, entry.timeline);
    assert_eq!((update.bytes, update.resumed_from, update.owner), (488, Some(512), None));
    assert_eq!(update.log.as_deref(), Some("hello\nworld\n"));
    let times: Vec<_> = update.phases().map(|phase| (phase.phase, phase.time)).collect();
    let ms = |ms| Some(Duration::from_millis(ms));
    assert_eq!(times, [("preparing", ms(1500)), ("offered", ms(1000))]);
    assert_eq!(update.duration(), ms(2500));
}

#[test]
fn only_rows_whose_owner_is_silent_are_closed() {
    let (folder, mut dead) = open();
    let (gone, here) = (Owner::new().unwrap(), Owner::new().unwrap());
    let left = record(&mut dead, &gone, &entry("sky-01"));
    // Killed: nothing is closed, nothing is said.
    drop(dead);
    let mut database = Database::open(&DataDir::new(Some(folder.path().to_owned()))).unwrap();
    let mine = record(&mut database, &here, &entry("sky-02"));
    database
        .together(|t| {
            t.execute("UPDATE owners SET heartbeat = heartbeat - 60000 WHERE token = ?1", [&gone.token])
        })
        .unwrap();

    assert_eq!(database.close_abandoned(LONG).unwrap(), 0);
    assert_eq!(database.close_abandoned(Duration::from_secs(30)).unwrap(), 1);
    let closed = read(&database, left);
    let end = closed.end.unwrap();
    assert_eq!((end.verdict.as_str(), end.reason.as_deref()), (LOST, Some(APP_STOPPED)));
    // It ended when its process last gave a sign, not when somebody found it.
    assert!(end.at < SystemTime::now() - Duration::from_secs(50));
    assert_eq!(closed.owner, None);
    assert_eq!(read(&database, mine).end, None);
}

#[test]
fn who_was_taken_for_dead_puts_it_right() {
    let (_folder, mut database) = open();
    let owner = Owner::new().unwrap();
    let mut entry = entry("sky-01");
    let number = record(&mut database, &owner, &entry);
    assert_eq!(database.close_abandoned(Duration::ZERO).unwrap(), 1);
    entry.number = Some(number);
    record(&mut database, &owner, &entry);
    let row = read(&database, number);
    assert!(row.end.is_none() && row.owner.is_some());
}

#[test]
fn a_verdict_is_corrected() {
    let (_folder, mut database) = open();
    let owner = Owner::new().unwrap();
    let mut entry = entry("sky-01");
    entry.end = ended("lost", entry.started + Duration::from_secs(90));
    entry.number = Some(record(&mut database, &owner, &entry));
    entry.end = ended("validated", entry.started + Duration::from_secs(200));
    let number = record(&mut database, &owner, &entry);
    assert_eq!(read(&database, number).end, entry.end);
}

#[test]
fn an_owner_without_work_is_no_owner() {
    let (_folder, mut database) = open();
    let owner = Owner::new().unwrap();
    let owners = |database: &Database| {
        database.read(|c| c.query_row("SELECT count(*) FROM owners", [], |row| row.get::<_, i64>(0))).unwrap()
    };
    let mut entry = entry("sky-01");
    entry.number = Some(record(&mut database, &owner, &entry));
    assert_eq!(owners(&database), 1);
    entry.end = ended("refused", entry.started);
    record(&mut database, &owner, &entry);
    assert_eq!(owners(&database), 0);
    assert_eq!(database.close_abandoned(Duration::ZERO).unwrap(), 0);
}
