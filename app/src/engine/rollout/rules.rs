//! The rules of a rollout: who begins when, and when nobody begins any more.
//!
//! Pure: what happened goes in, what is to be done comes out. Devices are called by their place in the rollout.

/// How careful a rollout is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Devices that are updated at the same time; 0 counts as 1.
    pub parallel: usize,
    /// Nothing begins any more after so many failures. Refusals are none: nothing was written.
    pub stop_after: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { parallel: 4, stop_after: None }
    }
}

/// Why nothing begins any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// A canary failed.
    CanaryFailed,
    /// No canary could try the image: each was refused, or called back.
    CanaryUnproven,
    /// There were too many failures.
    Failures,
    /// The user cancelled it.
    Cancelled,
}

/// What a device's end says about the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It runs, and has validated.
    Proven,
    /// Nothing: it was not tried.
    Unproven,
    /// It failed, or nobody knows.
    Failed,
}

/// Where a device is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It does not answer, and is waited for.
    Away,
    /// It waits for its turn.
    Ready,
    /// It is being updated.
    Running,
    /// It has its result.
    Ended(Ending),
    /// It has its result: it never began.
    NotStarted,
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Nothing yet; the first devices begin.
    Begin,
    /// A device that was away answers.
    Seen(usize),
    /// A device that was to be updated does not answer, and is waited for.
    Gone(usize),
    /// A device has its result.
    Ended(usize, Ending),
    /// The user cancels the whole.
    Cancel,
    /// The user wants nothing more begun for now. What runs goes on.
    Pause,
    /// The user wants it to go on.
    Continue,
}

/// Something that is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Start the update of a device.
    Start(usize),
    /// Cancel the update of a device.
    Cancel(usize),
}

/// A device at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entrant {
    /// The others wait for how it ends.
    pub(super) canary: bool,
    pub(super) place: Place,
}

/// The state of a rollout.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    limits: Limits,
    entrants: Vec<Entrant>,
    stopped: Option<Stopped>,
    paused: bool,
}

impl Rules {
    pub(super) fn new(limits: Limits, entrants: Vec<Entrant>) -> Self {
        Self { limits, entrants, stopped: None, paused: false }
    }

    pub(super) fn stopped(&self) -> Option<Stopped> {
        self.stopped
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    /// Whether devices wait because the user paused it. Where nobody is left to begin, there is nothing to pause.
    pub(super) fn is_paused(&self) -> bool {
        self.paused && self.entrants.iter().any(Entrant::is_unbegun)
    }

    /// Where a device is. One that is not in the rollout never starts.
    pub(super) fn place(&self, at: usize) -> Place {
        self.entrants.get(at).map_or(Place::NotStarted, |entrant| entrant.place)
    }

    /// Whether nothing but its turn keeps a device from beginning.
    pub(super) fn only_waits(&self, at: usize) -> bool {
        let may_begin = |entrant: &Entrant| entrant.canary || self.canaries_allow();
        self.place(at) == Place::Ready && !self.paused && self.entrants.get(at).is_some_and(may_begin)
    }

    pub(super) fn is_canary(&self, at: usize) -> bool {
        self.entrants.get(at).is_some_and(|entrant| entrant.canary)
    }

    /// Whether each device has its result.
    pub(super) fn ended(&self) -> bool {
        self.entrants.iter().all(|entrant| matches!(entrant.place, Place::Ended(_) | Place::NotStarted))
    }

    /// Takes what happened. What does not fit where the device is, such as a second result, changes nothing.
    pub(super) fn take(&mut self, input: Input) -> Vec<Output> {
        match input {
            Input::Begin => {}
            Input::Seen(at) => self.shift(at, Place::Away, Place::Ready),
            Input::Gone(at) => {
                // Nobody waits any more, so that was its result.
                let next = if self.stopped.is_some() { Place::Ended(Ending::Failed) } else { Place::Away };
                self.shift(at, Place::Running, next);
            }
            Input::Ended(at, ending) => self.end(at, ending),
            Input::Pause => self.paused = true,
            Input::Continue => self.paused = false,
            Input::Cancel => {
                self.stop(Stopped::Cancelled);
                return self.all(Place::Running).map(Output::Cancel).collect();
            }
        }
        if let Some(why) = self.why_to_stop() {
            self.stop(why);
        }
        self.start()
    }

    fn shift(&mut self, at: usize, from: Place, to: Place) {
        if let Some(entrant) = self.entrants.get_mut(at).filter(|entrant| entrant.place == from) {
            entrant.place = to;
        }
    }

    /// One can end without having begun: there was nothing to do, or no way to begin.
    fn end(&mut self, at: usize, ending: Ending) {
        for from in [Place::Running, Place::Ready, Place::Away] {
            self.shift(at, from, Place::Ended(ending));
        }
    }

    fn why_to_stop(&self) -> Option<Stopped> {
        if self.stopped.is_some() || !self.entrants.iter().any(Entrant::is_unbegun) {
            return None;
        }
        let failed = |entrant: &&Entrant| entrant.place == Place::Ended(Ending::Failed);
        if self.canaries().any(|canary| failed(&canary)) {
            Some(Stopped::CanaryFailed)
        } else if self.canaries_ended() && !self.canaries_allow() {
            Some(Stopped::CanaryUnproven)
        } else {
            let failures = self.entrants.iter().filter(failed).count();
            self.limits.stop_after.filter(|most| failures >= *most).map(|_| Stopped::Failures)
        }
    }

    fn stop(&mut self, why: Stopped) {
        self.stopped.get_or_insert(why);
        for entrant in self.entrants.iter_mut().filter(|entrant| entrant.is_unbegun()) {
            entrant.place = Place::NotStarted;
        }
    }

    fn start(&mut self) -> Vec<Output> {
        if self.paused {
            return Vec::new();
        }
        let free = self.limits.parallel.max(1).saturating_sub(self.all(Place::Running).count());
        let open = self.canaries_allow();
        let ready = self.entrants.iter_mut().enumerate();
        let starting = ready.filter(|(_, entrant)| entrant.place == Place::Ready && (entrant.canary || open));
        let started = starting.take(free).map(|(at, entrant)| {
            entrant.place = Place::Running;
            Output::Start(at)
        });
        started.collect()
    }

    fn all(&self, place: Place) -> impl Iterator<Item = usize> {
        let entrants = self.entrants.iter().enumerate();
        entrants.filter(move |(_, entrant)| entrant.place == place).map(|(at, _)| at)
    }

    fn canaries(&self) -> impl Iterator<Item = &Entrant> {
        self.entrants.iter().filter(|entrant| entrant.canary)
    }

    fn canaries_ended(&self) -> bool {
        self.canaries().all(|canary| matches!(canary.place, Place::Ended(_)))
    }

    /// Whether those who are no canaries may begin: there are none, or all have ended and one has proven the image.
    fn canaries_allow(&self) -> bool {
        let proven = |canary: &Entrant| canary.place == Place::Ended(Ending::Proven);
        self.canaries_ended() && (self.canaries().next().is_none() || self.canaries().any(proven))
    }
}

impl Entrant {
    fn is_unbegun(&self) -> bool {
        matches!(self.place, Place::Away | Place::Ready)
    }
}

#[cfg(test)]
mod tests;
