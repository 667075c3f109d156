//! Tests: what the history shows, and how it groups what belongs together.

use super::sample::validated;
use super::*;
use crate::gui::settings;
use crate::store::PastEnd;

fn rolled_back(number: i64, device: &str, from: u64) -> PastUpdate {
    let mut update = validated(number, device, from, from + 5);
    let end = update.end.take().unwrap();
    update.end = Some(PastEnd { verdict: "rolled_back".to_owned(), ..end });
    update
}

fn state() -> State {
    let mut state = State::new(settings::View::default());
    let updates = vec![
        rolled_back(4, "attic", 900),
        validated(3, "porch", 500, 510),
        rolled_back(2, "door", 2),
        validated(1, "lamp", 0, 10),
    ];
    hear(&mut state, Event::Updates(updates.into_iter().map(Arc::new).collect()));
    state
}

#[test]
fn filters_count_updates_and_leave_groups() {
    let mut state = state();
    assert_eq!(state.history.count(Filter::All), 4);
    assert_eq!(state.history.count(Filter::RolledBack), 2);
    assert_eq!(state.history.shown().count(), 3);
    act(&mut state, Action::Filter(Filter::RolledBack));
    assert_eq!(state.history.shown().count(), 2);
    act(&mut state, Action::Search("LAMP".to_owned()));
    // The lamp itself validated.
    assert_eq!(state.history.shown().count(), 0);
}

#[test]
fn arrows_go_from_row_to_row_and_stay_inside() {
    let mut state = state();
    assert_eq!(state.history.open, Some(4));
    let mut opened = Vec::new();
    for rows in [1, 1, 1, -1, -5] {
        act(&mut state, Action::Move(rows));
        opened.extend(state.history.open);
    }
    // Of a group, the one that went wrong.
    assert_eq!(opened, [3, 2, 2, 3, 4]);
}

#[test]
fn what_is_open_stays_open_when_more_comes() {
    let mut state = state();
    act(&mut state, Action::Open(1));
    let mut updates = state.history.updates.clone();
    updates.insert(0, Arc::new(validated(5, "shed", 2000, 2010)));
    hear(&mut state, Event::Updates(updates));
    let (group, update) = state.history.opened().unwrap();
    assert_eq!((group.count(), update.number), (2, 1));
}
