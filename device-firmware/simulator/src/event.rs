//! What happens to a simulated device, for who watches it.

use std::fmt;

use skylift_node::JoinFault;
use skylift_protocol::Id;
use skylift_updater::guard::Boot;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceEvent {
    /// To which device.
    pub id: Id,
    /// What.
    pub what: Happening,
}

/// What happens to a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// An image runs.
    Runs {
        /// In which slot; `None` for the factory app.
        slot: Option<u8>,
        /// Its version.
        version: String,
        /// What the guard said.
        boot: Boot,
    },
    /// An image without Skylift in it runs: the device does not answer.
    Silent,
    /// No image boots: the device is bricked.
    Bricked,
    /// The running image panicked.
    Panicked(String),
    /// The running image stood still.
    WatchdogBit,
    /// The device restarts.
    Restarts,
    /// Power went.
    LostPower,
    /// Somebody asked for it to be shown.
    Identifies,
    /// It joined this network.
    Joined(String),
    /// It could not join a network.
    NotJoined {
        /// Its name.
        ssid: String,
        /// Why.
        why: JoinFault,
    },
    /// The network it was on is gone.
    LostNetwork,
}

impl fmt::Display for DeviceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.what)
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Runs { slot: Some(slot), version, boot } => {
                write!(f, "runs {version} from slot {slot}, {boot}")
            }
            Self::Runs { slot: None, version, boot } => write!(f, "runs factory app {version}, {boot}"),
            Self::Silent => f.write_str("runs an image without Skylift in it, and does not answer"),
            Self::Bricked => f.write_str("finds no image that boots"),
            Self::Panicked(message) => write!(f, "panicked: {message}"),
            Self::WatchdogBit => f.write_str("stood still; the watchdog reset it"),
            Self::Restarts => f.write_str("restarts"),
            Self::LostPower => f.write_str("lost power"),
            Self::Identifies => f.write_str("blinks"),
            Self::Joined(ssid) => write!(f, "is on WiFi {ssid}"),
            Self::NotJoined { ssid, why } => write!(f, "cannot join WiFi {ssid}: {}", join_fault(*why)),
            Self::LostNetwork => f.write_str("lost its WiFi"),
        }
    }
}

const fn join_fault(fault: JoinFault) -> &'static str {
    match fault {
        JoinFault::NotFound => "it is not there",
        JoinFault::WrongPassword => "the password is wrong",
        JoinFault::NoAddress => "it gives no address",
        JoinFault::Other => "it takes too long",
    }
}
