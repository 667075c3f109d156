//! What the node knows of its WiFi, and which changes of it are taken.

use core::cell::RefCell;
use core::fmt;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::Duration;
use skylift_protocol as protocol;
use skylift_protocol::{ErrorCode, LastWifiChange, NetworkFlaw, Networks, Ssid, WifiChange, WifiOutcome};
use skylift_updater::Flash;

use crate::WifiConfig;
use crate::node::Node;
use crate::platform::Platform;

/// How far a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The answer to the order is on its way.
    Ordered,
    /// The new network is being joined.
    Joining,
    /// It is joined; somebody has to ask for the status there.
    AwaitsOwner,
    /// It is over.
    Ended(WifiOutcome),
}

/// A change, and how far it is.
pub(crate) struct Change {
    pub wanted: WifiChange,
    pub stage: Stage,
}

/// What changes while the node runs; there is none of it without a radio.
#[derive(Default)]
pub(crate) struct State {
    pub joined: Option<Ssid>,
    pub change: Option<Change>,
}

/// The WiFi of a node.
pub(crate) struct Wifi {
    pub networks: RefCell<Networks>,
    pub state: RefCell<Option<State>>,
    /// A change was ordered, and the answer is out.
    pub go: Signal<NoopRawMutex, ()>,
    /// Somebody asked for the status on a network that is on trial, and what came of keeping it.
    pub owner_came: Signal<NoopRawMutex, WifiOutcome>,
}

/// Why a change is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotChanged {
    Flaw(NetworkFlaw),
    NoRadio,
    Busy(&'static str),
    Pending,
}

impl NotChanged {
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Flaw(_) => ErrorCode::Malformed,
            Self::NoRadio => ErrorCode::NoWifi,
            Self::Busy(_) => ErrorCode::Busy,
            Self::Pending => ErrorCode::PendingValidation,
        }
    }
}

impl fmt::Display for NotChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flaw(flaw) => flaw.fmt(f),
            Self::NoRadio => f.write_str("this device has no WiFi"),
            Self::Busy(why) => f.write_str(why),
            Self::Pending => f.write_str("the running image has not validated yet"),
        }
    }
}

impl Wifi {
    pub const fn new(networks: Networks) -> Self {
        Self {
            networks: RefCell::new(networks),
            state: RefCell::new(None),
            go: Signal::new(),
            owner_came: Signal::new(),
        }
    }

    /// What `/status` tells of it.
    pub fn shown(&self, config: &WifiConfig) -> Option<protocol::Wifi> {
        let state = self.state.borrow();
        let state = state.as_ref()?;
        let change = state.change.as_ref().map(|change| LastWifiChange {
            ssid: change.wanted.ssid.clone(),
            outcome: match change.stage {
                Stage::Ended(outcome) => outcome,
                Stage::Ordered | Stage::Joining | Stage::AwaitsOwner => WifiOutcome::Trying,
            },
        });
        Some(protocol::Wifi { ssid: state.joined.clone(), trial_s: trial_s(config), change })
    }

    /// The change that is under way.
    pub fn changing(&self) -> Option<WifiChange> {
        let state = self.state.borrow();
        let change = state.as_ref()?.change.as_ref()?;
        (!matches!(change.stage, Stage::Ended(_))).then(|| change.wanted.clone())
    }

    /// Whether a change has come to this stage.
    fn is_at(&self, stage: Stage) -> bool {
        let state = self.state.borrow();
        state.as_ref().and_then(|state| state.change.as_ref()).is_some_and(|change| change.stage == stage)
    }

    pub fn set_stage(&self, stage: Stage) {
        if let Some(change) = self.state.borrow_mut().as_mut().and_then(|state| state.change.as_mut()) {
            change.stage = stage;
        }
    }

    pub fn set_joined(&self, joined: Option<Ssid>) {
        if let Some(state) = self.state.borrow_mut().as_mut() {
            state.joined = joined;
        }
    }

    /// The answer to an order is out: the network may be left. The same order sent twice is one change.
    pub fn go(&self) {
        if self.is_at(Stage::Ordered) {
            self.go.signal(());
        }
    }
}

/// Joining the new network, waiting there, and joining the old one.
fn trial_s(config: &WifiConfig) -> u32 {
    let most = config.join_time + config.reach_time + config.join_time + Duration::from_millis(999);
    u32::try_from(most.as_secs()).unwrap_or(u32::MAX)
}

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// Why nothing else may be begun: an update runs, or the network is being changed.
    pub(crate) fn busy(&self) -> Option<&'static str> {
        if self.state.borrow().order.is_some() {
            return Some("an update is running");
        }
        self.wifi.changing().map(|_| "the device is moving to another WiFi")
    }

    /// Takes a change, or says why not. [`station`](Self::station) makes it. The one that is under way may come again:
    /// its answer got lost.
    pub(crate) fn take_wifi(&self, wanted: WifiChange) -> Result<(), NotChanged> {
        let network = wanted.network();
        network.check().map_err(NotChanged::Flaw)?;
        if self.wifi.changing().as_ref() == Some(&wanted) {
            return Ok(());
        }
        if self.wifi.state.borrow().is_none() {
            return Err(NotChanged::NoRadio);
        }
        if let Some(why) = self.busy() {
            return Err(NotChanged::Busy(why));
        }
        if self.is_pending() {
            return Err(NotChanged::Pending);
        }
        self.log.line(format_args!("WiFi: asked to move to {}", network.ssid));
        if let Some(state) = self.wifi.state.borrow_mut().as_mut() {
            state.change = Some(Change { wanted, stage: Stage::Ordered });
        }
        Ok(())
    }

    /// Somebody asks for the status: on a network that is on trial, that is the proof it waits for.
    pub(crate) fn somebody_asks(&self) {
        if self.wifi.is_at(Stage::AwaitsOwner) {
            self.wifi.owner_came.signal(self.keep_network());
        }
    }

    /// Keeps the network that is on trial as the first one.
    pub(crate) fn keep_network(&self) -> WifiOutcome {
        let Some(wanted) = self.wifi.changing() else { return WifiOutcome::NotKept };
        let networks = self.wifi.networks.borrow().with_first(wanted.network());
        let kept = self.platform.store_networks(&mut *self.flash.borrow_mut(), &self.boot.layout, &networks);
        let outcome = if kept.is_ok() { WifiOutcome::Joined } else { WifiOutcome::NotKept };
        if kept.is_ok() {
            self.wifi.networks.replace(networks);
        }
        self.wifi.set_stage(Stage::Ended(outcome));
        outcome
    }
}
