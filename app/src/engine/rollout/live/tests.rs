//! Whom a rollout tells to erase ahead: those who only wait, few at a time, the next ones first.

use std::time::Duration;

use skylift_protocol::bounded;

use super::super::Wanted;
use super::super::prepare::Preparation;
use super::super::rules::{Ending, Limits};
use super::*;
use crate::engine::snapshot::Presence;
use crate::engine::target::HostPort;
use crate::engine::update::{UpdateOptions, sample};

const ERASES: Preparation = Preparation::Erases { slot: 1 };

fn id(at: usize) -> Id {
    bounded(&format!("sky-{at:02}"))
}

fn seen(book: &mut DeviceBook, at: usize) {
    let mut sighting = sample::sighting(sample::status(), Instant::now());
    sighting.status.id = id(at);
    book.answered(&sighting);
}

/// A rollout that updates one after the other, and those who are in it; the first is being updated.
fn one_by_one(devices: usize, erase_ahead: bool) -> (Live, DeviceBook) {
    let mut book = DeviceBook::new(Duration::from_secs(3));
    let target = Target::At(HostPort { host: "127.0.0.1".to_owned(), port: 80 });
    let seat = |at| {
        seen(&mut book, at);
        let wanted = Wanted { target: target.clone(), id: Some(id(at)) };
        Seat::new(wanted, book.get(&id(at)), None)
    };
    let seats: Vec<Seat> = (0..devices).map(seat).collect();
    let limits = Limits { parallel: 1, stop_after: None };
    let entrants = vec![Entrant { canary: false, place: Place::Ready }; devices];
    let mut rules = Rules::new(limits, entrants);
    assert_eq!(rules.take(Input::Begin), [Output::Start(0)]);
    let image = Arc::new(sample::image(sample::demo().build().unwrap()));
    let order = RolloutOrder {
        image,
        options: UpdateOptions::default(),
        limits,
        canary: Canary::Nobody,
        only_outdated: false,
        when_back: false,
        erase_ahead,
        devices: Vec::new(),
    };
    (Live::new(RolloutId(1), order, rules, seats), book)
}

fn told(live: &mut Live, book: &DeviceBook, room: usize) -> Vec<usize> {
    live.announcements(book, room).iter().map(|announcement| announcement.at).collect()
}

#[test]
fn few_are_told_at_a_time_and_all_in_the_order_of_their_turns() {
    let (mut live, book) = one_by_one(6, true);
    assert_eq!(told(&mut live, &book, 2), [1, 2]);
    assert_eq!((live.being_told(), told(&mut live, &book, 0)), (2, Vec::new()));
    live.prepared(2, ERASES);
    assert_eq!((live.being_told(), told(&mut live, &book, 1)), (1, vec![3]));
    live.prepared(1, Preparation::Left("no".to_owned()));
    live.prepared(3, ERASES);
    assert_eq!(told(&mut live, &book, 9), [4, 5]);
    assert!(one_by_one(6, false).0.announcements(&book, 9).is_empty(), "nobody wants it");
}

#[test]
fn who_does_not_answer_is_told_once_it_does() {
    let (mut live, mut book) = one_by_one(3, true);
    book.gone(&id(1), Instant::now());
    assert_eq!(book.get(&id(1)).unwrap().presence, Presence::Offline);
    assert_eq!(told(&mut live, &book, 9), [2]);
    seen(&mut book, 1);
    assert_eq!(told(&mut live, &book, 9), [1]);
    assert!(told(&mut live, &book, 9).is_empty());
}

#[test]
fn whose_turn_has_come_is_not_told_any_more() {
    let (mut live, mut book) = one_by_one(4, true);
    let announced = live.announcements(&book, 2);
    let wanted = || [announced[0].still_waits.holds(), announced[1].still_waits.holds()];
    assert_eq!(wanted(), [true, true]);
    // The second begins, and the others are told by and by.
    assert_eq!(live.rules.take(Input::Ended(0, Ending::Proven)), [Output::Start(1)]);
    assert_eq!(told(&mut live, &book, 0), Vec::<usize>::new());
    assert_eq!(wanted(), [false, true]);
    live.prepared(1, Preparation::Asked);
    seen(&mut book, 1);
    assert_eq!(told(&mut live, &book, 9), [3], "it is being updated");
    // Nor is anyone while the user has paused it.
    live.rules.take(Input::Pause);
    assert_eq!(told(&mut live, &book, 9), Vec::<usize>::new());
    assert_eq!(wanted(), [false, false]);
    live.prepared(2, Preparation::Asked);
    live.rules.take(Input::Continue);
    assert!(told(&mut live, &book, 9).is_empty(), "it has not been seen again");
    seen(&mut book, 2);
    assert_eq!(told(&mut live, &book, 9), [2]);
}
