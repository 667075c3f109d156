//! The radio of a simulated device; without an air around it, a wire that is always plugged in.

use std::cell::{Cell, RefCell};
use std::net::Ipv4Addr;

use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Timer};
use skylift_node::{JoinFault, Radio};
use skylift_protocol::Network;

use crate::air::{AccessPoint, Air, Lease};
use crate::event::Happening;

/// How long a device looks for a network.
const SCAN: Duration = Duration::from_millis(20);
/// How often it hears the access point: the interval of beacons.
const BEACON: Duration = Duration::from_millis(100);

/// Where the device is on a network now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Uplink {
    /// Nowhere.
    Down,
    /// Where nobody of this computer can reach it.
    Elsewhere,
    /// At this address.
    At(Ipv4Addr),
}

/// The radio.
pub(crate) struct SimulatedRadio<'a> {
    air: Option<&'a Air>,
    /// The address that the device listens on.
    usual: Ipv4Addr,
    uplink: Cell<Uplink>,
    changed: Signal<NoopRawMutex, ()>,
    joined: RefCell<Option<AccessPoint>>,
    tell: &'a dyn Fn(Happening),
}

impl<'a> SimulatedRadio<'a> {
    /// A radio, or a wire where there is no air.
    pub fn new(air: Option<&'a Air>, usual: Ipv4Addr, tell: &'a dyn Fn(Happening)) -> Self {
        let uplink = if air.is_some() { Uplink::Down } else { Uplink::At(usual) };
        Self {
            air,
            usual,
            uplink: Cell::new(uplink),
            changed: Signal::new(),
            joined: RefCell::new(None),
            tell,
        }
    }

    /// For an image that does not get its network up.
    pub fn broken(usual: Ipv4Addr, tell: &'a dyn Fn(Happening)) -> Self {
        let radio = Self::new(None, usual, tell);
        radio.uplink.set(Uplink::Down);
        radio
    }

    /// Whether there are networks to join.
    pub fn has_air(&self) -> bool {
        self.air.is_some()
    }

    /// Whether the device has an address.
    pub fn is_up(&self) -> bool {
        self.uplink.get() != Uplink::Down
    }

    /// Whether this computer and the device can speak to each other.
    pub fn is_reachable(&self) -> bool {
        matches!(self.uplink.get(), Uplink::At(_))
    }

    /// Waits until they can; the device's address. Only one task may wait for changes at a time.
    pub async fn reachable(&self) -> Ipv4Addr {
        loop {
            if let Uplink::At(address) = self.uplink.get() {
                return address;
            }
            self.changed.wait().await;
        }
    }

    /// Waits until they cannot any more.
    pub async fn unreachable(&self) {
        while self.is_reachable() {
            self.changed.wait().await;
        }
    }

    fn set(&self, uplink: Uplink) {
        self.uplink.set(uplink);
        self.changed.signal(());
    }

    fn leave(&self) {
        self.joined.replace(None);
        self.set(Uplink::Down);
    }

    fn try_join(&self, network: &Network) -> Result<(), JoinFault> {
        let found = self.air.and_then(|air| air.find(&network.ssid)).ok_or(JoinFault::NotFound)?;
        if found.password != network.password.reveal() {
            return Err(JoinFault::WrongPassword);
        }
        let uplink = match found.lease {
            Lease::Usual => Uplink::At(self.usual),
            Lease::At(address) => Uplink::At(address),
            Lease::Elsewhere => Uplink::Elsewhere,
            Lease::Nothing => return Err(JoinFault::NoAddress),
        };
        self.joined.replace(Some(found));
        self.set(uplink);
        Ok(())
    }

    /// Whether the access point that was joined is still there as it was.
    fn is_heard(&self) -> bool {
        let joined = self.joined.borrow();
        joined
            .as_ref()
            .is_some_and(|joined| self.air.and_then(|air| air.find(&joined.ssid)).as_ref() == Some(joined))
    }
}

impl Radio for SimulatedRadio<'_> {
    async fn join(&self, network: &Network) -> Result<(), JoinFault> {
        self.leave();
        Timer::after(SCAN).await;
        let joined = self.try_join(network);
        let ssid = network.ssid.to_string();
        (self.tell)(match joined {
            Ok(()) => Happening::Joined(ssid),
            Err(why) => Happening::NotJoined { ssid, why },
        });
        joined
    }

    async fn lost(&self) {
        while self.is_heard() {
            Timer::after(BEACON).await;
        }
        self.leave();
        (self.tell)(Happening::LostNetwork);
    }
}
