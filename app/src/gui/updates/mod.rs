//! The updates page: what is planned, what runs, and what came of it.

mod advice;
pub(in crate::gui) mod airtime;
mod alike;
mod board;
mod board_row;
mod care;
mod follow;
mod foretell;
mod list;
mod moments;
mod outcome;
mod page;
mod pause;
mod place;
mod plan;
mod plan_devices;
mod plan_page;
mod plan_signature;
mod plot;
#[cfg(test)]
pub(in crate::gui) mod sample;
mod throughput;
mod verdict;
mod verdict_beside;
mod verdict_crash;
mod ways;
mod ways_panel;

use std::collections::BTreeMap;
use std::sync::Arc;

use skylift_protocol::{Digest, Encoding, Id};

pub use care::Care;
pub use follow::{report, see, statement};
pub use moments::Moments;
pub use outcome::Outcome;
pub use page::draw;
pub use plan::Plan;
pub use throughput::Throughput;
pub use ways::Asking;

use super::dialog::{Consequence, Dialog, Question};
use super::effect::Effect;
use super::page::Page;
use super::state::{self, State};
use crate::engine::{
    Canary, JaguarInside, JobId, Limits, Plan as Costs, PlanError, Rollout, RolloutId, UpdateOptions,
    Verdict, WorkingOut,
};
use crate::image::Image;
use crate::image::backtrace::Backtrace;

/// What the page shows beside the updates themselves.
#[derive(Debug, Default)]
pub struct View {
    /// What the page is about.
    pub shown: Shown,
    /// The bytes that went over the air, by rollout.
    pub throughput: BTreeMap<RolloutId, Throughput>,
    /// When what happened was seen, by update.
    pub moments: BTreeMap<JobId, Moments>,
    /// Which devices the board shows; all without one.
    pub filter: Option<Outcome>,
    /// What the engine is asked for the open plan.
    pub asking: Asking,
    /// Where images crashed, by the update that was rolled back for it.
    pub backtraces: BTreeMap<JobId, Backtrace>,
    /// The image that a simulated device is to get as soon as there is one.
    try_next: Option<Digest>,
    /// The updates whose end has been told.
    told: BTreeMap<JobId, &'static str>,
}

impl View {
    /// The image that is chosen in a plan.
    #[must_use]
    pub fn planned_image(&self) -> Option<Digest> {
        match &self.shown {
            Shown::Plan(plan) => plan.image,
            _ => None,
        }
    }
}

/// What the page is about.
#[derive(Debug, Default)]
pub enum Shown {
    /// All updates of this session.
    #[default]
    List,
    /// An update that is being planned.
    Plan(Box<Plan>),
    /// One rollout.
    Board(RolloutId),
    /// The end of one update; back leads to its board.
    Verdict(JobId),
}

/// What the user wants updated, and how carefully.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The devices, in the order in which they begin.
    pub devices: Vec<Id>,
    /// The image.
    pub image: Arc<Image>,
    /// What is allowed and wanted of each update.
    pub options: UpdateOptions,
    /// How many at a time, and when it stops.
    pub limits: Limits,
    /// Who goes first.
    pub canary: Canary,
    /// Those that do not answer are waited for.
    pub when_back: bool,
    /// Those that wait for their turn erase the slot that the image will be written to.
    pub erase_ahead: bool,
}

/// What the engine is to be asked: what each way to send an image to each of some devices costs.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The image.
    pub image: Arc<Image>,
    /// What is allowed of the update.
    pub options: UpdateOptions,
    /// The devices.
    pub devices: Vec<Id>,
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Wants these devices updated.
    Plan(Vec<Id>),
    /// Wants this image sent, to devices that are still to be chosen.
    PlanImage(Digest),
    /// Chose an image for the plan.
    Choose(Digest),
    /// Put a device into the plan, or took it out.
    Toggle(Id),
    /// Changed how careful it is.
    Care(Care),
    /// Chose how the image is sent; without one the cheapest way is taken.
    Send(Option<Encoding>),
    /// Wants asked once more what a device would be sent: the last time it could not be said.
    AskAgain(Id),
    /// Offers the devices that are not in the plan yet.
    OfferAll,
    /// Starts what is planned; asks first if an older version would be put on.
    Start,
    /// Starts it, older or not.
    StartOlder,
    /// Shows only the devices with an outcome, or all again.
    Filter(Outcome),
    /// Wants an image tried on a simulated device.
    Try(Digest),
    /// Wants everything about one update as a file.
    Report(JobId),
    /// Looks at a rollout.
    Open(RolloutId),
    /// Looks at the end of an update.
    Verdict(JobId),
    /// Back to where this came from.
    Back,
    /// Wants an update stopped; asks.
    StopJob(JobId),
    /// Wants a rollout stopped; asks.
    Stop(RolloutId),
    /// Wants no further device of a rollout begun for now.
    Pause(RolloutId),
    /// Wants a paused rollout to go on.
    Continue(RolloutId),
    /// Wants the same image sent again to those of a rollout that did not take it.
    Retry(RolloutId),
}

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// An image of the library was opened, and what it is for Jaguar devices.
    Image(Arc<Image>, JaguarInside),
    /// What was planned has begun.
    Started(RolloutId),
    /// Where the image of an update crashed was read.
    Crash(JobId, Backtrace),
    /// The engine has answered the question of this number for a device: what each way costs, or why it cannot say.
    Ways(u64, Id, Result<Arc<Costs>, PlanError>),
    /// For the question of this number, a stream that a device waits for is so far.
    Works(u64, Id, WorkingOut),
}

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Plan(devices) => {
            state.page = Page::Updates;
            return plan::begin(state, devices, None);
        }
        Action::PlanImage(image) => {
            state.page = Page::Updates;
            return plan::begin(state, Vec::new(), Some(image));
        }
        Action::Choose(digest) => return plan::choose(state, digest),
        Action::Toggle(device) => plan::toggle(state, device),
        Action::Care(care) => {
            if let Shown::Plan(plan) = &mut state.updates.shown {
                plan.care = care;
            }
        }
        Action::Send(encoding) => plan::send(state, encoding),
        Action::AskAgain(device) => plan::ask_again(state, &device),
        Action::OfferAll => plan::offer_all(state),
        Action::Start => return plan::ask_or_start(state),
        Action::StartOlder => return plan::start(state),
        Action::Filter(outcome) => {
            let filter = &mut state.updates.filter;
            *filter = (*filter != Some(outcome)).then_some(outcome);
        }
        Action::Try(image) => return follow::try_it(state, image),
        Action::Report(job) => return report(state, job).map(Effect::WriteBundle).into_iter().collect(),
        Action::Open(rollout) => {
            follow::open(state, rollout);
            return verdict_crash::read_again(state).into_iter().collect();
        }
        Action::Verdict(job) => {
            state.updates.shown = Shown::Verdict(job);
            return verdict_crash::read_again(state).into_iter().chain([Effect::LoadHistory]).collect();
        }
        Action::Back => back(state),
        Action::StopJob(job) => stop_job(state, job),
        Action::Stop(rollout) => stop(state, rollout),
        Action::Pause(rollout) => return vec![Effect::PauseRollout(rollout)],
        Action::Continue(rollout) => return vec![Effect::ContinueRollout(rollout)],
        Action::Retry(rollout) => return retry(state, rollout),
    }
    Vec::new()
}

/// Takes what happened elsewhere.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Image(image, inside) => plan::opened(state, image, inside),
        Event::Started(rollout) => follow::open(state, rollout),
        Event::Crash(job, backtrace) => drop(state.updates.backtraces.insert(job, backtrace)),
        Event::Ways(number, device, costs) => ways::told(state, number, &device, costs),
        Event::Works(number, device, working) => ways::works(state, number, device, working),
    }
    Vec::new()
}

/// What follows from everything that may have changed the open plan: what is alike is put together, and what it lacks is
/// asked for.
pub(super) fn settle(state: &mut State) -> Option<Effect> {
    ways::regroup(state);
    ways::ask(state)
}

fn back(state: &mut State) {
    let engine = Arc::clone(&state.engine);
    state.updates.shown = match &state.updates.shown {
        Shown::Verdict(job) => board_of(&engine.rollouts, *job).map_or(Shown::List, Shown::Board),
        Shown::List | Shown::Plan(_) | Shown::Board(_) => Shown::List,
    };
}

/// The board that a verdict belongs to; that of a single device has nothing more to say.
fn board_of(rollouts: &[Arc<Rollout>], job: JobId) -> Option<RolloutId> {
    let has = |rollout: &&Arc<Rollout>| rollout.members.iter().any(|member| member.job == Some(job));
    rollouts.iter().rev().find(has).filter(|rollout| rollout.members.len() > 1).map(|rollout| rollout.id)
}

fn stop_job(state: &mut State, id: JobId) {
    let Some(job) = state.engine.job(id) else { return };
    state.dialog = Some(Dialog::Question(Question {
        title: format!("Stop the update of {}?", job.device_label),
        text: format!(
            "{} keeps running. What the device has already is kept for a while, and an update with the same image goes \
             on from there.",
            job.from_version
        ),
        stay: "Keep updating".to_owned(),
        go: "Stop".to_owned(),
        then: Consequence::Effect(Box::new(Effect::CancelJob(id))),
    }));
}

/// The rollout on the board, if one is shown there.
fn on_board(state: &State) -> Option<&Rollout> {
    let Shown::Board(id) = state.updates.shown else { return None };
    state.engine.rollout(id).map(AsRef::as_ref)
}

fn stop(state: &mut State, id: RolloutId) {
    let Some(rollout) = state.engine.rollout(id) else { return };
    let running = rollout.counts.running;
    let waiting = rollout.counts.waiting + rollout.counts.away;
    state.dialog = Some(Dialog::Question(Question {
        title: "Stop this update?".to_owned(),
        text: format!(
            "{running} running, {waiting} not begun. Nothing begins any more; what runs is called back, and the old \
             firmware keeps running. A device that already checks the new image decides for itself.",
        ),
        stay: "Keep updating".to_owned(),
        go: "Stop".to_owned(),
        then: Consequence::Effect(Box::new(Effect::CancelRollout(id))),
    }));
}

/// Plans the same image for those that did not take it.
fn retry(state: &mut State, id: RolloutId) -> Vec<Effect> {
    let Some(rollout) = state.engine.rollout(id).cloned() else { return Vec::new() };
    let failed = rollout.members.iter().filter(|member| !took_it(member));
    let devices = failed.filter_map(|member| member.device.clone()).collect();
    plan::begin(state, devices, Some(rollout.image.file_sha256))
}

fn took_it(member: &crate::engine::Member) -> bool {
    use crate::engine::{End, MemberState};
    matches!(
        member.state,
        MemberState::Ended(
            End::Skipped
                | End::Verdict(
                    Verdict::Validated | Verdict::ValidatedInferred | Verdict::AlreadyRunning | Verdict::Sent
                )
        )
    )
}

/// An action of this page, as one of the window.
pub(super) fn wrap(action: Action) -> state::Action {
    state::Action::Updates(action)
}

#[cfg(test)]
mod tests;
