//! What is wanted of a device's settings. What nobody asks for stays as it is.

use skylift_protocol::{Floor, Name, Network, Networks, Pairing, Signers, Trust};
use skylift_provisioning::Provisioning;

/// What is wanted of a device's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Its name; `None` leaves the one it has.
    pub name: Option<Name>,
    /// The networks it knows.
    pub networks: NetworkWish,
    /// Whom it obeys.
    pub pairing: PairWish,
    /// Whose images it takes.
    pub trust: TrustWish,
    /// The least `secure_version` that it takes. A lower one than it has already changes nothing.
    pub floor: Option<u32>,
    /// Whether its bootloader rolls back, where that is known of a bootloader that is written.
    pub bootloader_rolls_back: Option<bool>,
}

/// What is wanted of the networks that a device knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NetworkWish {
    /// They stay.
    #[default]
    Keep,
    /// This one first; the others stay behind it, as fallbacks.
    First(Network),
    /// This one alone.
    Only(Network),
}

/// Whom a device is to obey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PairWish {
    /// This computer: by the key that the device has, or a new one if it has none that is good.
    #[default]
    Pair,
    /// This computer, by a new key: whoever has the one before is shut out.
    Anew,
    /// Whoever it obeys now.
    Leave,
}

/// Whose images a device is to take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TrustWish {
    /// As it does now.
    #[default]
    Keep,
    /// Everybody's.
    Anybody,
    /// Those of these signers, and nobody else's.
    Signers(Signers),
}

impl NetworkWish {
    /// The network that is new to the device, or has a new password.
    #[must_use]
    pub const fn network(&self) -> Option<&Network> {
        match self {
            Self::Keep => None,
            Self::First(network) | Self::Only(network) => Some(network),
        }
    }
}

impl Wishes {
    /// The settings that follow from those before; `pairing` has been seen to.
    pub(super) fn applied_to(&self, before: &Provisioning, pairing: Pairing) -> Provisioning {
        Provisioning {
            name: self.name.as_ref().map_or_else(|| before.name.clone(), ToString::to_string),
            bootloader_rolls_back: self.bootloader_rolls_back.unwrap_or(before.bootloader_rolls_back),
            secure_floor: match (before.secure_floor, self.floor) {
                (Floor::At(before), Some(wanted)) => Floor::At(before.max(wanted)),
                (Floor::Unknown, Some(wanted)) => Floor::At(wanted),
                (before, None) => before,
            },
            trust: match &self.trust {
                TrustWish::Keep => before.trust.clone(),
                TrustWish::Anybody => Trust::Anybody,
                TrustWish::Signers(signers) => Trust::in_signers(signers.clone()),
            },
            pairing,
            networks: match &self.networks {
                NetworkWish::Keep => before.networks.clone(),
                NetworkWish::First(network) => before.networks.with_first(network.clone()),
                NetworkWish::Only(network) => Networks::new().with_first(network.clone()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use skylift_protocol::auth::PairingKey;
    use skylift_protocol::{Digest, Password, bounded};

    use super::*;

    fn network(ssid: &str) -> Network {
        Network { ssid: bounded(ssid), password: Password::new("open sesame").unwrap() }
    }

    fn before() -> Provisioning {
        Provisioning {
            name: "lamp".to_owned(),
            bootloader_rolls_back: true,
            secure_floor: Floor::At(7),
            trust: Trust::in_signers(Signers::from_slice(&[Digest([1; 32])]).unwrap()),
            pairing: Pairing::Paired(PairingKey::try_from(&[7; 32][..]).unwrap()),
            networks: Networks::new().with_first(network("den")),
        }
    }

    fn applied(wishes: &Wishes) -> Provisioning {
        wishes.applied_to(&before(), before().pairing)
    }

    #[test]
    fn what_nobody_asks_for_stays() {
        assert_eq!(applied(&Wishes::default()), before());
        let wifi = Wishes { networks: NetworkWish::First(network("attic")), ..Wishes::default() };
        let networks = before().networks.with_first(network("attic"));
        assert_eq!(applied(&wifi), Provisioning { networks, ..before() });
        let only = Wishes { networks: NetworkWish::Only(network("attic")), ..Wishes::default() };
        assert_eq!(applied(&only).networks, Networks::new().with_first(network("attic")));
        let anybody = Wishes { trust: TrustWish::Anybody, ..Wishes::default() };
        assert_eq!(applied(&anybody), Provisioning { trust: Trust::Anybody, ..before() });
    }

    #[test]
    fn the_floor_never_sinks() {
        let floor = |before: Floor, wanted| {
            let wishes = Wishes { floor: wanted, ..Wishes::default() };
            wishes
                .applied_to(&Provisioning { secure_floor: before, ..Provisioning::default() }, Pairing::Open)
                .secure_floor
        };
        assert_eq!(floor(Floor::At(7), Some(3)), Floor::At(7));
        assert_eq!(floor(Floor::At(7), Some(9)), Floor::At(9));
        assert_eq!(floor(Floor::Unknown, None), Floor::Unknown);
        assert_eq!(floor(Floor::Unknown, Some(2)), Floor::At(2), "whoever says what it was");
    }
}
