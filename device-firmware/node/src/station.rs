//! The task that keeps the device on a network, and moves it to another one without losing it.

use core::convert::Infallible;
use core::net::Ipv4Addr;

use embassy_futures::select::{Either, Either3, select, select3};
use embassy_time::{Duration, Timer, with_timeout};
use skylift_protocol::{Network, Ssid, WifiOutcome};
use skylift_updater::Flash;

use crate::node::Node;
use crate::platform::Platform;
use crate::radio::{JoinFault, Radio};
use crate::wifi::{Stage, State};

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// The task of a device with a radio: joins the first of its networks that can be, joins again when it is lost, and
    /// changes networks when it is told to. Without this task the node has no WiFi.
    pub async fn station(&self, radio: &impl Radio) -> Infallible {
        self.wifi.state.replace(Some(State::default()));
        let mut home = None;
        loop {
            match select(self.stay(radio, &mut home), self.wifi.go.wait()).await {
                Either::First(never) => match never {},
                Either::Second(()) => self.change(radio).await,
            }
        }
    }

    /// Stays on the network that is joined, then on the one that can be joined next. `home` is the network the device
    /// was on last; it goes before the others, so that a change that came to nothing ends where it began.
    async fn stay(&self, radio: &impl Radio, home: &mut Option<Ssid>) -> Infallible {
        let mut pause = self.config.wifi.first_pause;
        loop {
            if self.joined().is_none() {
                self.join_any(radio, home.as_ref()).await;
            }
            match self.joined() {
                Some(joined) => {
                    pause = self.config.wifi.first_pause;
                    *home = Some(joined);
                    radio.lost().await;
                    self.log.line(format_args!("WiFi: the network is lost"));
                    self.wifi.set_joined(None);
                    // An answer that was on its way is not on its way any more.
                    self.wifi.go();
                }
                None => {
                    Timer::after(pause).await;
                    pause = (pause * 2).min(self.config.wifi.longest_pause);
                }
            }
        }
    }

    /// Tries every network once.
    async fn join_any(&self, radio: &impl Radio, home: Option<&Ssid>) {
        let is_home = |network: &Network| home == Some(&network.ssid);
        if let Some(network) = self.network(0, is_home)
            && self.join(radio, &network).await.is_ok()
        {
            return;
        }
        let mut index = 0;
        while let Some(network) = self.network(index, |network| !is_home(network)) {
            if self.join(radio, &network).await.is_ok() {
                return;
            }
            index += 1;
        }
    }

    /// The known network of this number among those wanted.
    fn network(&self, index: usize, wanted: impl Fn(&Network) -> bool) -> Option<Network> {
        self.wifi.networks.borrow().iter().filter(|network| wanted(network)).nth(index).cloned()
    }

    /// Says in the log which address the device has from now on: who sets it up by cable waits for that.
    pub fn tell_address(&self, address: Ipv4Addr) {
        self.log.line(format_args!("the address is {address}"));
    }

    async fn join(&self, radio: &impl Radio, network: &Network) -> Result<(), WifiOutcome> {
        let joined = with_timeout(self.config.wifi.join_time, radio.join(network)).await;
        let joined = joined.unwrap_or(Err(JoinFault::Other)).map_err(JoinFault::outcome);
        match joined {
            Ok(()) => self.log.line(format_args!("WiFi: joined {}", network.ssid)),
            Err(why) => self.log.line(format_args!("WiFi: cannot join {}: {why}", network.ssid)),
        }
        self.wifi.set_joined(joined.is_ok().then(|| network.ssid.clone()));
        joined
    }

    /// Tries the network that was asked for. On any failure nothing is joined any more: the way back is
    /// [`stay`](Self::stay).
    async fn change(&self, radio: &impl Radio) {
        let Some(wanted) = self.wifi.changing() else { return };
        self.wifi.set_stage(Stage::Joining);
        self.wifi.set_joined(None);
        let outcome = match self.join(radio, &wanted.network()).await {
            Ok(()) if wanted.reach => self.await_owner(radio).await,
            Ok(()) => self.keep_network(),
            Err(why) => why,
        };
        self.wifi.set_stage(Stage::Ended(outcome));
        self.log.line(format_args!("WiFi: the move to {} ended: {outcome}", wanted.ssid));
        if outcome == WifiOutcome::Joined {
            return;
        }
        if outcome == WifiOutcome::NotKept {
            // The answer that says so goes out before the network is left.
            Timer::after(self.config.trial.farewell).await;
        }
        self.wifi.set_joined(None);
    }

    /// Waits on the new network until somebody has asked for the status, which keeps it.
    async fn await_owner(&self, radio: &impl Radio) -> WifiOutcome {
        self.wifi.owner_came.reset();
        self.wifi.set_stage(Stage::AwaitsOwner);
        let time: Duration = self.config.wifi.reach_time;
        match select3(self.wifi.owner_came.wait(), radio.lost(), Timer::after(time)).await {
            Either3::First(outcome) => outcome,
            Either3::Second(()) => WifiOutcome::Lost,
            Either3::Third(()) => WifiOutcome::NotReached,
        }
    }

    fn joined(&self) -> Option<Ssid> {
        self.wifi.state.borrow().as_ref().and_then(|state| state.joined.clone())
    }
}
