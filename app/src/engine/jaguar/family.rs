//! What kind of firmware a device runs, and what a Jaguar device says of itself.

use semver::Version;
use skylift_protocol::{Chip, Id};

use crate::image::envelope::{Uuid, WordSize};

/// What a device speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Family {
    /// Skylift's own protocol.
    Skylift,
    /// Toit with Jaguar in it. Its protocol knows no authentication: anyone on the network can update the device.
    Jaguar(Box<JaguarFacts>),
}

/// What a Jaguar device says of itself. Nobody has proven any of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JaguarFacts {
    /// Its id. Each firmware has another one: after an update the device is known by the one in the new image.
    pub uuid: Uuid,
    /// The version of Toit's SDK that it runs, such as `v2.0.0-alpha.190`.
    pub sdk_version: String,
    /// The chip in Jaguar's word, such as `esp32c3`; see [`JaguarFacts::chip`].
    pub chip_word: String,
    /// The word its programs are made for.
    pub word_size: WordSize,
    /// It is on a cable, and another computer lends it its network.
    pub proxied: bool,
    /// The id that it had in this session until its last update.
    pub formerly: Option<Id>,
}

impl Family {
    /// Its word, as in JSON output.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Skylift => "skylift",
            Self::Jaguar(_) => "jaguar",
        }
    }

    /// What a Jaguar device says of itself; `None` for any other.
    #[must_use]
    pub fn jaguar(&self) -> Option<&JaguarFacts> {
        match self {
            Self::Skylift => None,
            Self::Jaguar(facts) => Some(facts),
        }
    }

    /// A Jaguar device of a former session; `None` if what was kept of it is no Jaguar id.
    #[must_use]
    pub fn remembered_jaguar(id: &str, chip: &str, sdk_version: &str) -> Option<Self> {
        Some(Self::Jaguar(Box::new(JaguarFacts {
            uuid: id.parse().ok()?,
            sdk_version: sdk_version.to_owned(),
            chip_word: chip.to_owned(),
            word_size: WordSize::W32,
            proxied: false,
            formerly: None,
        })))
    }
}

impl JaguarFacts {
    /// The chip, if it is really known: before SDK v2.0.0-alpha.189, Jaguar says `esp32` on every chip.
    #[must_use]
    pub fn chip(&self) -> Chip {
        let chip = Chip::from_word(&self.chip_word);
        if chip == Chip::Esp32 && !self.names_its_chip() { Chip::Unknown } else { chip }
    }

    fn names_its_chip(&self) -> bool {
        let version = |text: &str| Version::parse(text.strip_prefix('v').unwrap_or(text)).ok();
        version(&self.sdk_version) >= version("2.0.0-alpha.189")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_jaguar_says_esp32_of_every_chip() {
        let chip = |word: &str, sdk: &str| {
            let id = "0123456789abcdef0123456789abcdef";
            Family::remembered_jaguar(id, word, sdk).unwrap().jaguar().unwrap().chip()
        };
        assert_eq!(chip("esp32", "v2.0.0-alpha.188"), Chip::Unknown);
        assert_eq!(chip("esp32", "v2.0.0-alpha.189"), Chip::Esp32);
        assert_eq!(chip("esp32", "v2.0.0-alpha.1000"), Chip::Esp32);
        assert_eq!(chip("esp32", "v2.0.0"), Chip::Esp32);
        assert_eq!(chip("esp32", "of my own"), Chip::Unknown);
        assert_eq!(chip("esp32c3", "v2.0.0-alpha.100"), Chip::Esp32C3);
        assert_eq!(chip("host", "v2.0.0-alpha.190"), Chip::Unknown);
    }
}
