//! Where keys of devices are kept, as far as pairing by cable goes.

use skylift_protocol::auth::PairingKey;
use skylift_protocol::{Id, Pairing};

use super::PairWish;
use crate::usb::UsbError;

/// Keeps keys of devices. A key is kept before it is written to a board, so that no cut loses it; the one before is
/// kept until the board has the new one.
pub trait KeyVault {
    /// A new key for a device, kept beside the one that counts.
    ///
    /// # Errors
    /// There are no random numbers, or it cannot be kept.
    fn draw(&self, device: &Id) -> Result<PairingKey, UsbError>;

    /// The device has this key: it counts from now on.
    ///
    /// # Errors
    /// It cannot be kept. It is in the board's flash, so nothing is lost.
    fn settle(&self, device: &Id, key: &PairingKey) -> Result<(), UsbError>;
}

/// What becomes of a pairing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paired {
    /// With a new key.
    Anew,
    /// By the key that the device has already.
    Kept,
    /// Nothing was done about it.
    Left,
}

/// The pairing that is wanted; a new key is kept by now.
pub(super) fn wanted(
    wish: PairWish,
    before: &Pairing,
    device: &Id,
    vault: &dyn KeyVault,
) -> Result<(Pairing, Paired), UsbError> {
    match (wish, before) {
        (PairWish::Leave, _) => Ok((before.clone(), Paired::Left)),
        (PairWish::Pair, Pairing::Paired(_)) => Ok((before.clone(), Paired::Kept)),
        (PairWish::Pair | PairWish::Anew, _) => Ok((Pairing::Paired(vault.draw(device)?), Paired::Anew)),
    }
}
