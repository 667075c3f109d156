//! The rules of a rollout, one by one and under random events.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const READY: Entrant = Entrant { canary: false, place: Place::Ready };
const CANARY: Entrant = Entrant { canary: true, place: Place::Ready };
const AWAY: Entrant = Entrant { canary: false, place: Place::Away };

fn rules(parallel: usize, stop_after: Option<usize>, entrants: &[Entrant]) -> Rules {
    Rules::new(Limits { parallel, stop_after }, entrants.to_vec())
}

fn starts(places: &[usize]) -> Vec<Output> {
    places.iter().copied().map(Output::Start).collect()
}

#[test]
fn only_so_many_run_at_a_time() {
    let mut rules = rules(2, None, &[READY; 4]);
    assert_eq!(rules.take(Input::Begin), starts(&[0, 1]));
    assert_eq!(rules.take(Input::Ended(1, Ending::Failed)), starts(&[2]));
    assert_eq!(rules.take(Input::Ended(1, Ending::Proven)), [], "a second result is none");
    assert_eq!(rules.take(Input::Ended(0, Ending::Proven)), starts(&[3]));
    assert_eq!(rules.place(1), Place::Ended(Ending::Failed));
    assert!(!rules.ended());
    for at in [2, 3] {
        assert_eq!(rules.take(Input::Ended(at, Ending::Proven)), []);
    }
    assert!(rules.ended() && rules.stopped().is_none());
}

#[test]
fn the_others_wait_for_the_canaries() {
    let mut rules = rules(4, None, &[READY, CANARY, READY, CANARY]);
    assert_eq!(rules.take(Input::Begin), starts(&[1, 3]));
    assert_eq!(rules.take(Input::Ended(3, Ending::Unproven)), []);
    assert_eq!(rules.take(Input::Ended(1, Ending::Proven)), starts(&[0, 2]));
}

#[test]
fn one_that_only_waits_for_its_turn_is_known() {
    let mut rules = rules(1, None, &[CANARY, READY, CANARY, AWAY]);
    let waiting = |rules: &Rules| (0..5).filter(|at| rules.only_waits(*at)).collect::<Vec<_>>();
    rules.take(Input::Begin);
    assert_eq!(
        waiting(&rules),
        [2],
        "the image is not proven, so only the second canary is sure of its turn"
    );
    rules.take(Input::Ended(0, Ending::Proven));
    assert!(waiting(&rules).is_empty(), "the second canary runs");
    rules.take(Input::Pause);
    rules.take(Input::Ended(2, Ending::Proven));
    assert!(waiting(&rules).is_empty(), "nobody knows how long a pause lasts");
    rules.take(Input::Continue);
    assert_eq!((rules.place(1), waiting(&rules)), (Place::Running, vec![]));
    rules.take(Input::Seen(3));
    assert_eq!(waiting(&rules), [3], "who came back waits as well");
    rules.take(Input::Cancel);
    assert!(waiting(&rules).is_empty(), "its turn will not come");
}

#[test]
fn a_failed_canary_stops_the_rest_and_what_runs_goes_on() {
    let mut rules = rules(4, None, &[READY, CANARY, CANARY, AWAY]);
    assert_eq!(rules.take(Input::Begin), starts(&[1, 2]));
    assert_eq!(rules.take(Input::Ended(1, Ending::Failed)), []);
    assert_eq!(rules.stopped(), Some(Stopped::CanaryFailed));
    assert_eq!(
        [rules.place(0), rules.place(2), rules.place(3)],
        [Place::NotStarted, Place::Running, Place::NotStarted]
    );
    assert_eq!(rules.take(Input::Seen(3)), []);
    assert_eq!(rules.take(Input::Ended(2, Ending::Proven)), []);
    assert!(rules.ended());
}

#[test]
fn a_canary_that_was_refused_has_proven_nothing() {
    let mut rules = rules(4, None, &[CANARY, READY]);
    rules.take(Input::Begin);
    assert_eq!(rules.take(Input::Ended(0, Ending::Unproven)), []);
    assert_eq!((rules.stopped(), rules.place(1)), (Some(Stopped::CanaryUnproven), Place::NotStarted));
}

#[test]
fn failures_are_counted_and_refusals_are_not() {
    let mut rules = rules(1, Some(2), &[READY; 6]);
    rules.take(Input::Begin);
    for (at, ending) in [(0, Ending::Failed), (1, Ending::Unproven), (2, Ending::Proven)] {
        assert_eq!(rules.take(Input::Ended(at, ending)), starts(&[at + 1]));
    }
    assert_eq!(rules.take(Input::Ended(3, Ending::Failed)), []);
    assert_eq!((rules.stopped(), rules.place(4)), (Some(Stopped::Failures), Place::NotStarted));
}

#[test]
fn nothing_is_stopped_where_nothing_is_left() {
    let mut rules = rules(4, Some(1), &[CANARY]);
    rules.take(Input::Begin);
    rules.take(Input::Ended(0, Ending::Failed));
    assert_eq!((rules.stopped(), rules.ended()), (None, true));
}

#[test]
fn who_is_away_begins_when_seen() {
    let mut rules = rules(4, None, &[AWAY, READY]);
    assert_eq!(rules.take(Input::Begin), starts(&[1]));
    assert_eq!(rules.take(Input::Ended(1, Ending::Proven)), []);
    assert!(!rules.ended());
    assert_eq!(rules.take(Input::Seen(0)), starts(&[0]));
    assert_eq!(rules.take(Input::Gone(0)), []);
    assert_eq!(rules.take(Input::Seen(0)), starts(&[0]));
    assert_eq!(rules.take(Input::Ended(0, Ending::Proven)), []);
    assert!(rules.ended());
}

#[test]
fn a_cancel_is_for_all() {
    let mut rules = rules(2, None, &[READY, READY, READY, AWAY]);
    rules.take(Input::Begin);
    assert_eq!(rules.take(Input::Cancel), [Output::Cancel(0), Output::Cancel(1)]);
    assert_eq!(rules.take(Input::Gone(0)), []);
    assert_eq!(rules.place(0), Place::Ended(Ending::Failed));
    rules.take(Input::Ended(1, Ending::Unproven));
    assert!(rules.ended());
    assert_eq!(rules.stopped(), Some(Stopped::Cancelled));
}

#[test]
fn a_pause_lets_those_end_that_run_and_begins_nobody() {
    let mut rules = rules(2, Some(3), &[READY, READY, READY, AWAY]);
    rules.take(Input::Begin);
    assert_eq!(rules.take(Input::Pause), []);
    assert!(rules.is_paused());
    assert_eq!(rules.take(Input::Ended(0, Ending::Proven)), []);
    assert_eq!(rules.take(Input::Seen(3)), []);
    assert_eq!(
        [0, 1, 2, 3].map(|at| rules.place(at)),
        [Place::Ended(Ending::Proven), Place::Running, Place::Ready, Place::Ready]
    );
    assert_eq!(rules.take(Input::Continue), starts(&[2]));
    assert!(!rules.is_paused());
    assert_eq!(rules.take(Input::Ended(1, Ending::Proven)), starts(&[3]));
    rules.take(Input::Pause);
    assert!(!rules.is_paused(), "nobody waits any more");
}

#[test]
fn a_paused_canary_decides_all_the_same() {
    let mut rules = rules(2, None, &[CANARY, READY]);
    rules.take(Input::Begin);
    rules.take(Input::Pause);
    let mut lucky = rules.clone();
    assert_eq!(lucky.take(Input::Ended(0, Ending::Proven)), []);
    assert_eq!(lucky.take(Input::Continue), starts(&[1]));
    assert_eq!(rules.take(Input::Ended(0, Ending::Failed)), []);
    assert_eq!((rules.stopped(), rules.is_paused()), (Some(Stopped::CanaryFailed), false));
    assert_eq!(rules.take(Input::Continue), []);
}

fn entrant() -> impl Strategy<Value = Entrant> {
    let place = prop_oneof![Just(Place::Away), Just(Place::Ready), Just(Place::Ended(Ending::Proven))];
    (prop::bool::weighted(0.2), place).prop_map(|(canary, place)| Entrant { canary, place })
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![3 => Just(Ending::Proven), 1 => Just(Ending::Unproven), 1 => Just(Ending::Failed)]
}

/// Inputs in any order, sensible or not.
fn input() -> impl Strategy<Value = Input> {
    let at = 0..14_usize;
    prop_oneof![
        4 => at.clone().prop_map(Input::Seen),
        2 => at.clone().prop_map(Input::Gone),
        12 => (at, ending()).prop_map(|(at, ending)| Input::Ended(at, ending)),
        1 => Just(Input::Cancel),
        2 => Just(Input::Pause),
        2 => Just(Input::Continue),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Never more than so many run, nothing starts after a stop, a canary goes first, and a result stays.
    #[test]
    fn the_rules_hold_whatever_happens(
        parallel in 0..5_usize,
        stop_after in prop::option::of(1..4_usize),
        entrants in vec(entrant(), 0..12),
        inputs in vec(input(), 0..60),
    ) {
        let mut rules = rules(parallel, stop_after, &entrants);
        // At the end all come back and get a result, so that each has one.
        let homeward = [Input::Continue].into_iter().chain((0..entrants.len()).flat_map(|at| [Input::Seen(at), Input::Ended(at, Ending::Proven)]));
        let again = homeward.clone();
        for input in [Input::Begin].into_iter().chain(inputs).chain(homeward).chain(again) {
            let before = rules.clone();
            let outputs = rules.take(input);
            let running: Vec<_> = rules.all(Place::Running).collect();
            prop_assert!(running.len() <= parallel.max(1));
            for (at, entrant) in before.entrants.iter().enumerate() {
                let place = rules.place(at);
                if matches!(entrant.place, Place::Ended(_) | Place::NotStarted) {
                    prop_assert_eq!(place, entrant.place, "the one result of {} changed", at);
                }
                let started = outputs.contains(&Output::Start(at));
                let begins = place == Place::Running && entrant.place != Place::Running;
                prop_assert_eq!(started, begins);
                if started {
                    prop_assert!(rules.stopped().is_none(), "{} started after the stop", at);
                    prop_assert!(!rules.paused, "{} started in the pause", at);
                    prop_assert!(entrant.canary || rules.canaries_allow(), "{} was before the canary", at);
                }
            }
            let failures = rules.entrants.iter().filter(|it| it.place == Place::Ended(Ending::Failed)).count();
            if stop_after.is_some_and(|most| failures >= most) {
                prop_assert!(!rules.entrants.iter().any(Entrant::is_unbegun), "some still wait");
            }
        }
        prop_assert!(rules.ended(), "{:?}", rules);
    }
}
