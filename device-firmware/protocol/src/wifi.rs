//! WiFi: which network a device is on, and moving it to another one over the network.
//!
//! A change goes like this. The device answers 202, leaves its network and joins the new one, on trial. Who gave the
//! order has to ask for `/status` there within the trial ([`Wifi::trial_s`]), which proves that the device can still
//! be reached; with `"reach": false` an address on the new network is enough, for a network that the host is not on.
//! Then the new network is kept as the first one, with those before it as fallbacks. If anything fails, or power does,
//! the device returns to the network it came from: nothing is written before the trial is passed. An open device cannot
//! tell who asks: anybody's question counts.

use core::fmt;

use heapless::String;
use serde::{Deserialize, Serialize};

use crate::word::wire_words;

/// The name of a network: 1 to 32 bytes of UTF-8. (IEEE 802.11 allows any bytes; other names cannot be given.)
pub type Ssid = String<32>;

/// The password of a network; empty for an open one. It shows itself to nobody: `Debug` hides it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String<64>);

impl Password {
    /// A password; `None` if it is longer than 64 bytes.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        String::try_from(text).ok().map(Self)
    }

    /// The password itself, for the radio and the flash.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The network has none.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_open() { "none" } else { "(hidden)" })
    }
}

/// A network and how to get into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its name. Stations ask for it by name, so that a hidden one needs no mark.
    pub ssid: Ssid,
    /// Its password.
    pub password: Password,
}

/// Why a network cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkFlaw {
    /// No name, or one with control characters.
    Ssid,
    /// Neither empty, nor 8 to 63 characters, nor 64 hex digits.
    Password,
}

impl Network {
    /// Checks name and password by the rules of WPA2 (IEEE 802.11-2020, J.4).
    ///
    /// # Errors
    /// The first flaw found.
    pub fn check(&self) -> Result<(), NetworkFlaw> {
        if self.ssid.is_empty() || self.ssid.chars().any(char::is_control) {
            return Err(NetworkFlaw::Ssid);
        }
        let text = self.password.reveal();
        let sound = match text.len() {
            0 => true,
            8..=63 => !text.chars().any(char::is_control),
            64 => text.bytes().all(|byte| byte.is_ascii_hexdigit()),
            _ => false,
        };
        if sound { Ok(()) } else { Err(NetworkFlaw::Password) }
    }
}

impl fmt::Display for NetworkFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ssid => "the name of a network has 1 to 32 bytes, and no control characters",
            Self::Password => {
                "the password of a network has 8 to 63 characters, or is 64 hex digits, or empty for an open one"
            }
        })
    }
}

impl core::error::Error for NetworkFlaw {}

/// POST /wifi.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WifiChange {
    /// The network to join.
    pub ssid: Ssid,
    /// Its password.
    pub password: Password,
    /// Somebody has to ask for `/status` on the new network, or the device returns. `false`: joining it is enough.
    #[serde(default = "by_default")]
    pub reach: bool,
}

const fn by_default() -> bool {
    true
}

impl WifiChange {
    /// The network to join.
    #[must_use]
    pub fn network(&self) -> Network {
        Network { ssid: self.ssid.clone(), password: self.password.clone() }
    }
}

wire_words! {
    /// What became of a change.
    WifiOutcome {
        /// It is under way.
        Trying = "trying",
        /// The new network is kept.
        Joined = "joined",
        /// No access point with this name answered.
        NotFound = "not_found",
        /// The access point did not accept the password. (WPA2 tells by breaking the handshake off.)
        WrongPassword = "wrong_password",
        /// The network gave no address (DHCP).
        NoAddress = "no_address",
        /// It could not be joined for another reason, or not in time.
        NotJoined = "not_joined",
        /// It was joined, and lost again during the trial.
        Lost = "lost",
        /// Nobody asked for the device's status there in time.
        NotReached = "not_reached",
        /// It worked, but the flash did not take it.
        NotKept = "not_kept",
    }
}

/// A change, in `/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastWifiChange {
    /// The network that was to be joined.
    pub ssid: Ssid,
    /// What became of it. Whatever it is but `trying` and `joined`, the device is on a network from before.
    pub outcome: WifiOutcome,
}

/// A device's WiFi, in `/status`. Passwords are never told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wifi {
    /// The network that is joined; absent while none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssid: Option<Ssid>,
    /// Seconds that a change takes at most, until the device is on the new network or back on the old one.
    pub trial_s: u32,
    /// The last change since the device started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<LastWifiChange>,
}
