//! What each way to send the image of a plan costs: asked of the engine when the plan changes, kept while it holds. Pure.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use skylift_protocol::{Digest, Encoding, Id};

use super::alike::{Alike, grouped};
use super::care::Outlook;
use super::{Ask, Shown};
use crate::engine::{Cost, Forecast, Plan as Costs, PlanError, UpdateOptions, WorkingOut};
use crate::gui::effect::Effect;
use crate::gui::page::Page;
use crate::gui::state::State;

/// What the engine has said of the ways to some devices.
#[derive(Debug, Default)]
pub struct Ways {
    told: HashMap<Id, Told>,
    alike: Vec<Alike>,
    /// Something that `alike` is made of has changed since.
    outdated: bool,
}

/// What it said of one device.
#[derive(Debug)]
struct Told {
    /// The image that ran when it was asked: with another one nothing of it holds.
    running: Digest,
    /// The costs, or why there are none.
    costs: Result<Arc<Costs>, PlanError>,
}

/// What the engine is at work on.
#[derive(Debug, Default)]
pub struct Asking {
    /// Counts up with each question: answers to an older one come too late.
    number: u64,
    open: Option<Question>,
    /// How many devices the plan is about, known or not.
    all: usize,
    /// The streams that are worked out, by the device that waits for each.
    working: HashMap<Id, WorkingOut>,
}

/// Which costs are wanted: what an answer depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Question {
    image: Digest,
    options: UpdateOptions,
    /// The devices, each with the image that it runs.
    devices: Vec<(Id, Digest)>,
}

impl Ways {
    /// What the ways to a device cost, once it is known.
    #[must_use]
    pub fn of(&self, device: &Id) -> Option<&Arc<Costs>> {
        self.told.get(device)?.costs.as_ref().ok()
    }

    /// Why nothing is known of a device, if that is so.
    #[must_use]
    pub fn trouble(&self, device: &Id) -> Option<&PlanError> {
        self.told.get(device)?.costs.as_ref().err()
    }

    /// The chosen devices, those together to which everything costs the same.
    #[must_use]
    pub fn alike(&self) -> &[Alike] {
        &self.alike
    }

    fn knows(&self, (device, running): &(Id, Digest)) -> bool {
        self.told.get(device).is_some_and(|told| told.running == *running)
    }

    /// Forgets what went wrong with devices that are not wanted now: once they are, they are asked again.
    fn forgive(&mut self, wanted: &[(Id, Digest)]) {
        let wanted: HashSet<_> = wanted.iter().map(|(device, _)| device).collect();
        self.told.retain(|device, told| told.costs.is_ok() || wanted.contains(device));
    }

    /// Forgets a device, so that it is asked again.
    pub(super) fn forget(&mut self, device: &Id) {
        self.told.remove(device);
        self.outdate();
    }

    /// The devices, the wish or the costs have changed: what is alike is put together again, once for all changes.
    pub(super) const fn outdate(&mut self) {
        self.outdated = true;
    }

    fn regroup(&mut self, devices: &[Id], wish: Option<Encoding>) {
        let known = devices.iter().filter_map(|id| {
            let told = self.told.get(id)?;
            Some((told.running, told.costs.as_ref().ok()?))
        });
        self.alike = grouped(known, wish);
        self.outdated = false;
    }
}

impl Asking {
    /// The number of the last question: answers come with it.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// How many devices the engine has not answered for yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.open.as_ref().map_or(0, |question| question.devices.len())
    }

    /// Of how many devices all is known, or why nothing is; and how many there are.
    #[must_use]
    pub fn done(&self) -> (usize, usize) {
        (self.all.saturating_sub(self.left()), self.all)
    }

    /// The stream that is worked out and has furthest to go, if any is.
    #[must_use]
    pub fn working(&self) -> Option<WorkingOut> {
        self.working.values().min_by_key(|working| working.percent).copied()
    }
}

/// The way that is taken, for who wishes so: that one, or else the cheapest.
#[must_use]
pub fn taken(costs: &Costs, wish: Option<Encoding>) -> Encoding {
    wish.unwrap_or(costs.chosen)
}

/// What that costs; none if it cannot be had.
#[must_use]
pub fn cost_of(costs: &Costs, wish: Option<Encoding>) -> Option<Cost> {
    costs.way(taken(costs, wish))?.cost.as_ref().ok().copied()
}

/// Asks for what the open plan lacks, or calls off what nobody wants any more. After everything that may have changed
/// either.
pub(super) fn ask(state: &mut State) -> Option<Effect> {
    let wanted = wanted(state);
    let devices = wanted.as_ref().map_or(&[][..], |wanted| &wanted.devices);
    let asking = &mut state.updates.asking;
    asking.all = devices.len();
    if let Shown::Plan(plan) = &mut state.updates.shown {
        plan.ways.forgive(devices);
    }
    let open = match &state.updates.shown {
        Shown::Plan(plan) => wanted.and_then(|wanted| {
            let missing = wanted.devices.iter().filter(|device| !plan.ways.knows(device));
            let devices: Vec<_> = missing.cloned().collect();
            (!devices.is_empty()).then_some(Question { devices, ..wanted })
        }),
        _ => None,
    };
    if asking.open == open {
        return None;
    }
    asking.number += 1;
    asking.working.clear();
    asking.open.clone_from(&open);
    let ask = open.zip(opened(state)).map(|(question, image)| Ask {
        image,
        options: question.options,
        devices: question.devices.into_iter().map(|(device, _)| device).collect(),
    });
    Some(Effect::AskWays(state.updates.asking.number, ask))
}

/// All that the plan has to know: of the devices that would be sent the image, whatever way is wished for.
fn wanted(state: &State) -> Option<Question> {
    let Shown::Plan(plan) = &state.updates.shown else { return None };
    if state.page != Page::Updates {
        return None;
    }
    let image = plan.opened.as_ref()?;
    let known = plan.chosen().into_iter().filter_map(|id| {
        let device = state.engine.device(&id)?;
        let sent = plan.in_principle(device, &state.engine) == Outlook::Known(Forecast::Send);
        let running = device.status.as_ref().map_or(Digest::default(), |status| status.running.image_sha256);
        sent.then_some((id, running))
    });
    // The wish chooses among the ways, and changes none of them.
    let options = UpdateOptions { encoding: None, ..plan.care.options() };
    Some(Question { image: image.file_sha256, options, devices: known.collect() })
}

fn opened(state: &State) -> Option<Arc<crate::image::Image>> {
    match &state.updates.shown {
        Shown::Plan(plan) => plan.opened.clone(),
        _ => None,
    }
}

/// Takes an answer, unless the question is an old one.
pub(super) fn told(state: &mut State, number: u64, device: &Id, costs: Result<Arc<Costs>, PlanError>) {
    let asking = &mut state.updates.asking;
    let Some(question) = asking.open.as_mut().filter(|_| asking.number == number) else { return };
    let Some(place) = question.devices.iter().position(|(asked, _)| asked == device) else { return };
    let (device, running) = question.devices.remove(place);
    asking.working.remove(&device);
    if question.devices.is_empty() {
        asking.open = None;
    }
    if let Shown::Plan(plan) = &mut state.updates.shown {
        plan.ways.told.insert(device, Told { running, costs });
        plan.ways.outdate();
    }
}

/// Takes how far a stream is that a device waits for.
pub(super) fn works(state: &mut State, number: u64, device: Id, working: WorkingOut) {
    let asking = &mut state.updates.asking;
    if asking.number == number && asking.open.is_some() {
        asking.working.insert(device, working);
    }
}

/// Puts together again what is alike, if anything of it has changed.
pub(super) fn regroup(state: &mut State) {
    let Shown::Plan(plan) = &mut state.updates.shown else { return };
    if plan.ways.outdated {
        let (chosen, wish) = (plan.chosen(), plan.care.encoding);
        plan.ways.regroup(&chosen, wish);
    }
}
