//! Probation: the self-test of a new image, its deadline, and the marks of a long run.

use embassy_time::{Duration, Instant, Timer};
use skylift_protocol::{Confirm, Phase, Reason, ValidationState};
use skylift_updater::Flash;
use skylift_updater::guard::{self, SHORT_RUN_S, STABLE_S};
use skylift_updater::journal::Journal;
use skylift_updater::switch::{self, SwitchError};

use crate::ends::end_code;
use crate::node::Node;
use crate::platform::{Platform, SelfTest};

const TICK: Duration = Duration::from_millis(50);

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// The task that tries the running image, if it is on probation, and then counts its uptime.
    pub async fn trial(&self) {
        if self.is_pending() {
            self.probation().await;
        }
        Timer::at(self.started + Duration::from_secs(SHORT_RUN_S.into())).await;
        guard::ran_long(&mut self.rtc.borrow_mut());
        Timer::at(self.started + Duration::from_secs(STABLE_S.into())).await;
        guard::ran_stable(&mut self.rtc.borrow_mut());
        core::future::pending().await
    }

    /// Waits for validation, by the self-test or by hand; gives the image up at the deadline.
    async fn probation(&self) {
        let manual = self.confirm() == Confirm::Manual;
        let mut network_seen = false;
        let mut well_since: Option<Instant> = None;
        while self.is_pending() {
            let up = self.platform.network_up() && self.serving.get();
            network_seen |= up;
            let well = up && self.platform.self_test() == SelfTest::Passed;
            well_since = if well { well_since.or(Some(Instant::now())) } else { None };
            let long_enough = well_since.is_some_and(|since| since.elapsed() >= self.config.trial.well_for);
            if long_enough && !manual {
                self.validate_now("self-test passed");
            } else if self.state.borrow().deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                self.give_up(if network_seen { Reason::NotValidated } else { Reason::NoNetwork });
                return;
            }
            Timer::after(TICK).await;
        }
    }

    fn confirm(&self) -> Confirm {
        let journal = self
            .boot
            .layout
            .journal
            .and_then(|region| Journal::read(&mut *self.flash.borrow_mut(), region).ok().flatten());
        let manual = journal.and_then(|journal| journal.attempt).is_some_and(|attempt| attempt.manual);
        if manual { Confirm::Manual } else { Confirm::Auto }
    }

    fn validate_now(&self, why: &str) {
        if let Err(error) = self.keep_running_image() {
            self.log.line(format_args!("validation failed: {error}"));
        } else {
            self.log.line(format_args!("validated: {why}"));
        }
    }

    /// Keeps the running image for good.
    pub(crate) fn keep_running_image(&self) -> Result<(), SwitchError> {
        let running = self.boot.running.ok_or(SwitchError::NotMine)?;
        switch::validate(&mut *self.flash.borrow_mut(), &self.boot.layout, running)?;
        {
            let mut state = self.state.borrow_mut();
            state.validation = ValidationState::Valid;
            state.deadline = None;
            state.phase = Phase::Idle;
        }
        self.recall();
        self.tighten();
        self.announcement_changed.signal(());
        Ok(())
    }

    /// Goes back to the image before this one, and restarts. Without one the image runs on, and says so.
    fn give_up(&self, reason: Reason) {
        let (Some(running), Some(end)) = (self.boot.running, end_code(reason)) else { return };
        let given_up = switch::give_up(&mut *self.flash.borrow_mut(), &self.boot.layout, running, end);
        match given_up {
            Ok(()) => {
                self.log.line(format_args!("giving this image up: {reason}"));
                self.request_restart();
            }
            Err(error) => {
                self.log.line(format_args!("cannot go back: {error}"));
                let mut state = self.state.borrow_mut();
                state.deadline = None;
                // Nothing better is there: an update may come.
                state.phase = Phase::Idle;
            }
        }
    }
}
