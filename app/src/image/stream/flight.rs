//! Work that several want at once is done once: the first one does it, and the others wait for what comes of it.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use skylift_encoder::{EncodeError, Watch};

use super::Stream;

/// Who waits looks this often how far the work is, and whether it is wanted still.
const GLANCE: Duration = Duration::from_millis(10);

/// What comes of the work; nothing if whoever did it was called off.
type Outcome = Option<Result<Stream, EncodeError>>;

/// How far one piece of work is.
#[derive(Debug, Default)]
struct Flight {
    state: Mutex<State>,
    landed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    part: f32,
    landed: Option<Outcome>,
}

/// All work that is being done, by name.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<String, Arc<Flight>>>);

impl Flights {
    /// What `work` gives for a name. If somebody does that work already, it is waited for, and taken over if it was
    /// called off. The watch is told the part of whoever does it.
    pub(super) fn join(
        &self,
        name: &str,
        watch: Watch<'_>,
        work: impl Fn(Watch<'_>) -> Result<Stream, EncodeError>,
    ) -> Result<Stream, EncodeError> {
        let mut told = 0.0_f32;
        // Who takes work over begins it anew.
        let mut watch = |part: f32| {
            told = told.max(part);
            watch(told)
        };
        loop {
            let (flight, own) = self.board(name);
            if own {
                return self.fly(name, &flight, &mut watch, work);
            }
            if let Some(outcome) = flight.wait(&mut watch)? {
                return outcome;
            }
        }
    }

    /// The work under a name, and whether the caller is the one to do it.
    fn board(&self, name: &str) -> (Arc<Flight>, bool) {
        let mut flights = lock(&self.0);
        if let Some(flight) = flights.get(name) {
            return (flight.clone(), false);
        }
        let flight = Arc::<Flight>::default();
        flights.insert(name.to_owned(), flight.clone());
        (flight, true)
    }

    fn fly(
        &self,
        name: &str,
        flight: &Flight,
        watch: Watch<'_>,
        work: impl Fn(Watch<'_>) -> Result<Stream, EncodeError>,
    ) -> Result<Stream, EncodeError> {
        // Lands also if the work panics: nobody waits for ever.
        let mut landing = Landing { flights: self, name, flight, outcome: None };
        let outcome = work(&mut |part| {
            lock(&flight.state).part = part;
            watch(part)
        });
        landing.outcome = (outcome != Err(EncodeError::Cancelled)).then(|| outcome.clone());
        outcome
    }
}

impl Flight {
    fn wait(&self, watch: Watch<'_>) -> Result<Outcome, EncodeError> {
        let mut state = lock(&self.state);
        loop {
            if let Some(outcome) = &state.landed {
                return Ok(outcome.clone());
            }
            let part = state.part;
            drop(state);
            if watch(part).is_break() {
                return Err(EncodeError::Cancelled);
            }
            let waited =
                self.landed.wait_timeout_while(lock(&self.state), GLANCE, |state| state.landed.is_none());
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// The end of a piece of work.
struct Landing<'f> {
    flights: &'f Flights,
    name: &'f str,
    flight: &'f Flight,
    outcome: Outcome,
}

impl Drop for Landing<'_> {
    fn drop(&mut self) {
        lock(&self.flights.0).remove(self.name);
        lock(&self.flight.state).landed = Some(self.outcome.take());
        self.flight.landed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
