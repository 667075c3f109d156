//! Where an engine gets the keys of devices from. It knows of no files.

use skylift_protocol::Id;
use skylift_protocol::auth::PairingKey;

/// The keys of this computer, by the ids of devices. It is asked again for every request: a key that was imported or
/// forgotten meanwhile counts at once.
pub trait KeyRing: Send + Sync {
    /// The key of a device; `None` if this computer has none. It may block for as long as reading a small file takes.
    ///
    /// # Errors
    /// There is a key, and it must not or cannot be used. The device is not spoken to then.
    fn key(&self, device: &Id) -> Result<Option<PairingKey>, KeyTrouble>;
}

/// Why a key that is there is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTrouble {
    /// A sentence for people.
    pub sentence: String,
    /// What to do, the likeliest first.
    pub advice: Vec<String>,
}
