//! Who is told again: one that has forgotten, and one that did not hear it; never without end.

use std::time::{Duration, Instant, UNIX_EPOCH};

use skylift_protocol::{Prepared, Status};

use super::*;
use crate::engine::devices::DeviceBook;
use crate::engine::update::sample;

const ERASES: Preparation = Preparation::Erases { slot: 1 };

/// A device of which the book knows this, since so many seconds.
fn device(status: Status, second: u64) -> Device {
    let mut book = DeviceBook::new(Duration::from_secs(3));
    book.answered(&sample::sighting(status, Instant::now()));
    let known = Arc::clone(book.get("sky-01").unwrap());
    Device { last_seen: Some(UNIX_EPOCH + Duration::from_secs(second)), ..(*known).clone() }
}

fn booted(boot_id: u32, prepared: Option<u8>) -> Status {
    let prepared = prepared.map(|slot| Prepared { slot, bytes: 0 });
    Status { boot_id: Some(boot_id), prepared, ..sample::status() }
}

/// Told once, in its seventh boot, with this answer.
fn told(answer: Preparation) -> Telling {
    let mut telling = Telling::default();
    let first = device(booted(7, None), 1);
    assert!(telling.is_due(&first) && !telling.is_under_way());
    assert!(telling.begin(&first).holds());
    assert!(telling.is_under_way() && !telling.is_due(&first));
    assert_eq!(telling.shown(), Some(&Preparation::Asked));
    telling.end(answer);
    telling
}

#[test]
fn who_restarts_and_has_forgotten_is_told_again() {
    let mut telling = told(ERASES);
    // An answer can be older than what it was told.
    for (status, is_due) in [
        (booted(7, None), false),
        (booted(7, Some(1)), false),
        (booted(8, Some(1)), false),
        (booted(8, Some(0)), true),
        (booted(8, None), true),
        // Firmware that has no number counts.
        (Status { boot_id: None, boot_count: 4, ..sample::status() }, true),
    ] {
        assert_eq!(telling.is_due(&device(status.clone(), 2)), is_due, "{status:?}");
    }
    let eighth = device(booted(8, None), 2);
    telling.begin(&eighth);
    assert_eq!(telling.shown(), Some(&ERASES), "what was erased once is gone");
    telling.end(ERASES);
    assert!(!telling.is_due(&eighth));
    assert!(telling.is_due(&device(booted(9, None), 3)));
}

#[test]
fn who_did_not_answer_is_told_when_it_is_seen_again() {
    let mut telling = told(Preparation::Asked);
    assert_eq!(telling.shown(), Some(&Preparation::Asked));
    assert!(!telling.is_due(&device(booted(7, None), 1)));
    let back = device(booted(7, None), 2);
    assert!(telling.is_due(&back));
    telling.begin(&back);
    telling.end(ERASES);
    assert_eq!(telling.shown(), Some(&ERASES));
}

#[test]
fn a_refusal_stands() {
    let no = Preparation::Left("no".to_owned());
    let mut telling = told(no.clone());
    assert_eq!(telling.shown(), Some(&no));
    assert!(!telling.is_due(&device(booted(8, None), 2)));
    // One that refuses the second time has erased all the same.
    telling = told(ERASES);
    telling.begin(&device(booted(8, None), 2));
    telling.end(no);
    assert_eq!(telling.shown(), Some(&ERASES));
    assert!(!telling.is_due(&device(booted(9, None), 3)));
}

#[test]
fn nobody_is_told_without_end() {
    for (answer, at_last) in
        [(Preparation::Asked, Preparation::Left("it did not answer".to_owned())), (ERASES, ERASES)]
    {
        let mut telling = Telling::default();
        let mut times = 0;
        for boot in 0..50 {
            let now = device(booted(boot, None), boot.into());
            if telling.is_due(&now) {
                times += 1;
                telling.begin(&now);
                telling.end(answer.clone());
            }
        }
        assert_eq!((times, telling.shown()), (MOST_TIMES, Some(&at_last)));
    }
}
