//! The air around simulated devices: which WiFi networks there are, and what comes of joining one.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a device gets on a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lease {
    /// The address that it listens on anyway.
    Usual,
    /// This address of this computer.
    At(Ipv4Addr),
    /// An address on a network that this computer is not on.
    Elsewhere,
    /// None: nobody does DHCP there.
    Nothing,
}

/// A network in the air. Its password is no secret: it protects nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessPoint {
    /// Its name.
    pub ssid: String,
    /// Its password; empty if it is open.
    pub password: String,
    /// What devices get there.
    pub lease: Lease,
}

impl AccessPoint {
    /// A network that this computer is on.
    #[must_use]
    pub fn new(ssid: &str, password: &str) -> Self {
        Self { ssid: ssid.to_owned(), password: password.to_owned(), lease: Lease::Usual }
    }

    /// The same with another lease.
    #[must_use]
    pub fn with(self, lease: Lease) -> Self {
        Self { lease, ..self }
    }
}

/// The networks that devices can hear. A clone is the same air.
#[derive(Clone, Debug, Default)]
pub struct Air(Arc<Mutex<Vec<AccessPoint>>>);

impl Air {
    /// An air with these networks in it.
    #[must_use]
    pub fn new(access_points: Vec<AccessPoint>) -> Self {
        Self(Arc::new(Mutex::new(access_points)))
    }

    /// Switches an access point on, in place of one of the same name.
    pub fn switch_on(&self, access_point: AccessPoint) {
        let mut all = self.all();
        all.retain(|known| known.ssid != access_point.ssid);
        all.push(access_point);
    }

    /// Switches an access point off: those who joined it lose it.
    pub fn switch_off(&self, ssid: &str) {
        self.all().retain(|known| known.ssid != ssid);
    }

    /// The access point of this name, if it is on.
    #[must_use]
    pub fn find(&self, ssid: &str) -> Option<AccessPoint> {
        self.all().iter().find(|known| known.ssid == ssid).cloned()
    }

    /// A list is whole after every one of its changes, so a panic of another thread spoils nothing.
    fn all(&self) -> MutexGuard<'_, Vec<AccessPoint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
