//! Tests: what the history shows, and how it groups what belongs together.

use super::sample::{of_rollout, validated};
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
        of_rollout("a-1", rolled_back(2, "door", 2)),
        of_rollout("a-1", validated(1, "lamp", 0, 10)),
    ];
    hear(&mut state, Event::Updates(updates.into_iter().map(Arc::new).collect()));
    state
}

fn groups(state: &State) -> usize {
    state.history.list.lines().iter().filter(|line| matches!(line, Line::Group(_))).count()
}

#[test]
fn each_day_has_one_heading() {
    let mut state = state();
    let mut updates = state.history.updates.clone();
    updates.push(Arc::new(validated(0, "shed", 0, 10)));
    let yesterday = Arc::make_mut(updates.last_mut().unwrap());
    yesterday.started -= std::time::Duration::from_secs(86_400);
    hear(&mut state, Event::Updates(updates));
    let lines = state.history.list.lines();
    let days: Vec<_> = (0..lines.len()).filter(|at| matches!(lines[*at], Line::Day(_))).collect();
    assert_eq!((days, lines.len()), (vec![0, 4], 6));
    act(&mut state, Action::Search("nothing has this name".to_owned()));
    assert!(state.history.list.lines().is_empty());
}

#[test]
fn filters_count_updates_and_leave_groups() {
    let mut state = state();
    assert_eq!(state.history.list.count(Filter::All), 4);
    assert_eq!(state.history.list.count(Filter::RolledBack), 2);
    assert_eq!(groups(&state), 3);
    act(&mut state, Action::Filter(Filter::RolledBack));
    assert_eq!(groups(&state), 2);
    act(&mut state, Action::Search("LAMP".to_owned()));
    // The lamp itself validated.
    assert_eq!(groups(&state), 0);
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

#[test]
fn the_course_of_what_is_open_is_read_and_another_is_not_shown() {
    let mut state = state();
    let effects = act(&mut state, Action::Open(2));
    assert!(matches!(effects[..], [Effect::LoadCourse(2)]), "{effects:?}");
    let course = |number| Event::Course(number, Arc::default());
    hear(&mut state, course(4));
    assert!(state.history.course().is_none());
    hear(&mut state, course(2));
    assert!(state.history.course().is_some());
    // Of a group, the one that went wrong is open again; its course is read anew.
    assert!(matches!(act(&mut state, Action::Move(-5))[..], [Effect::LoadCourse(4)]));
    assert!(state.history.course().is_none());
}
