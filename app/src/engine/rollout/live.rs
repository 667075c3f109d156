//! One rollout on its way: its rules, wired to the devices and jobs of the engine.

mod ahead;

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use skylift_protocol::Id;

use super::rollouts::Look;
use super::rules::{Entrant, Input, Output, Place, Rules};
use super::seat::{Seat, ending, first_place, is_away, skipped};
use super::shown::{Counts, End, Member, MemberState, NotStarted, Rollout, RolloutId};
use super::{Canary, RolloutOrder};
use crate::engine::devices::DeviceBook;
use crate::engine::plan::Airtime;
use crate::engine::publisher::Urgency;
use crate::engine::target::Target;
use crate::engine::update::{Jobs, Verdict};

/// What a rollout works with.
pub(super) struct Surroundings<'e> {
    pub(super) jobs: &'e mut Jobs,
    pub(super) book: &'e DeviceBook,
}

/// A rollout on its way.
pub(super) struct Live {
    order: RolloutOrder,
    rules: Rules,
    seats: Vec<Seat>,
    shown: Arc<Rollout>,
    /// Something has happened that is not shown yet.
    changed: bool,
}

impl Live {
    pub(super) fn start(id: RolloutId, mut order: RolloutOrder, around: &mut Surroundings<'_>) -> Self {
        let wanted = std::mem::take(&mut order.devices);
        let mut seats: Vec<Seat> = Vec::new();
        let mut entrants = Vec::new();
        for wanted in wanted {
            let device = wanted.id.as_ref().and_then(|id| around.book.get(id));
            let twice = seats.iter().any(|seat| wanted.id.is_some() && seat.wanted.id == wanted.id);
            let (place, end) = if twice {
                (Place::NotStarted, Some(End::NotStarted(NotStarted::Twice)))
            } else {
                first_place(&order, device)
            };
            entrants.push(Entrant { canary: false, place });
            seats.push(Seat::new(wanted, device, end));
        }
        choose_canaries(&order.canary, &mut entrants);
        let rules = Rules::new(order.limits, entrants);
        let mut live = Self::new(id, order, rules, seats);
        live.take(Input::Begin, around);
        live.show(around.jobs);
        live
    }

    /// One of which nobody has been told anything.
    fn new(id: RolloutId, order: RolloutOrder, rules: Rules, seats: Vec<Seat>) -> Self {
        let shown = Rollout {
            id,
            image: (&*order.image).into(),
            limits: rules.limits(),
            started_at: SystemTime::now(),
            members: Vec::new(),
            counts: Counts::default(),
            airtime: Airtime::default(),
            stopped: None,
            paused: false,
            ended: false,
        };
        Self { order, rules, seats, shown: Arc::new(shown), changed: true }
    }

    pub(super) fn id(&self) -> RolloutId {
        self.shown.id
    }

    pub(super) fn shown(&self) -> &Arc<Rollout> {
        &self.shown
    }

    pub(super) fn cancel(&mut self, around: &mut Surroundings<'_>) {
        self.take(Input::Cancel, around);
    }

    pub(super) fn pause(&mut self, around: &mut Surroundings<'_>) {
        self.take(Input::Pause, around);
    }

    pub(super) fn go_on(&mut self, around: &mut Surroundings<'_>) {
        self.take(Input::Continue, around);
    }

    pub(super) fn looked(&mut self, at: usize, found: Option<&str>, next: Instant) {
        if let Some(seat) = self.seats.get_mut(at) {
            seat.next_look = Some(next);
            if seat.wanted.id.is_none() {
                seat.wanted.id = found.and_then(|id| Id::try_from(id).ok());
            }
        }
    }

    /// Takes the verdicts there are, and has those begin that have come back.
    pub(super) fn settle(&mut self, around: &mut Surroundings<'_>, names: bool) {
        for at in 0..self.seats.len() {
            let input = match self.rules.place(at) {
                Place::Running => self.verdict_of(at, around.jobs),
                Place::Away => self.return_of(at, around.book, names),
                Place::Ended(_) => {
                    self.correct(at, around.jobs);
                    None
                }
                Place::Ready | Place::NotStarted => None,
            };
            if let Some(input) = input {
                self.take(input, around);
            }
        }
    }

    /// The devices that are to be looked for at their addresses now.
    pub(super) fn looks_due(&mut self, now: Instant) -> Vec<Look> {
        let (rules, rollout) = (&self.rules, self.shown.id);
        let away = self.seats.iter_mut().enumerate().filter(|(at, _)| rules.place(*at) == Place::Away);
        let due = away.filter_map(|(at, seat)| {
            let Target::At(host) = &seat.wanted.target else { return None };
            seat.next_look.take_if(|next| *next <= now)?;
            Some(Look { rollout, at, host: host.clone() })
        });
        due.collect()
    }

    /// Makes what is shown anew, if anything has changed; how urgent that is to be seen.
    pub(super) fn show(&mut self, jobs: &Jobs) -> Urgency {
        let airtime = jobs.airtime(self.id());
        if !std::mem::take(&mut self.changed) {
            if airtime == self.shown.airtime {
                return Urgency::None;
            }
            Arc::make_mut(&mut self.shown).airtime = airtime;
            return Urgency::Soon;
        }
        let member =
            |(at, seat): (usize, &Seat)| seat.member(self.rules.is_canary(at), self.state(at, seat, jobs));
        let members: Vec<Member> = self.seats.iter().enumerate().map(member).collect();
        let counts = Counts::of(&members);
        let (stopped, paused, ended) = (self.rules.stopped(), self.rules.is_paused(), self.rules.ended());
        self.shown =
            Arc::new(Rollout { members, counts, airtime, stopped, paused, ended, ..(*self.shown).clone() });
        Urgency::Now
    }

    fn take(&mut self, input: Input, around: &mut Surroundings<'_>) {
        self.changed = true;
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            for output in self.rules.take(input) {
                match output {
                    Output::Start(at) => inputs.extend(self.begin(at, around)),
                    Output::Cancel(at) => {
                        if let Some(job) = self.seats.get(at).and_then(|seat| seat.job) {
                            around.jobs.cancel(job);
                        }
                    }
                }
            }
        }
    }

    /// Begins the update of one device; gives what there is to say if it does not begin.
    fn begin(&mut self, at: usize, around: &mut Surroundings<'_>) -> Option<Input> {
        let rollout = self.id();
        let alone = self.seats.len() == 1;
        let seat = self.seats.get_mut(at)?;
        let Some(device) = seat.wanted.id.as_ref().and_then(|id| around.book.get(id)) else {
            return Some(seat.not_started(at, NotStarted::Unknown));
        };
        device.label().clone_into(&mut seat.label);
        // One image makes one Jaguar device: its id is in it.
        if device.family.jaguar().is_some() && !alone {
            return Some(seat.not_started(at, NotStarted::Jaguar));
        }
        // It may have come to run it while it waited.
        if let Some((ending, end)) = skipped(&self.order, device) {
            seat.end = Some(end);
            return Some(Input::Ended(at, ending));
        }
        let image = Arc::clone(&self.order.image);
        match around.jobs.start_at_once(Arc::clone(device), image, self.order.options, rollout) {
            Ok(job) => seat.job = Some(job),
            Err(_) => return Some(seat.not_started(at, NotStarted::Busy)),
        }
        None
    }

    fn verdict_of(&mut self, at: usize, jobs: &Jobs) -> Option<Input> {
        let seat = self.seats.get_mut(at)?;
        let verdict = jobs.get(seat.job?)?.verdict.as_ref()?;
        if self.order.when_back && is_away(verdict) {
            seat.go_away();
            return Some(Input::Gone(at));
        }
        seat.lost = matches!(verdict, Verdict::Lost { .. });
        Some(Input::Ended(at, ending(verdict)))
    }

    /// The verdict on a lost device is corrected when it is seen again. What was stopped for it stays stopped.
    fn correct(&mut self, at: usize, jobs: &Jobs) {
        let Some(seat) = self.seats.get_mut(at).filter(|seat| seat.lost) else { return };
        let verdict = seat.job.and_then(|job| jobs.get(job)).and_then(|job| job.verdict.as_ref());
        if !matches!(verdict, Some(Verdict::Lost { .. })) {
            seat.lost = false;
            self.changed = true;
        }
    }

    fn return_of(&mut self, at: usize, book: &DeviceBook, names: bool) -> Option<Input> {
        let device = self.seats.get(at)?.find(book, names)?;
        let twice =
            |(other, seat): (usize, &Seat)| other != at && seat.wanted.id.as_ref() == Some(&device.id);
        if self.seats.iter().enumerate().any(twice) {
            return Some(self.seats.get_mut(at)?.not_started(at, NotStarted::Twice));
        }
        let seat = self.seats.get_mut(at)?;
        seat.wanted.id = Some(device.id.clone());
        Some(Input::Seen(at))
    }

    fn state(&self, at: usize, seat: &Seat, jobs: &Jobs) -> MemberState {
        match self.rules.place(at) {
            Place::Away => MemberState::Away,
            Place::Ready => MemberState::Waiting,
            Place::Running => MemberState::Running,
            Place::NotStarted | Place::Ended(_) => MemberState::Ended(self.end(seat, jobs)),
        }
    }

    /// The job is asked each time: its verdict may have been corrected.
    fn end(&self, seat: &Seat, jobs: &Jobs) -> End {
        if let Some(end) = &seat.end {
            return end.clone();
        }
        let verdict = seat.job.and_then(|job| jobs.get(job)).and_then(|job| job.verdict.clone());
        let stopped = || self.rules.stopped().map_or(NotStarted::Unknown, NotStarted::Stopped);
        verdict.map_or_else(|| End::NotStarted(stopped()), End::Verdict)
    }
}

/// Those that are there go before those that are waited for.
fn choose_canaries(canary: &Canary, entrants: &mut [Entrant]) {
    let chosen: Vec<usize> = match canary {
        Canary::Nobody => Vec::new(),
        Canary::Places(places) => places.clone(),
        Canary::First(most) => {
            let all = |place| {
                let entrants = entrants.iter().enumerate();
                entrants.filter(move |(_, it)| it.place == place).map(|(at, _)| at)
            };
            all(Place::Ready).chain(all(Place::Away)).take(*most).collect()
        }
    };
    for at in chosen {
        if let Some(entrant) = entrants.get_mut(at) {
            entrant.canary = true;
        }
    }
}

#[cfg(test)]
mod tests;
