//! Tests: what the updates page does with what the user and the engine say.

use skylift_protocol::{Crash, Reason};

use super::sample::{job, rollout};
use super::*;
use crate::engine::{Cause, Job, Snapshot, Why};
use crate::gui::settings;

fn state(jobs: &[Job], rollouts: Vec<Rollout>) -> State {
    let mut state = State::new(settings::View::default());
    state.engine = Arc::new(Snapshot {
        jobs: jobs.iter().cloned().map(Arc::new).collect(),
        rollouts: rollouts.into_iter().map(Arc::new).collect(),
        ..Snapshot::default()
    });
    state
}

fn ended(number: u64, device: &str) -> Job {
    Job { verdict: Some(Verdict::Validated), ..job(number, device) }
}

#[test]
fn the_update_of_one_device_leads_to_its_verdict_once() {
    let lamp = ended(1, "lamp");
    let one = rollout(&[&lamp]);
    let id = one.id;
    let mut state = state(&[lamp], vec![Rollout { ended: true, ..one }]);
    hear(&mut state, Event::Started(id));
    let effects = see(&mut state);
    assert!(matches!(effects[..], [Effect::Notify { .. }, Effect::LoadHistory]), "{effects:?}");
    assert!(matches!(state.updates.shown, Shown::Verdict(JobId(1))));
    act(&mut state, Action::Back);
    assert!(matches!(state.updates.shown, Shown::List));
    assert!(see(&mut state).is_empty());
    assert!(matches!(state.updates.shown, Shown::List));
    act(&mut state, Action::Open(id));
    assert!(matches!(state.updates.shown, Shown::Verdict(JobId(1))));
}

#[test]
fn an_update_that_ended_before_its_start_was_heard_of_is_its_verdict() {
    let lamp = ended(1, "lamp");
    let one = rollout(&[&lamp]);
    let id = one.id;
    let mut state = state(&[lamp], vec![one]);
    see(&mut state);
    hear(&mut state, Event::Started(id));
    assert!(matches!(state.updates.shown, Shown::Verdict(JobId(1))));
}

#[test]
fn the_board_of_many_stays() {
    let (lamp, porch) = (ended(1, "lamp"), job(2, "porch"));
    let two = rollout(&[&lamp, &porch]);
    let id = two.id;
    let mut state = state(&[lamp, porch], vec![two]);
    hear(&mut state, Event::Started(id));
    see(&mut state);
    assert!(matches!(state.updates.shown, Shown::Board(_)));
    act(&mut state, Action::Verdict(JobId(1)));
    act(&mut state, Action::Back);
    assert!(matches!(state.updates.shown, Shown::Board(_)));
}

#[test]
fn a_count_is_a_filter_and_the_same_again_takes_it_off() {
    let (lamp, porch) = (ended(1, "lamp"), job(2, "porch"));
    let two = rollout(&[&lamp, &porch]);
    let mut state = state(&[lamp, porch], vec![two]);
    let counts = outcome::counts(&state.engine, &state.engine.rollouts[0]);
    assert_eq!(counts, [(Outcome::Updating, 2)]);
    act(&mut state, Action::Filter(Outcome::Updating));
    assert_eq!(state.updates.filter, Some(Outcome::Updating));
    act(&mut state, Action::Filter(Outcome::Updating));
    assert_eq!(state.updates.filter, None);
}

#[test]
fn a_trial_starts_a_simulated_device_first() {
    let mut state = state(&[], Vec::new());
    let effects = act(&mut state, Action::Try(Digest([1; 32])));
    assert!(matches!(effects[..], [Effect::Simulate]));
    // It has not answered yet.
    assert!(see(&mut state).is_empty());
    assert_eq!(state.updates.try_next, Some(Digest([1; 32])));
}

#[test]
fn where_an_image_crashed_is_read_once_it_ends_and_again_when_it_is_looked_at() {
    let crash = Crash { addresses: [0x4200_1234].into_iter().collect(), ..Crash::default() };
    let rolled_back = |crash: Option<&Crash>| {
        let reason = Why::Device(Reason::Panic);
        let crash = crash.cloned().map(Box::new);
        Verdict::RolledBack(Cause { reason, detail: "it broke".to_owned(), advice: Vec::new(), crash })
    };
    let lamp = Job { verdict: Some(rolled_back(Some(&crash))), ..job(1, "lamp") };
    let porch = Job { verdict: Some(rolled_back(None)), ..job(2, "porch") };
    let mut state = state(&[lamp, porch], Vec::new());
    let reads = |effects: &[Effect]| -> Vec<JobId> {
        let of = |effect: &Effect| match effect {
            Effect::ReadCrash(job, read) => (**read == crash).then_some(*job),
            _ => None,
        };
        effects.iter().filter_map(of).collect()
    };
    assert_eq!(reads(&see(&mut state)), [JobId(1)]);
    assert_eq!(reads(&see(&mut state)), []);
    assert_eq!(reads(&act(&mut state, Action::Verdict(JobId(1)))), [JobId(1)]);
    assert_eq!(reads(&act(&mut state, Action::Verdict(JobId(2)))), []);
}
