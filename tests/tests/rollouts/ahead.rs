//! Erasing ahead in rollouts: every device that waits is told, few at a time, and told again when it has forgotten.

use embassy_time::Duration;
use skylift::engine::{Action, Preparation};
use skylift_protocol::{Phase, Status};

use super::*;

/// Those after the first, which has its turn for as long as the test wants.
fn waiting_fleet(size: usize) -> Fleet {
    Fleet::new(size, |at| {
        let mut config = small();
        if at == 0 {
            let long = Duration::from_secs(3600);
            (config.node.trial.well_for, config.node.trial.deadline) = (long, long);
        }
        config
    })
}

impl Fleet {
    fn begin_one_by_one(&self) -> RolloutId {
        let limits = Limits { parallel: 1, stop_after: None };
        self.host.rollout(RolloutOrder { limits, erase_ahead: true, ..self.order(good()) })
    }

    /// Waits until a device has erased enough, and does nothing more.
    fn await_erased(&self, at: usize) -> Status {
        let is_enough = |status: &Status| status.prepared.is_some_and(|prepared| prepared.bytes >= SMALL);
        let has_erased = |status: &Status| status.phase == Phase::Idle && is_enough(status);
        self.host.await_status(&self.devices[at], "it has erased ahead", has_erased)
    }

    fn all_wait_but_one(&self, id: RolloutId) {
        let counts = self.shown(id).counts;
        assert_eq!((counts.running, counts.waiting), (1, self.devices.len() - 1), "{counts:?}");
    }

    /// Lets the first one end, and so the others begin.
    fn finish(&self, id: RolloutId) {
        self.all_wait_but_one(id);
        let pending = |status: &Status| status.phase == Phase::PendingValidation;
        self.host.await_status(&self.devices[0], "the first one is on probation", pending);
        self.host.act(&self.devices[0], Action::Validate);
        let ended = until("the rollout ends", || Some(self.shown(id)).filter(|shown| shown.ended));
        assert_eq!(ended.counts.validated, self.devices.len(), "{:?}", ended.counts);
    }
}

#[test]
fn who_restarts_while_it_waits_erases_again() {
    let fleet = waiting_fleet(3);
    let id = fleet.begin_one_by_one();
    let before = fleet.await_erased(1);
    fleet.await_erased(2);
    fleet.devices[1].cut_power();
    let after = until("it has erased again", || {
        Some(fleet.await_erased(1)).filter(|status| status.boot_id != before.boot_id)
    });
    assert_eq!(after.running.version.as_str(), "1.0.0");
    let told = fleet.shown(id).members[1].preparation.clone();
    assert_eq!(told, Some(Preparation::Erases { slot: 1 }));
    fleet.finish(id);
}

#[test]
fn who_is_away_when_it_is_to_be_told_is_told_when_it_returns() {
    let fleet = waiting_fleet(3);
    fleet.devices[1].power_off();
    until("it is off", || std::net::TcpStream::connect(fleet.devices[1].address()).err());
    let id = fleet.begin_one_by_one();
    fleet.await_erased(2);
    fleet.devices[1].power_on();
    fleet.await_erased(1);
    fleet.finish(id);
}

/// No more than sixteen are told at the same time.
#[test]
fn of_many_all_erase_before_their_turn() {
    let fleet = waiting_fleet(40);
    let id = fleet.begin_one_by_one();
    until("all have been told", || {
        let shown = fleet.shown(id);
        let count = |what: fn(&Preparation) -> bool| {
            shown
                .members
                .iter()
                .filter_map(|member| member.preparation.as_ref())
                .filter(|it| what(it))
                .count()
        };
        let asked = count(|it| *it == Preparation::Asked);
        assert!(asked <= 16, "{asked} at a time");
        (count(|it| matches!(it, Preparation::Erases { .. })) == 39).then_some(())
    });
    for at in 1..40 {
        fleet.await_erased(at);
    }
    fleet.all_wait_but_one(id);
}
