//! The radio as the node sees it: it joins the network it is told to, and notices when it is lost.

use skylift_protocol::{Network, WifiOutcome};

/// Why a network was not joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinFault {
    /// No access point with this name answered.
    NotFound,
    /// The access point did not accept the password, or broke the handshake off, which is how WPA2 says so.
    WrongPassword,
    /// It was joined, but gave no address.
    NoAddress,
    /// Anything else.
    Other,
}

/// A radio that joins one network at a time, as a station. Which one, and when, the node says.
pub trait Radio {
    /// Leaves the network that is joined, if any, and joins this one: done when the device has an address there. The
    /// node bounds the time by dropping the future; the radio is joined to nothing then.
    ///
    /// # Errors
    /// Why it was not joined; the radio is joined to nothing then, too.
    async fn join(&self, network: &Network) -> Result<(), JoinFault>;

    /// Comes back once the network that was joined last is lost.
    async fn lost(&self);
}

impl JoinFault {
    pub(crate) const fn outcome(self) -> WifiOutcome {
        match self {
            Self::NotFound => WifiOutcome::NotFound,
            Self::WrongPassword => WifiOutcome::WrongPassword,
            Self::NoAddress => WifiOutcome::NoAddress,
            Self::Other => WifiOutcome::NotJoined,
        }
    }
}
