//! What the parts of a Jaguar device share, and the test that it is in looks at and changes.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};

use tokio::sync::watch;

use super::firmware::jaguar_in;
use super::identity::Identity;
use super::seen::Seen;
use super::setup::{Faults, Next, Setup};

/// A device from inside.
pub(super) struct Shared {
    pub(super) address: SocketAddr,
    /// What of it does not change.
    pub(super) setup: Setup,
    state: Mutex<State>,
    released: watch::Sender<bool>,
}

struct State {
    identity: Identity,
    next: Next,
    faults: Faults,
    seen: Seen,
    is_on: bool,
}

impl Shared {
    pub(super) fn new(address: SocketAddr, setup: Setup) -> Self {
        let state = State {
            identity: setup.identity.clone(),
            next: setup.next.clone(),
            faults: setup.faults.clone(),
            seen: Seen::default(),
            is_on: false,
        };
        Self { address, setup, state: Mutex::new(state), released: watch::Sender::new(false) }
    }

    pub(super) fn identity(&self) -> Identity {
        self.state().identity.clone()
    }

    pub(super) fn become_another(&self, identity: Identity) {
        self.state().identity = identity;
    }

    pub(super) fn faults(&self) -> Faults {
        self.state().faults.clone()
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
        self.released.send_replace(false);
    }

    /// Whether a connection breaks that has come so far, which may happen only so often.
    pub(super) fn breaks_now(&self) -> bool {
        match &mut self.state().faults.breaks {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }

    pub(super) fn set_next(&self, next: Next) {
        self.state().next = next;
    }

    pub(super) fn see(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.state().seen);
    }

    pub(super) fn seen(&self) -> Seen {
        self.state().seen.clone()
    }

    pub(super) fn is_on(&self) -> bool {
        self.state().is_on
    }

    pub(super) fn set_on(&self, is_on: bool) {
        self.state().is_on = is_on;
    }

    pub(super) fn release(&self) {
        self.released.send_replace(true);
    }

    /// Waits until the device is released.
    pub(super) async fn released(&self) {
        // The sender lives as long as this.
        let _ = self.released.subscribe().wait_for(|released| *released).await;
    }

    /// Starts into an image. Whether Jaguar answers after that.
    pub(super) fn start_into(&self, image: &[u8]) -> bool {
        let mut state = self.state();
        match state.next.clone() {
            Next::RollsBack => true,
            Next::Lost => false,
            Next::Stranger(identity) => {
                state.identity = identity;
                true
            }
            Next::Runs => {
                let Some((id, name, chip)) = jaguar_in(image) else { return false };
                state.identity = Identity { id, name, chip, ..state.identity.clone() };
                true
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}
