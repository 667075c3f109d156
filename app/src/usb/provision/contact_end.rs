//! How a first contact ends, in words, and what to do then.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How a first contact ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactEnd {
    /// It answers on the network.
    OnTheNetwork {
        /// Where.
        address: SocketAddr,
        /// It has signed its answer with the key that this computer holds.
        paired: bool,
    },
    /// The network did not accept its password.
    WrongPassword {
        /// The network.
        ssid: String,
    },
    /// No network of this name was heard.
    NoSuchNetwork {
        /// The network.
        ssid: String,
    },
    /// The network gave it no address.
    NoAddress {
        /// The network.
        ssid: String,
    },
    /// The network was not joined for another reason.
    NotJoined {
        /// The network.
        ssid: String,
    },
    /// It knows no network.
    NoNetworks,
    /// Its program ends again and again, or once.
    Panicked {
        /// What it said.
        message: String,
    },
    /// Who answers there, has not proven to be it.
    NotProven {
        /// Where.
        address: SocketAddr,
        /// Why it is not believed.
        why: String,
    },
    /// It was not seen.
    NotSeen {
        /// For so long.
        after: Duration,
        /// Nothing came over the cable, either.
        silent: bool,
        /// The network that it says it is on; empty if it does not name it.
        joined: Option<String>,
        /// The address that it says it has.
        address: Option<IpAddr>,
    },
}

impl ContactEnd {
    /// Its word, for programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::OnTheNetwork { .. } => "on_the_network",
            Self::WrongPassword { .. } => "wrong_password",
            Self::NoSuchNetwork { .. } => "no_such_network",
            Self::NoAddress { .. } => "no_address",
            Self::NotJoined { .. } => "not_joined",
            Self::NoNetworks => "no_networks",
            Self::Panicked { .. } => "panicked",
            Self::NotProven { .. } => "not_proven",
            Self::NotSeen { .. } => "not_seen",
        }
    }

    /// Whether it is where it should be.
    #[must_use]
    pub const fn is_well(&self) -> bool {
        matches!(self, Self::OnTheNetwork { .. })
    }

    /// The network that it could not join, if that is why: other words for it can be given by cable, and nothing else
    /// has to be written.
    #[must_use]
    pub fn network(&self) -> Option<&str> {
        match self {
            Self::WrongPassword { ssid }
            | Self::NoSuchNetwork { ssid }
            | Self::NoAddress { ssid }
            | Self::NotJoined { ssid } => Some(ssid).filter(|ssid| !ssid.is_empty()).map(String::as_str),
            _ => None,
        }
    }
}

/// A sentence without its subject and its full stop: `the board` or the device's name goes before it.
impl std::fmt::Display for ContactEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let network = || self.network().unwrap_or("the network");
        match self {
            Self::OnTheNetwork { address, paired } => {
                let paired = if *paired { "paired" } else { "not paired" };
                write!(f, "is on the network as {}, {paired}", place(*address))
            }
            Self::WrongPassword { .. } => {
                write!(f, "is not on the network: {} did not accept the password", network())
            }
            Self::NoSuchNetwork { .. } => write!(f, "is not on the network: it does not hear {}", network()),
            Self::NoAddress { .. } => write!(f, "has joined {}, which gives it no address", network()),
            Self::NotJoined { .. } => write!(f, "is not on the network: it could not join {}", network()),
            Self::NoNetworks => f.write_str("knows no network"),
            Self::Panicked { message } => {
                write!(f, "does not run: its program ended with `{}`", message)
            }
            Self::NotProven { address, why } => {
                write!(f, "has not proven to be the one that answers at {}: {why}", place(*address))
            }
            Self::NotSeen { after, joined: Some(joined), address, .. } => {
                let ssid = if joined.is_empty() { "its network" } else { joined };
                let at = address.map_or_else(String::new, |address| format!(" as {address}"));
                write!(
                    f,
                    "says that it is on {ssid}{at}, but this computer has not seen it there within {} s",
                    after.as_secs()
                )
            }
            Self::NotSeen { after, .. } => {
                write!(f, "was not seen on the network within {} s", after.as_secs())
            }
        }
    }
}

/// The port is told where it is not that of chips.
fn place(address: SocketAddr) -> String {
    if address.port() == 80 { address.ip().to_string() } else { address.to_string() }
}

impl ContactEnd {
    /// What to do about it, the likeliest first.
    #[must_use]
    pub fn advice(&self) -> Vec<String> {
        let lines: &[&str] = match self {
            Self::OnTheNetwork { .. } => &[],
            Self::WrongPassword { .. } => &[
                "give it the right password by cable: `skylift provision --wifi NAME --ask-password` writes nothing else",
            ],
            Self::NoSuchNetwork { .. } => &[
                "check the name, capitals included: `skylift provision --wifi NAME` writes nothing else",
                "a network on 2.4 GHz: these chips hear no other, the ESP32-C5 excepted",
                "bring the board nearer to the access point, and check its antenna",
            ],
            Self::NoAddress { .. } => &["check that the router gives addresses (DHCP), and has some left"],
            Self::NotJoined { .. } => &[
                "read what it says: skylift monitor",
                "WPA2, which the access point has to offer: these chips' driver knows no WPA3",
            ],
            Self::NoNetworks => &["give it one: skylift provision --wifi NAME"],
            Self::Panicked { .. } => {
                &["read what it says: skylift monitor", "flash another firmware: skylift flash"]
            }
            Self::NotProven { .. } => &["pair it again by cable: skylift provision --re-pair"],
            Self::NotSeen { joined: Some(_), .. } => &[
                "connect this computer to the same network; guest networks often keep their devices apart",
                "where mDNS does not pass, say where it is: --address HOST:PORT",
            ],
            Self::NotSeen { silent: true, .. } => &[
                "press RESET on the board: it may still be in download mode",
                "read what it says: skylift monitor",
            ],
            Self::NotSeen { .. } => &["read what it says: skylift monitor"],
        };
        lines.iter().map(|&line| line.to_owned()).collect()
    }
}
