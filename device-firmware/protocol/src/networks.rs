//! The networks a device knows, by priority, as one record: whoever writes it writes all of it at once.
//!
//! Format: the byte 1, then for each network, the most preferred first, the length of its name in a byte, the name, the
//! length of its password in a byte, the password. Texts are UTF-8.

use heapless::Vec;

use crate::wifi::{Network, Password};

/// The most networks that a device knows.
pub const MAX_NETWORKS: usize = 4;
/// No record is longer, in bytes.
pub const MAX_NETWORKS_RECORD: usize = 1 + MAX_NETWORKS * (1 + 32 + 1 + 64);

const FORMAT: u8 = 1;

/// The networks a device knows, the most preferred first; no name twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<Network, MAX_NETWORKS>);

impl Networks {
    /// No networks.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The same with this one first. Another one of its name goes, and the last one if there are too many.
    #[must_use]
    pub fn with_first(&self, network: Network) -> Self {
        let rest = self.0.iter().filter(|known| known.ssid != network.ssid).cloned();
        Self(core::iter::once(network.clone()).chain(rest).take(MAX_NETWORKS).collect())
    }

    /// All of them, the most preferred first.
    pub fn iter(&self) -> impl Iterator<Item = &Network> {
        self.0.iter()
    }

    /// The record.
    #[must_use]
    pub fn to_record(&self) -> Vec<u8, MAX_NETWORKS_RECORD> {
        let texts = self.0.iter().flat_map(|network| [network.ssid.as_str(), network.password.reveal()]);
        // Lengths fit into a byte, and all of it into the record: the types bound them.
        let bytes = texts.flat_map(|text| core::iter::once(text.len() as u8).chain(text.bytes()));
        core::iter::once(FORMAT).chain(bytes).collect()
    }

    /// The networks of a record; `None` if it is not one, or of a format that this version does not know.
    #[must_use]
    pub fn from_record(record: &[u8]) -> Option<Self> {
        let (&FORMAT, mut rest) = record.split_first()? else { return None };
        let mut networks = Vec::new();
        while !rest.is_empty() {
            let (ssid, behind) = text(rest)?;
            let (password, behind) = text(behind)?;
            let network = Network { ssid: ssid.try_into().ok()?, password: Password::new(password)? };
            network.check().ok()?;
            if networks.iter().any(|known: &Network| known.ssid == network.ssid) {
                return None;
            }
            networks.push(network).ok()?;
            rest = behind;
        }
        Some(Self(networks))
    }
}

/// A text with its length in front, and what follows it.
fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (&len, rest) = bytes.split_first()?;
    let (text, behind) = rest.split_at_checked(len.into())?;
    Some((core::str::from_utf8(text).ok()?, behind))
}
