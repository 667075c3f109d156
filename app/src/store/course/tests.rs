//! Tests: what is written of a course is what is read again, also after it was thinned out.

use super::super::running::Owner;
use super::super::running::tests::{entry, open, record};
use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn sample(at: u64, written: u32) -> Sample {
    Sample { at: ms(at), served: Some(u64::from(written) * 4), written: Some(written), rssi: Some(-61) }
}

fn boot(from: u64, count: u32, version: &str) -> PastBoot {
    PastBoot {
        from: ms(from),
        until: ms(from + 100),
        count,
        reset: "software".to_owned(),
        version: version.to_owned(),
        state: "pending".to_owned(),
        protection: "guard".to_owned(),
    }
}

pub(in crate::store) fn course() -> Course {
    let first = Sample { at: ms(0), served: None, written: None, rssi: None };
    Course { samples: vec![first, sample(250, 1024)], boots: vec![boot(0, 3, "1.0.0")] }
}

#[test]
fn a_course_grows_and_is_thinned_out() {
    let (_folder, mut database) = open();
    let owner = Owner::new().unwrap();
    let mut entry = entry("sky-01");
    entry.course = course();
    let number = record(&mut database, &owner, &entry);
    entry.number = Some(number);
    assert_eq!(database.course(number).unwrap(), entry.course);

    entry.course.samples.extend([sample(500, 2048), sample(750, 4096)]);
    entry.course.boots[0].until = ms(800);
    entry.course.boots[0].state = "valid".to_owned();
    entry.course.boots.push(boot(900, 4, "2.0.0"));
    record(&mut database, &owner, &entry);
    assert_eq!(database.course(number).unwrap(), entry.course);

    // Every second one goes, and one comes.
    entry.course.samples.remove(3);
    entry.course.samples.remove(1);
    entry.course.samples.push(sample(1500, 9000));
    record(&mut database, &owner, &entry);
    assert_eq!(database.course(number).unwrap(), entry.course);
}

#[test]
fn it_goes_with_its_update() {
    let (_folder, mut database) = open();
    let owner = Owner::new().unwrap();
    let mut entry = entry("sky-01");
    entry.course = course();
    entry.rollout = super::super::export::tests::update().rollout;
    entry.end = Some(super::super::PastEnd {
        at: entry.started,
        verdict: "validated".to_owned(),
        reason: None,
        detail: None,
        crash: None,
    });
    let number = record(&mut database, &owner, &entry);
    assert_eq!(database.update(number).unwrap().unwrap().rollout, entry.rollout);
    assert_eq!(database.forget("sky-01", true).unwrap(), 1);
    assert_eq!(database.course(number).unwrap(), Course::default());
    let rollouts = "SELECT count(*) FROM rollouts";
    let left: i64 = database.read(|connection| connection.query_row(rollouts, [], |row| row.get(0))).unwrap();
    assert_eq!(left, 0);
}
