//! Tests: bytes over the air and speeds, from one run to the next.

use super::super::running::tests::{entry, open, record};
use super::super::running::{Entry, Owner};
use super::super::{Paces, PastRollout, Selection};
use super::*;
use crate::engine::PaceBook as _;
use crate::store::DataDir;

fn air(encoding: &str, sent: u64, raw: u64) -> Option<PastAir> {
    Some(PastAir { encoding: encoding.to_owned(), time: Airtime { sent, raw } })
}

fn pace(link: f64) -> Pace {
    Pace { link: Some(link), flash: Some(200_000.0), restart: Some(Duration::from_millis(2345)) }
}

#[test]
fn a_row_has_what_was_sent_for_it() {
    let (_folder, mut database) = open();
    let owner = Owner::new().unwrap();
    let mut update = entry("sky-01");
    let number = record(&mut database, &owner, &update);
    assert_eq!(database.update(number).unwrap().unwrap().air, None);
    (update.number, update.air) = (Some(number), air("delta", 3_148, 532_592));
    record(&mut database, &owner, &update);
    let found = database.update(number).unwrap().unwrap().air.unwrap();
    assert_eq!(Some(found.clone()), update.air);
    assert_eq!((found.time.saved(), found.time.saved_percent()), (529_444, Some(99)));
}

#[test]
fn the_last_speeds_of_a_device_come_first_and_no_others() {
    let (folder, mut database) = open();
    let owner = Owner::new().unwrap();
    for number in 1..=7_u8 {
        record(&mut database, &owner, &Entry { pace: pace(number.into()), ..entry("sky-01") });
    }
    record(&mut database, &owner, &entry("sky-01"));
    record(&mut database, &owner, &Entry { pace: pace(99.0), ..entry("sky-02") });
    let wanted: Vec<Pace> = [7.0, 6.0, 5.0, 4.0, 3.0].map(pace).to_vec();
    assert_eq!(database.paces("sky-01").unwrap(), wanted);
    let book = Paces::new(&DataDir::new(Some(folder.path().to_owned())));
    assert_eq!(book.paces("sky-01"), wanted);
    assert_eq!(book.paces("sky-03"), []);
}

#[test]
fn where_there_is_no_history_none_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = DataDir::new(Some(folder.path().join("new")));
    assert_eq!(Paces::new(&data_dir).paces("sky-01"), []);
    assert!(!data_dir.path().exists());
}

#[test]
fn a_rollout_has_the_sum_of_all_its_runs() {
    let (_folder, mut database) = open();
    let rollout = PastRollout {
        id: "0123456789abcdef-1".to_owned(),
        started: std::time::UNIX_EPOCH,
        devices: 3,
        canaries: 0,
        parallel: 3,
        stop_after: None,
    };
    for (device, air) in
        [("sky-01", air("delta", 3_000, 500_000)), ("sky-02", air("raw", 500_000, 500_000)), ("sky-03", None)]
    {
        // Each by a process of its own, as after a restart.
        let owner = Owner::new().unwrap();
        let update = Entry { air, rollout: Some(rollout.clone()), ..entry(device) };
        record(&mut database, &owner, &update);
    }
    record(&mut database, &Owner::new().unwrap(), &Entry { air: air("raw", 9, 9), ..entry("sky-04") });
    assert_eq!(database.close_abandoned(Duration::ZERO).unwrap(), 4);
    let all = Airtime { sent: 503_000, raw: 1_000_000 };
    assert_eq!(database.airtime_of_rollout(&rollout.id).unwrap(), all);
    assert_eq!(database.airtime_of_rollout("another").unwrap(), Airtime::default());
    let rows = database.updates(&Selection::default()).unwrap();
    let of = rows.iter().filter(|row| row.rollout.is_some()).filter_map(|row| row.air.as_ref());
    assert_eq!(of.map(|air| air.time).sum::<Airtime>(), all);
}
