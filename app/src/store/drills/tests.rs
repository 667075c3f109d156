//! Tests: drills are kept with their updates, and the last one that says something counts.

use super::super::running::Owner;
use super::super::running::tests::{entry, open, record};
use super::super::{PastEnd, Selection};
use super::*;

fn drill(result: Option<&str>) -> PastDrill {
    PastDrill {
        method: "crash".to_owned(),
        image_before: "ab".repeat(32),
        result: result.map(str::to_owned),
        recovery: (result == Some("proven")).then_some(Duration::from_millis(3210)),
    }
}

/// Records a drill that has ended, some seconds after the beginning of all.
fn add(database: &mut Database, device: &str, seconds: u64, result: Option<&str>) -> i64 {
    let mut entry = entry(device);
    let at = entry.started + Duration::from_secs(seconds);
    let reason = Some("panic".to_owned());
    entry.end = Some(PastEnd { at, verdict: "rolled_back".to_owned(), reason, detail: None, crash: None });
    entry.drill = Some(drill(result));
    record(database, &Owner::new().unwrap(), &entry)
}

#[test]
fn a_drill_is_read_with_its_update() {
    let (_folder, mut database) = open();
    let owner = Owner::new().unwrap();
    let mut entry = entry("sky-01");
    entry.drill = Some(drill(None));
    entry.number = Some(record(&mut database, &owner, &entry));
    let read = |database: &Database| database.updates(&Selection::default()).unwrap().remove(0);
    assert_eq!(read(&database).drill, Some(drill(None)));
    assert_eq!(database.last_drill("sky-01").unwrap(), None);

    entry.end = Some(PastEnd {
        at: entry.started + Duration::from_secs(9),
        verdict: "rolled_back".to_owned(),
        reason: Some("panic".to_owned()),
        detail: None,
        crash: None,
    });
    entry.drill = Some(drill(Some("proven")));
    record(&mut database, &owner, &entry);
    assert_eq!(read(&database).drill, Some(drill(Some("proven"))));
    let last = database.last_drill("sky-01").unwrap().unwrap();
    assert_eq!((last.at, last.drill.clone()), (entry.end.unwrap().at, drill(Some("proven"))));
    assert_eq!((last.version_before.as_str(), last.reason.as_deref()), ("1.0.0", Some("panic")));
    assert_eq!(database.last_drills().unwrap(), BTreeMap::from([("sky-01".to_owned(), last)]));
}

#[test]
fn the_last_that_says_something_counts() {
    let (_folder, mut database) = open();
    let proven = add(&mut database, "sky-01", 1, Some("proven"));
    add(&mut database, "sky-01", 2, Some("not_run"));
    add(&mut database, "sky-01", 3, None);
    let unprotected = add(&mut database, "sky-02", 4, Some("unprotected"));
    let numbers = |database: &Database| -> Vec<(String, i64)> {
        let drills = database.last_drills().unwrap();
        drills.into_iter().map(|(device, last)| (device, last.number)).collect()
    };
    let is = |device: &str, number| (device.to_owned(), number);
    assert_eq!(numbers(&database), [is("sky-01", proven), is("sky-02", unprotected)]);
    let lost = add(&mut database, "sky-01", 5, Some("lost"));
    assert_eq!(numbers(&database)[0], is("sky-01", lost));
}

#[test]
fn a_drill_is_forgotten_with_its_update() {
    let (_folder, mut database) = open();
    add(&mut database, "sky-01", 1, Some("proven"));
    assert_eq!(database.forget("sky-01", true).unwrap(), 1);
    assert_eq!(database.last_drill("sky-01").unwrap(), None);
    let left: i64 =
        database.read(|c| c.query_row("SELECT count(*) FROM drills", [], |row| row.get(0))).unwrap();
    assert_eq!(left, 0);
}
