//! What follows from what the engine and the history say: rates, times, ends that are told, and where they lead.

use std::sync::Arc;

use skylift_protocol::{Digest, Id};

use super::{Shown, airtime, board, moments, outcome, plan, verdict_crash};
use crate::engine::{Job, JobId, Rollout, RolloutId, Verdict};
use crate::gui::effect::Effect;
use crate::gui::mark::Mark;
use crate::gui::messages::{Message, sentence};
use crate::gui::page::Page;
use crate::gui::state::State;

/// Takes what the engine says of running updates: their rates, their times, and their ends.
pub fn see(state: &mut State) -> Vec<Effect> {
    let engine = Arc::clone(&state.engine);
    moments::follow(&mut state.updates.moments, &engine, state.now.wall);
    for rollout in &engine.rollouts {
        if !rollout.ended {
            let throughput = state.updates.throughput.entry(rollout.id).or_default();
            let written =
                |member| Some((outcome::job_of(&engine, member)?.id, board::written(&engine, member)));
            let singles = rollout.members.iter().filter_map(written);
            throughput.take(state.now.steady, board::bytes(&engine, rollout).0, singles);
        }
    }
    let mut effects = Vec::new();
    for job in &engine.jobs {
        effects.extend(tell_end(state, job));
    }
    if let Some(image) = state.updates.try_next {
        effects.extend(try_when_there(state, image));
    }
    effects
}

/// Tells each end once; again if it is corrected.
fn tell_end(state: &mut State, job: &Job) -> Vec<Effect> {
    let Some(verdict) = &job.verdict else { return Vec::new() };
    let before = state.updates.told.insert(job.id, verdict.as_str());
    if before == Some(verdict.as_str()) {
        return Vec::new();
    }
    if job.drill.is_some() {
        // What it has proven is told with the device; that a build which must fail went back is no news.
        return vec![Effect::LoadHistory];
    }
    lead_to_verdict(state, job.id);
    let title = statement(job, verdict);
    let text = match verdict {
        Verdict::Validated => {
            airtime::sent(job).map(|sent| sentence(&format!("sent {sent}"))).unwrap_or_default()
        }
        verdict => sentence(verdict.detail()),
    };
    state.tell(Message { look: Mark::of_verdict(verdict).look(), title: title.clone(), text: text.clone() });
    let told = [Effect::Notify { title, text }, Effect::LoadHistory];
    told.into_iter().chain(verdict_crash::read(job.id, verdict)).collect()
}

/// Who watches the update of one device wants to see how it ended.
fn lead_to_verdict(state: &mut State, job: JobId) {
    let Shown::Board(shown) = state.updates.shown else { return };
    let alone = |rollout: &Arc<Rollout>| matches!(&rollout.members[..], [one] if one.job == Some(job));
    if state.engine.rollout(shown).is_some_and(alone) {
        state.updates.shown = Shown::Verdict(job);
    }
}

/// A rollout of one device that has ended is its verdict. It may have ended before the window heard of its start.
pub(super) fn open(state: &mut State, id: RolloutId) {
    let engine = &state.engine;
    let ended_alone = engine.rollout(id).and_then(|rollout| match &rollout.members[..] {
        [one] => one.job.filter(|&job| engine.job(job).is_some_and(|job| job.verdict.is_some())),
        _ => None,
    });
    state.updates.filter = None;
    state.updates.shown = ended_alone.map_or(Shown::Board(id), Shown::Verdict);
}

/// The simulated device of this window that answers, if there is one.
fn simulated(state: &State) -> Option<Id> {
    let there = |id: &&Id| state.engine.device(id).is_some_and(|device| device.status.is_some());
    state.simulated.iter().find(there).cloned()
}

pub(super) fn try_it(state: &mut State, image: Digest) -> Vec<Effect> {
    state.updates.try_next = Some(image);
    if state.simulated.is_empty() { vec![Effect::Simulate] } else { try_when_there(state, image) }
}

fn try_when_there(state: &mut State, image: Digest) -> Vec<Effect> {
    let Some(device) = simulated(state) else { return Vec::new() };
    state.updates.try_next = None;
    state.page = Page::Updates;
    let effects = plan::begin(state, vec![device], Some(image));
    if let Shown::Plan(plan) = &mut state.updates.shown {
        // It comes with another project on it.
        plan.care.allow_other_project = true;
    }
    effects
}

/// The number that the history gave an update.
#[must_use]
pub fn report(state: &State, job: JobId) -> Option<i64> {
    let job = state.engine.job(job)?;
    // The history keeps milliseconds.
    let apart = |update: &crate::store::PastUpdate| {
        let apart = job.started_at.duration_since(update.started);
        apart.unwrap_or_else(|early| early.duration())
    };
    let is_it = |update: &&Arc<crate::store::PastUpdate>| {
        update.device == job.device.as_str() && apart(update) < std::time::Duration::from_millis(2)
    };
    state.history.updates.iter().find(is_it).map(|update| update.number)
}

/// The end of an update in one line, with the device as the witness.
#[must_use]
pub fn statement(job: &Job, verdict: &Verdict) -> String {
    let (device, new, old) = (&job.device_label, &job.image.version, &job.from_version);
    match verdict {
        Verdict::Validated => format!("{device} validated {new}"),
        Verdict::ValidatedInferred => format!("{device} validated {new}, inferred"),
        Verdict::AlreadyRunning => format!("{device} runs {new} already"),
        Verdict::RolledBack(_) if verdict.is_inferred() => {
            format!("{device} rolled back to {old}, inferred")
        }
        Verdict::RolledBack(_) => format!("{device} rolled back to {old}"),
        Verdict::Refused(_) => format!("{device} refused {new}, nothing was written"),
        Verdict::Failed { .. } if Mark::of_verdict(verdict) == Mark::Cancelled => {
            format!("The update of {device} was cancelled")
        }
        Verdict::Failed { step, .. } => format!("The update of {device} failed while {step}"),
        Verdict::Lost { .. } => format!("{device} went out of sight"),
        Verdict::Sent => format!("{device} took {new}, what became of it is not known"),
    }
}
