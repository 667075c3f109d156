//! Whether a device has an owner: what its provisioning says of the pairing key, and what follows from that.

use crate::Access;
use crate::auth::PairingKey;

/// Whom a device lets in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Pairing {
    /// Everybody: it was never paired.
    #[default]
    Open,
    /// Who holds this key.
    Paired(PairingKey),
    /// Nobody: there is a key, but it cannot be read or is none. The device is paired anew by cable.
    KeyDamaged,
}

impl Pairing {
    /// The pairing of a record, which is there. One that is no key opens nothing that was closed.
    #[must_use]
    pub fn from_record(record: &[u8]) -> Self {
        PairingKey::try_from(record).map_or(Self::KeyDamaged, Self::Paired)
    }

    /// The record; `None` if there is to be none. For a damaged key it is one that is no key: it opens nothing either.
    #[must_use]
    pub const fn to_record(&self) -> Option<&[u8]> {
        match self {
            Self::Paired(key) => Some(key.reveal()),
            Self::KeyDamaged => Some(&[]),
            Self::Open => None,
        }
    }

    /// What the device tells of it.
    #[must_use]
    pub const fn access(&self) -> Access {
        match self {
            Self::Open => Access::Open,
            Self::Paired(_) => Access::Paired,
            Self::KeyDamaged => Access::KeyDamaged,
        }
    }
}
