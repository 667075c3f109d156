//! Who a board is, if Skylift has set it up: what of it may be shown.

use skylift_protocol::{Pairing, Trust};
use skylift_provisioning::Provisioning;

/// What a board was set up to be. No password, and no key, is in here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its name.
    pub name: String,
    /// It takes orders from nobody who has not its key.
    pub is_paired: bool,
    /// It takes images of trusted signers only.
    pub is_signed_only: bool,
    /// The networks it joins, the most preferred first.
    pub networks: Vec<String>,
    /// Its bootloader was recorded as one that rolls back.
    pub bootloader_rolls_back: bool,
}

impl Owner {
    /// `None` if nothing was ever set up.
    pub(super) fn of(provisioning: &Provisioning) -> Option<Self> {
        (*provisioning != Provisioning::default()).then(|| Self {
            name: provisioning.name.clone(),
            is_paired: provisioning.pairing != Pairing::Open,
            is_signed_only: provisioning.trust != Trust::Anybody,
            networks: provisioning.networks.iter().map(|network| network.ssid.as_str().to_owned()).collect(),
            bootloader_rolls_back: provisioning.bootloader_rolls_back,
        })
    }
}
